//! The configuration models of a book, compiled for every period in which they are the same.

use serde::{Deserialize, Serialize};

use crate::book::PriceBook;
use crate::calendar::{Date, Window};
use crate::configure::{Assembly, Configurator, Group, Limits, Model, ModelErrors};

/// The models of a book, in its order.
///
/// Without the feature `configure` they are counted and not read: a book that has any is refused.
#[derive(Debug, Clone, Default, Serialize)]
#[cfg_attr(feature = "configure", derive(Deserialize))]
pub(crate) struct Models(Vec<CompiledModel>);

#[cfg(not(feature = "configure"))]
impl<'de> Deserialize<'de> for Models {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let models = Vec::<Vec<(i32, &[u8])>>::deserialize(deserializer)?;
        Ok(Self(models.iter().map(|_| CompiledModel::default()).collect()))
    }
}

/// A model, compiled once for each period between two days on which a validity begins or ends.
#[derive(Debug, Clone, Default, Serialize)]
#[cfg_attr(feature = "configure", derive(Deserialize))]
pub(crate) struct CompiledModel {
    periods: Vec<Period>,
}

/// A model from a day on.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "configure", derive(Deserialize))]
struct Period {
    /// The number of the first day.
    first: i32,
    #[serde(with = "super::blob::in_bytes")]
    model: Configurator,
}

/// What keeps a model from being compiled.
pub(crate) enum Uncompiled {
    /// Its parts, on the days of one of its periods.
    Errors(ModelErrors),
    /// It changes on more days than this.
    Periods(usize),
}

/// The most periods of one model; each holds a compiled model of its own.
const MOST_PERIODS: usize = 100;

/// The limits of a model in a book: a book is quoted from by machines, and an answer must come. A
/// large model takes more steps for an answer than a small one.
fn limits(model: &Model) -> Limits {
    let options = options(&model.groups, &model.assemblies);
    Limits::new().steps(500_000 + 2_000 * options).bom_lines(100_000)
}

/// The options of a model, those of an assembly counted once.
fn options(groups: &[Group], assemblies: &[Assembly]) -> u64 {
    let own: u64 = groups.iter().map(|group| group.options.len() as u64).sum();
    let inner: u64 = assemblies.iter().map(|a| options(&a.groups, &a.assemblies)).sum();
    own + inner
}

impl Models {
    /// Compiles every model; `found` hears what is wrong, with the number of the model.
    pub(crate) fn new(book: &PriceBook, found: &mut dyn FnMut(usize, Uncompiled)) -> Self {
        let compile = |(at, model)| match CompiledModel::new(model) {
            Ok(compiled) => compiled,
            Err(problems) => {
                problems.into_iter().for_each(|problem| found(at, problem));
                CompiledModel::default()
            }
        };
        Self(book.models.iter().enumerate().map(compile).collect())
    }

    pub(crate) fn get(&self, number: u32) -> Option<&CompiledModel> {
        self.0.get(number as usize)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &CompiledModel> {
        self.0.iter()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether the periods of every model follow one another.
    pub(super) fn is_sound(&self) -> bool {
        let follow = |model: &CompiledModel| {
            model.periods.is_sorted_by(|earlier, later| earlier.first < later.first)
        };
        self.0.iter().all(follow)
    }
}

impl CompiledModel {
    fn new(model: &Model) -> Result<Self, Vec<Uncompiled>> {
        let mut days = Vec::new();
        changes(model, &mut days);
        days.sort_unstable();
        days.dedup();
        if days.len() > MOST_PERIODS {
            return Err(vec![Uncompiled::Periods(MOST_PERIODS)]);
        }
        let mut periods = Vec::with_capacity(days.len());
        let mut problems = Vec::new();
        for day in days {
            let Some(date) = Date::from_day_number(day) else { continue };
            match Configurator::compile_with(model, date, limits(model)) {
                Ok(model) => periods.push(Period { first: day, model }),
                Err(errors) => problems.push(Uncompiled::Errors(errors)),
            }
        }
        if problems.is_empty() { Ok(Self { periods }) } else { Err(problems) }
    }

    /// The model as it stands on a day.
    #[cfg(not(feature = "configure"))]
    pub(crate) const fn on(&self, _: i32) -> Option<&Configurator> {
        None
    }

    /// The model as it stands on a day.
    #[cfg(feature = "configure")]
    pub(crate) fn on(&self, day: i32) -> Option<&Configurator> {
        let after = self.periods.partition_point(|period| period.first <= day);
        self.periods.get(after.checked_sub(1)?).map(|period| &period.model)
    }

    /// The model in each of its periods.
    pub(crate) fn periods(&self) -> impl Iterator<Item = &Configurator> {
        self.periods.iter().map(|period| &period.model)
    }
}

/// The days on which a model changes, the first of all days among them.
fn changes(model: &Model, days: &mut Vec<i32>) {
    days.extend(Date::new(1, 1, 1).map(Date::day_number));
    inner_changes(&model.groups, &model.assemblies, days);
    let rules = model.rules.iter().map(|rule| &rule.valid);
    let tables = model.tables.iter().map(|table| &table.valid);
    let prices = model.price_tables.iter().map(|table| &table.valid);
    rules.chain(tables).chain(prices).for_each(|window| edges(window, days));
}

fn inner_changes(groups: &[Group], assemblies: &[Assembly], days: &mut Vec<i32>) {
    for option in groups.iter().flat_map(|group| &group.options) {
        edges(&option.valid, days);
    }
    for assembly in assemblies {
        inner_changes(&assembly.groups, &assembly.assemblies, days);
        let rules = assembly.rules.iter().map(|rule| &rule.valid);
        let tables = assembly.tables.iter().map(|table| &table.valid);
        rules.chain(tables).for_each(|window| edges(window, days));
    }
}

fn edges(window: &Window, days: &mut Vec<i32>) {
    days.extend(window.from.map(Date::day_number));
    days.extend(window.to.map(|to| to.day_number() + 1));
}
