//! Models in the Universal Variability Language.

mod convert;
mod lex;
mod parse;

use super::model::Model;

/// A place in a text, both counted from one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    line: usize,
    column: usize,
}

/// What is wrong with a text in UVL, or not supported, and where.
///
/// ```
/// use listino_core::configure::{Model, UvlError, UvlProblem};
/// let text = "features\n\tBike\nconstraints\n\tBike => Bell\n";
/// let error: UvlError = Model::from_uvl(text).unwrap_err();
/// assert_eq!((error.line(), error.column()), (4, 10));
/// assert_eq!(error.problem(), &UvlProblem::UnknownFeature("Bell".to_owned()));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {problem}")]
pub struct UvlError {
    line: usize,
    column: usize,
    problem: UvlProblem,
}

impl UvlError {
    fn new(place: Place, problem: UvlProblem) -> Self {
        Self { line: place.line, column: place.column, problem }
    }

    /// The line, counted from one.
    pub fn line(&self) -> usize {
        self.line
    }

    /// The column, counted from one.
    pub fn column(&self) -> usize {
        self.column
    }

    /// What is wrong.
    pub fn problem(&self) -> &UvlProblem {
        &self.problem
    }
}

/// What can be wrong with a text in UVL.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UvlProblem {
    /// A character that begins nothing.
    #[error("`{0}` begins nothing here; put names with special characters in double quotes")]
    Character(char),
    /// A line is indented less than its neighbours but not as little as any above.
    #[error("the indentation fits no line above")]
    Indentation,
    /// Something else was expected.
    #[error("expected {0}")]
    Expected(&'static str),
    /// A name that no feature has.
    #[error("there is no feature `{0}`: check its spelling")]
    UnknownFeature(String),
    /// Two features with one name.
    #[error("there is a feature `{0}` already")]
    Duplicate(String),
    /// A name that no attribute has.
    #[error("no feature has a number `{0}`: check its spelling")]
    UnknownAttribute(String),
    /// Part of the language that has no counterpart here.
    #[error("{0} is not supported")]
    Unsupported(&'static str),
    /// A number with too many digits.
    #[error("`{0}` has more than 28 digits or is no decimal number")]
    Number(String),
    /// Brackets or features nested too deeply.
    #[error("nested more than {0} deep")]
    TooDeep(usize),
}

impl Model {
    /// Reads a model in the Universal Variability Language: its boolean level with group
    /// cardinalities, of the arithmetic level numbers, comparisons of linear sums, `sum` and
    /// feature cardinalities (as sub-assemblies), of the type level the declarations.
    ///
    /// What has no counterpart is refused with its place: imports, `avg`, `len`, `floor`, `ceil`,
    /// products of two features, comparisons of text and of typed values.
    ///
    /// ```
    /// use listino_core::configure::{Configurator, Model};
    /// let model = Model::from_uvl("features\n\tBike\n\t\tmandatory\n\t\t\tFrame\n\t\toptional\n\t\t\tBell\n")?;
    /// let mut session = Configurator::compile(&model, "2024-05-01".parse()?)?.session();
    /// assert!(session.state("Frame")?.is_chosen());
    /// assert!(!session.state("Bell")?.is_chosen());
    /// let error = Model::from_uvl("features\n\tBike\n\t\tsometimes\n\t\t\tBell\n").unwrap_err();
    /// assert_eq!((error.line(), error.column()), (3, 3));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`UvlError`] with the line and column.
    pub fn from_uvl(text: &str) -> Result<Self, UvlError> {
        convert::convert(&parse::parse(text)?)
    }
}
