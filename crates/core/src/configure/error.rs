//! What can be wrong with a model, and the limits on its size.

use std::fmt;

/// Everything that is wrong with a model.
///
/// ```
/// use listino_core::configure::{Configurator, Model, ModelErrors, ModelProblem};
/// let model: Model = serde_json::from_str(r#"{ "id": "m",
///     "groups": [{ "id": "g", "options": [{ "id": "a" }] }],
///     "rules": [{ "id": "r", "must": { "requires": ["a", "b"] } }, { "id": "s", "must": { "not": "c" } }]
/// }"#)?;
/// let errors: ModelErrors = Configurator::compile(&model, "2026-05-01".parse()?).unwrap_err();
/// assert_eq!(errors.iter().count(), 2);
/// let first = errors.iter().next().unwrap();
/// assert_eq!(first.place(), "rule `r`");
/// assert_eq!(first.problem(), &ModelProblem::UnknownOption("b".to_owned()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelErrors(Vec<ModelError>);

impl ModelErrors {
    pub(crate) fn new(errors: Vec<ModelError>) -> Self {
        Self(errors)
    }

    /// The errors, in the order of the model.
    pub fn iter(&self) -> std::slice::Iter<'_, ModelError> {
        self.0.iter()
    }
}

impl<'a> IntoIterator for &'a ModelErrors {
    type Item = &'a ModelError;
    type IntoIter = std::slice::Iter<'a, ModelError>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for ModelErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, error) in self.0.iter().enumerate() {
            if place > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{error}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ModelErrors {}

/// One thing that is wrong with a model, and where.
///
/// ```
/// use listino_core::configure::{Configurator, Model, ModelError};
/// let model: Model = serde_json::from_str(r#"{ "id": "m",
///     "groups": [{ "id": "g", "choose": { "min": 2 }, "options": [{ "id": "a" }] }] }"#)?;
/// let errors = Configurator::compile(&model, "2026-05-01".parse()?).unwrap_err();
/// let error: &ModelError = errors.iter().next().unwrap();
/// assert!(error.to_string().starts_with("group `g`: 2 of 1 options"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {problem}")]
pub struct ModelError {
    place: Spot,
    problem: ModelProblem,
}

/// A part of a model; ids inside assemblies are those of an instance, `wheel[1].rim`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Spot {
    Model,
    Group(String),
    Option(String),
    Assembly(String),
    Rule(String),
    Table(String),
    PriceTable(String),
    Default(String),
    Preference(String),
    Bom,
    Item(String),
    Line { item: String, assembly: String },
}

impl fmt::Display for Spot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Model => f.write_str("model"),
            Self::Group(id) => write!(f, "group `{id}`"),
            Self::Option(id) => write!(f, "option `{id}`"),
            Self::Assembly(id) => write!(f, "assembly `{id}`"),
            Self::Rule(id) => write!(f, "rule `{id}`"),
            Self::Table(id) => write!(f, "table `{id}`"),
            Self::PriceTable(id) => write!(f, "price table `{id}`"),
            Self::Default(id) => write!(f, "default `{id}`"),
            Self::Preference(id) => write!(f, "preference `{id}`"),
            Self::Bom => f.write_str("bill of materials"),
            Self::Item(id) => write!(f, "item `{id}`"),
            Self::Line { item, assembly } => {
                write!(f, "bill of materials, `{item}` in `{assembly}`")
            }
        }
    }
}

impl ModelError {
    pub(crate) const fn new(place: Spot, problem: ModelProblem) -> Self {
        Self { place, problem }
    }

    /// The part of the model that is wrong, such as "rule `stiff`".
    pub fn place(&self) -> String {
        self.place.to_string()
    }

    pub(crate) const fn spot(&self) -> &Spot {
        &self.place
    }

    /// What is wrong.
    pub fn problem(&self) -> &ModelProblem {
        &self.problem
    }
}

/// What can be wrong with a model.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ModelProblem {
    /// Two things share an id.
    #[error("the id `{0}` is taken already: give each option, group and assembly an id of its own")]
    Duplicate(String),
    /// Nothing has this id.
    #[error("there is no option `{0}`: check its spelling")]
    UnknownOption(String),
    /// Nothing has this id.
    #[error("there is no group or option `{0}`: check its spelling")]
    UnknownColumn(String),
    /// No option has this attribute.
    #[error("no option has an attribute `{0}`: check its spelling")]
    UnknownAttribute(String),
    /// A cell is not a value of its column.
    #[error(
        "`{cell}` is not a value of column `{column}`: name one of its options, `-` or `*` (for an option `yes`, `no` or `*`)"
    )]
    UnknownCell {
        /// The column.
        column: String,
        /// What stands there.
        cell: String,
    },
    /// A row has too few or too many cells.
    #[error("row {row} has {found} cells for {expected} columns")]
    RowLength {
        /// The row, counted from one.
        row: usize,
        /// How many cells it has.
        found: usize,
        /// How many it needs.
        expected: usize,
    },
    /// A group of which several options may be chosen is no column.
    #[error("several options of `{0}` can be chosen together: use its options as columns")]
    ManyValued(String),
    /// A table has neither or both kinds of rows.
    #[error("give either `allow` or `forbid`")]
    AllowOrForbid,
    /// A cardinality that nothing satisfies.
    #[error("{min} of {options} options, at most {max}, cannot be chosen: mend `choose`")]
    Cardinality {
        /// The fewest.
        min: u32,
        /// The most.
        max: u32,
        /// How many options there are.
        options: usize,
    },
    /// An assembly needs to know how many instances there can be.
    #[error("`instances` needs a `max`, not below its `min`")]
    Instances,
    /// A sum without limits.
    #[error("the sum needs `at_most` or `at_least`")]
    NoLimit,
    /// A sum whose numbers are too large together.
    #[error("the numbers of the sum are too large or too fine to be added in 64 bits")]
    SumTooLarge,
    /// A sum where only options can be asked for.
    #[error("a sum cannot be a condition here: make it a rule")]
    SumNotAllowed,
    /// A quantity that has no value, or none that a quantity can have.
    #[error("{0}")]
    Quantity(&'static str),
    /// Something goes into itself, by way of the items in between.
    #[error("the bill of materials runs in a circle: {}", .0.join(" > "))]
    BomCycle(Vec<String>),
    /// Nothing has this id.
    #[error("there is no item `{0}` in the bill of materials: check its spelling")]
    UnknownItem(String),
    /// A model that is too large.
    #[error(transparent)]
    Limit(#[from] LimitExceeded),
}

/// A limit that was exceeded.
///
/// ```
/// use listino_core::configure::{Configurator, LimitExceeded, Limits, Model, ModelProblem};
/// let model: Model = serde_json::from_str(
///     r#"{ "id": "m", "groups": [{ "id": "g", "options": [{ "id": "a" }, { "id": "b" }] }] }"#,
/// )?;
/// let limits = Limits::new().options(1);
/// let errors = Configurator::compile_with(&model, "2026-05-01".parse()?, limits).unwrap_err();
/// let Some(ModelProblem::Limit(limit)) = errors.iter().next().map(|error| error.problem()) else {
///     panic!()
/// };
/// let limit: &LimitExceeded = limit;
/// assert_eq!((limit.which(), limit.limit()), ("options", 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("more than {limit} {which}: raise the limit if this is meant")]
pub struct LimitExceeded {
    which: &'static str,
    limit: u64,
}

impl LimitExceeded {
    pub(crate) const fn new(which: &'static str, limit: u64) -> Self {
        Self { which, limit }
    }

    /// What there is too much of.
    pub const fn which(&self) -> &'static str {
        self.which
    }

    /// How much is allowed.
    pub const fn limit(&self) -> u64 {
        self.limit
    }
}

/// How large a model may be, and how long an answer may take.
///
/// ```
/// use listino_core::configure::{Configurator, Limits, Model};
/// let limits =
///     Limits::new().options(2).rows(1_000).instances(10).steps(1_000).bom_lines(10_000);
/// let model: Model = serde_json::from_str(r#"{
///     "id": "m", "groups": [{ "id": "g", "options": [{ "id": "a" }, { "id": "b" }, { "id": "c" }] }]
/// }"#)?;
/// let error = Configurator::compile_with(&model, "2024-01-01".parse()?, limits).unwrap_err();
/// assert!(error.to_string().contains("more than 2 options"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    pub(crate) options: u32,
    pub(crate) rows: u32,
    pub(crate) instances: u32,
    pub(crate) steps: u64,
    pub(crate) bom_lines: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self::new()
    }
}

impl Limits {
    /// The limits where nothing is set.
    pub const fn new() -> Self {
        Self {
            options: 200_000,
            rows: 2_000_000,
            instances: 100,
            steps: 20_000_000,
            bom_lines: 1_000_000,
        }
    }

    /// The most options, counted over all instances; 200,000 unless set.
    #[must_use]
    pub const fn options(mut self, most: u32) -> Self {
        self.options = most;
        self
    }

    /// The most rows of all tables together; 2,000,000 unless set.
    #[must_use]
    pub const fn rows(mut self, most: u32) -> Self {
        self.rows = most;
        self
    }

    /// The most instances of one assembly; 100 unless set.
    #[must_use]
    pub const fn instances(mut self, most: u32) -> Self {
        self.instances = most;
        self
    }

    /// The most search steps for one answer; 20,000,000 unless set. A step takes some tens of
    /// nanoseconds, so that an answer takes about a second at most. An answer that runs out of steps is "not settled", never wrong.
    #[must_use]
    pub const fn steps(mut self, most: u64) -> Self {
        self.steps = most;
        self
    }

    /// The most lines of an exploded bill of materials; 1,000,000 unless set.
    #[must_use]
    pub const fn bom_lines(mut self, most: u32) -> Self {
        self.bom_lines = most;
        self
    }
}
