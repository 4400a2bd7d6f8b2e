//! A feature model as clauses for a plain solver, written apart from listino's own compiler.

use std::collections::{BTreeMap, HashMap};

use listino_core::configure::{Compound, Formula, Model};

/// A literal as in DIMACS: variables from one, negative when left out.
pub(crate) type Clause = Vec<i32>;

/// The clauses of a model; variable `k + 1` is the `k`-th option.
pub(crate) struct Clauses {
    pub(crate) options: i32,
    pub(crate) variables: i32,
    pub(crate) clauses: Vec<Clause>,
}

/// A small generator: runs repeat exactly.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 33) as usize % bound.max(1)
    }
}

/// Groups wider than this get auxiliary variables instead of a clause for each pair.
const PAIRWISE: usize = 6;

pub(crate) fn clauses_of(model: &Model) -> Clauses {
    let mut ids: HashMap<&str, i32> = HashMap::new();
    for option in model.groups.iter().flat_map(|group| &group.options) {
        let next = i32::try_from(ids.len() + 1).unwrap_or(i32::MAX);
        ids.insert(&option.id, next);
    }
    let options = i32::try_from(ids.len()).unwrap_or(i32::MAX);
    let mut out = Clauses { options, variables: options, clauses: Vec::new() };
    let id = |id: &str| ids.get(id).copied().unwrap_or(0);
    for group in &model.groups {
        let parent = group.parent.as_deref().map(id);
        let members: Vec<i32> = group.options.iter().map(|option| id(&option.id)).collect();
        for &member in &members {
            out.clauses.extend(parent.map(|parent| vec![-member, parent]));
        }
        let without: Vec<i32> = parent.map(|parent| -parent).into_iter().collect();
        let (min, max) = (group.choose.min as usize, group.choose.max.map(|max| max as usize));
        if min == members.len() {
            for &member in &members {
                out.clauses.push(without.iter().copied().chain([member]).collect());
            }
        } else if min == 1 {
            out.clauses.push(without.iter().chain(&members).copied().collect());
        }
        if max == Some(1) && members.len() > 1 {
            out.at_most_one(&members);
        }
    }
    for rule in &model.rules {
        out.clauses.extend(cnf(&rule.must, true, &id));
    }
    for table in &model.tables {
        // The models here have tables of allowed rows only, over groups, without wildcards.
        let rows: Vec<Vec<i32>> = table
            .allow
            .iter()
            .flatten()
            .map(|row| row.iter().map(|cell| id(cell)).collect())
            .collect();
        out.table(&rows);
    }
    out
}

impl Clauses {
    fn at_most_one(&mut self, members: &[i32]) {
        if members.len() <= PAIRWISE {
            for (place, &a) in members.iter().enumerate() {
                for &b in members.iter().skip(place + 1) {
                    self.clauses.push(vec![-a, -b]);
                }
            }
            return;
        }
        // The sequential encoding: "one of those so far" runs along the group.
        let mut so_far: Option<i32> = None;
        for &member in members {
            self.variables += 1;
            let now = self.variables;
            self.clauses.push(vec![-member, now]);
            if let Some(before) = so_far {
                self.clauses.push(vec![-before, now]);
                self.clauses.push(vec![-before, -member]);
            }
            so_far = Some(now);
        }
    }

    /// A variable for each row that implies its cells; one of the rows holds, and each option that
    /// the table knows needs a row of its own.
    fn table(&mut self, rows: &[Vec<i32>]) {
        let mut with: BTreeMap<i32, Clause> = BTreeMap::new();
        let mut any = Clause::new();
        for row in rows {
            self.variables += 1;
            let this = self.variables;
            any.push(this);
            for &cell in row {
                self.clauses.push(vec![-this, cell]);
                with.entry(cell).or_insert_with(|| vec![-cell]).push(this);
            }
        }
        self.clauses.push(any);
        self.clauses.extend(with.into_values());
    }
}

fn cnf(formula: &Formula, sign: bool, id: &dyn Fn(&str) -> i32) -> Vec<Clause> {
    let compound = match formula {
        Formula::Option(name) => return vec![vec![if sign { id(name) } else { -id(name) }]],
        Formula::Of(compound) => &**compound,
        _ => return Vec::new(),
    };
    let either = |a: &[Clause], b: &[Clause]| -> Vec<Clause> {
        a.iter()
            .flat_map(|left| b.iter().map(|right| [left.as_slice(), right.as_slice()].concat()))
            .collect()
    };
    match (compound, sign) {
        (Compound::Not(inner), _) => cnf(inner, !sign, id),
        (Compound::All(parts), true) | (Compound::Any(parts), false) => {
            parts.iter().flat_map(|part| cnf(part, sign, id)).collect()
        }
        (Compound::All(parts) | Compound::Any(parts), _) => parts
            .iter()
            .fold(vec![Vec::new()], |so_far, part| either(&so_far, &cnf(part, sign, id))),
        (Compound::Requires([a, b]), true) => either(&cnf(a, false, id), &cnf(b, true, id)),
        (Compound::Requires([a, b]), false) => [cnf(a, true, id), cnf(b, false, id)].concat(),
        (Compound::Same([a, b]), _) => [
            either(&cnf(a, false, id), &cnf(b, sign, id)),
            either(&cnf(a, true, id), &cnf(b, !sign, id)),
        ]
        .concat(),
        // The models here have no others.
        _ => Vec::new(),
    }
}
