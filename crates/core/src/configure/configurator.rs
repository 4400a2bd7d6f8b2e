//! A compiled model: immutable, shared, ready for sessions.

use std::sync::Arc;

use listino_solver::{Bits, Explorer, Loaded, NoValidSet, ValidSet};

use super::bom::BomGraph;
use super::error::{Limits, ModelErrors};
use super::lower::{GroupInfo, Lowered, NO_OPTION, OptionInfo, RuleKind, lower};
use super::model::Model;
use super::session::Session;
use crate::calendar::{Date, Window};
use crate::order::arrange;

/// A compiled model: preprocessed, with its first valid set and solutions to start from.
///
/// It is immutable and cheap to clone; any number of sessions share it. It loads from the bytes
/// of [`Configurator::to_bytes`] without reading a model.
///
/// ```
/// use listino_core::configure::{Configurator, Model};
/// let model: Model = serde_json::from_str(r#"{
///     "id": "lamp",
///     "groups": [{ "id": "colour", "options": [{ "id": "red" }, { "id": "white" }] }]
/// }"#)?;
/// let configurator = Configurator::compile(&model, "2024-05-01".parse()?)?;
/// let again = Configurator::from_bytes(&configurator.to_bytes())?;
/// assert_eq!(again.options().map(|option| option.id()).collect::<Vec<_>>(), ["red", "white"]);
/// assert_eq!((again.id(), again.version()), ("lamp", ""));
/// assert!(again.valid_during().is_always() && !again.is_void() && again.bom().is_none());
/// assert!(again.session().choices().is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Configurator {
    pub(crate) inner: Arc<Compiled>,
}

#[derive(Debug)]
pub(crate) struct Compiled {
    /// Everything but the problem, which `loaded` holds.
    pub(crate) model: Lowered,
    pub(crate) loaded: Arc<Loaded>,
    /// Options by id.
    pub(crate) sorted: Vec<u32>,
    /// The options that are offered.
    pub(crate) offered: Arc<Bits>,
    /// The valid set before any choice; absent when nothing is valid.
    pub(crate) first: Option<ValidSet>,
    pub(crate) starters: Vec<u64>,
    pub(crate) bom: Option<BomGraph>,
    pub(crate) limits: Limits,
}

impl Compiled {
    /// Puts together what lowering or loading gives; the valid set comes later.
    pub(crate) fn assemble(mut model: Lowered, limits: Limits) -> Self {
        let problem = std::mem::take(&mut model.problem);
        let mut sorted: Vec<u32> = (0..).take(model.options.len()).collect();
        let id = |option: u32| model.options.get(option as usize).map_or("", |o| o.id.as_str());
        arrange(&mut sorted, |&a, &b| id(a).cmp(id(b)));
        let mut offered = Bits::new(problem.variables as usize);
        for (number, option) in (0..).zip(&model.options) {
            if !option.hidden {
                offered.insert(number);
            }
        }
        // Lowering refuses a bill that cannot be read; loaded bytes are checked.
        let bom = model.bom.as_ref().and_then(|bom| BomGraph::new(bom).ok());
        Self {
            model,
            loaded: Arc::new(Loaded::new(problem)),
            sorted,
            offered: Arc::new(offered),
            first: None,
            starters: Vec::new(),
            bom,
            limits,
        }
    }

    pub(crate) fn explorer(&self) -> Explorer {
        Explorer::new(Arc::clone(&self.loaded), Arc::clone(&self.offered), &self.starters)
    }

    pub(crate) fn option(&self, id: &str) -> Option<u32> {
        self.sorted
            .binary_search_by(|&option| self.id(option).cmp(id))
            .ok()
            .and_then(|place| self.sorted.get(place).copied())
    }

    pub(crate) fn id(&self, option: u32) -> &str {
        self.model.options.get(option as usize).map_or("", |o| o.id.as_str())
    }
}

/// The steps that a compilation spends on looking ahead, about a tenth of a second.
const LOOK_AHEAD: u64 = 2_000_000;

impl Configurator {
    /// Compiles a model as it stands on a date.
    ///
    /// # Errors
    /// [`ModelErrors`] with everything that is wrong. A model without any valid configuration
    /// compiles; [`Configurator::is_void`] and the check tell.
    pub fn compile(model: &Model, date: Date) -> Result<Self, ModelErrors> {
        Self::compile_with(model, date, Limits::default())
    }

    /// Compiles a model with limits of one's own.
    ///
    /// ```
    /// use listino_core::configure::{Configurator, Limits, Model};
    /// let model: Model = serde_json::from_str(
    ///     r#"{ "id": "m", "groups": [{ "id": "g", "options": [{ "id": "a" }, { "id": "b" }] }] }"#,
    /// )?;
    /// let date = "2026-05-01".parse()?;
    /// assert!(Configurator::compile_with(&model, date, Limits::default().options(2)).is_ok());
    /// assert!(Configurator::compile_with(&model, date, Limits::default().options(1)).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Configurator::compile`]; a limit that is exceeded is one of the errors.
    pub fn compile_with(model: &Model, date: Date, limits: Limits) -> Result<Self, ModelErrors> {
        Ok(Self::finish(Compiled::assemble(lower(model, date, limits)?, limits)))
    }

    /// Settles the valid set before any choice and looks one choice ahead; what is learnt on the way
    /// and the solutions that were found make the sessions quick.
    pub(crate) fn finish(mut compiled: Compiled) -> Self {
        let steps = compiled.limits.steps;
        let mut explorer = compiled.explorer();
        compiled.first = match explorer.assume(&[]) {
            Err(_) => None,
            Ok(()) => match explorer.valid(steps) {
                Ok(valid) => Some(valid),
                Err(NoValidSet::Refuted(_)) => None,
                // Nothing is known yet: a session goes on from here.
                Err(NoValidSet::OutOfSteps) => Some(ValidSet {
                    chosen: Bits::new(compiled.loaded.problem.variables as usize),
                    left_out: Bits::new(compiled.loaded.problem.variables as usize),
                    settled: false,
                }),
            },
        };
        if compiled.first.as_ref().is_some_and(|first| first.settled) {
            explorer.look_ahead(LOOK_AHEAD.min(steps));
        }
        compiled.starters = explorer.starters().to_vec();
        let lemmas = explorer.solver.lemmas();
        drop(explorer);
        // Nobody shares it yet.
        if let Some(loaded) = Arc::get_mut(&mut compiled.loaded) {
            loaded.problem.lemmas = lemmas;
        }
        Self { inner: Arc::new(compiled) }
    }

    /// The model's id.
    pub fn id(&self) -> &str {
        &self.inner.model.id
    }

    /// The model's version.
    pub fn version(&self) -> &str {
        &self.inner.model.version
    }

    /// The days around the date of compiling on which the model is the same: no validity begins
    /// or ends in between.
    pub fn valid_during(&self) -> Window {
        self.inner.model.valid
    }

    /// Whether no configuration is valid.
    pub fn is_void(&self) -> bool {
        self.inner.first.is_none()
    }

    /// Whether a rule or a table applies on the date of compiling.
    pub(crate) fn applies(&self, rule: &str) -> bool {
        let kinds = [RuleKind::Rule, RuleKind::Table];
        self.inner.model.rules.iter().any(|info| info.id == rule && kinds.contains(&info.kind))
    }

    /// The options that are offered, in the order of the model.
    pub fn options(&self) -> impl Iterator<Item = OptionView<'_>> {
        let groups = &self.inner.model.groups;
        self.inner.model.options.iter().filter(|option| !option.hidden).map(|option| OptionView {
            option,
            group: groups.get(option.group as usize).map_or("", |group| group.id.as_str()),
        })
    }

    /// The groups, in the order of the model.
    pub fn groups(&self) -> impl Iterator<Item = GroupView<'_>> {
        self.inner.model.groups.iter().map(|group| GroupView { compiled: &self.inner, group })
    }

    /// The bill of materials, if the model has one.
    pub fn bom(&self) -> Option<&BomGraph> {
        self.inner.bom.as_ref()
    }

    /// Starts a session without any choice.
    pub fn session(&self) -> Session {
        Session::new(self.clone())
    }
}

/// An option of a compiled model.
///
/// ```
/// use listino_core::configure::{Configurator, Model, OptionView};
/// let model: Model = serde_json::from_str(
///     r#"{ "id": "lamp", "groups": [{ "id": "colour", "options": [{ "id": "red", "name": "Ruby red" }] }] }"#,
/// )?;
/// let configurator = Configurator::compile(&model, "2026-05-01".parse()?)?;
/// let red: OptionView<'_> = configurator.options().next().unwrap();
/// assert_eq!((red.id(), red.name(), red.group()), ("red", "Ruby red", "colour"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct OptionView<'a> {
    option: &'a OptionInfo,
    group: &'a str,
}

impl<'a> OptionView<'a> {
    /// Its id.
    pub fn id(&self) -> &'a str {
        &self.option.id
    }

    /// What a person reads.
    pub fn name(&self) -> &'a str {
        &self.option.name
    }

    /// The id of its group.
    pub fn group(&self) -> &'a str {
        self.group
    }
}

/// A group of a compiled model.
///
/// ```
/// use listino_core::configure::{Configurator, GroupView, Model};
/// let model: Model = serde_json::from_str(r#"{ "id": "lamp", "groups": [
///     { "id": "base", "name": "Foot", "options": [{ "id": "stand" }, { "id": "clamp" }] },
///     { "id": "finish", "for": "stand", "choose": { "max": 1 }, "options": [{ "id": "oak" }] }
/// ] }"#)?;
/// let configurator = Configurator::compile(&model, "2026-05-01".parse()?)?;
/// let groups: Vec<GroupView<'_>> = configurator.groups().collect();
/// assert_eq!((groups[0].id(), groups[0].name(), groups[0].parent()), ("base", "Foot", None));
/// assert_eq!((groups[1].min(), groups[1].max(), groups[1].parent()), (0, 1, Some("stand")));
/// assert_eq!(groups[0].options().collect::<Vec<_>>(), ["stand", "clamp"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct GroupView<'a> {
    compiled: &'a Compiled,
    group: &'a GroupInfo,
}

impl<'a> GroupView<'a> {
    /// Its id.
    pub fn id(&self) -> &'a str {
        &self.group.id
    }

    /// What a person reads.
    pub fn name(&self) -> &'a str {
        &self.group.name
    }

    /// The fewest options that are chosen.
    pub fn min(&self) -> u32 {
        self.group.min
    }

    /// The most options that are chosen.
    pub fn max(&self) -> u32 {
        self.group.max
    }

    /// The option that the group belongs to.
    pub fn parent(&self) -> Option<&'a str> {
        (self.group.parent != NO_OPTION).then(|| self.compiled.id(self.group.parent))
    }

    /// The ids of its options.
    pub fn options(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let compiled = self.compiled;
        (self.group.first..self.group.first + self.group.count).map(move |o| compiled.id(o))
    }
}
