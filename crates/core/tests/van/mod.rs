//! A made-up van: many groups, and variant tables with very many rows.
//!
//! Models of real vans with such tables exist, but none that may be copied. This one is generated:
//! nothing in it is a vehicle, only its size and its shape are. Options stand in groups of which
//! exactly one is taken. Which options of two groups go together is a relation; a table lists
//! every combination of a few neighbouring groups in which each goes with the next, less some that
//! only the whole table forbids. Three planted vehicles are allowed everywhere, so that the model
//! is never void.

use listino_core::configure::{Choosable, Compound, Formula, Group, Model, Rule, VariantTable};

/// Vehicles that are allowed whatever the tables are.
const PLANTED: usize = 3;
/// Of a hundred pairs of options in two groups, so many go together.
const PAIRS: usize = 60;
/// Of a hundred combinations, a table forbids so many for no reason that a pair would give.
const EXCEPTIONS: usize = 10;
/// A table has no more than this share of all rows.
const LARGEST: usize = 8;

/// A van with so many options, whose tables have so many rows.
pub(crate) fn van(options: usize, rows: usize) -> Model {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let sizes = sizes(&mut random, options);
    let world = World {
        planted: (0..PLANTED)
            .map(|_| sizes.iter().map(|&size| random.below(size)).collect())
            .collect(),
        sizes,
    };
    let tables = world.tables(&mut random, rows);
    let rules = world.rules(&mut random, options / 10);
    Model { id: "van".to_owned(), groups: world.groups(), tables, rules, ..Model::default() }
}

/// The sizes of the groups: most are small, some have the colours of a catalogue.
fn sizes(random: &mut Random, options: usize) -> Vec<usize> {
    let mut sizes = Vec::new();
    let mut left = options;
    while left > 0 {
        let size = match random.below(20) {
            0 => 16 + random.below(24),
            1..=4 => 6 + random.below(8),
            _ => 2 + random.below(4),
        };
        let size = if left < size + 2 { left } else { size };
        sizes.push(size);
        left -= size;
    }
    sizes
}

struct World {
    sizes: Vec<usize>,
    /// The option of each group, by vehicle.
    planted: Vec<Vec<usize>>,
}

impl World {
    fn groups(&self) -> Vec<Group> {
        let options = |group: usize, size: usize| -> Vec<Choosable> {
            (0..size)
                .map(|option| Choosable { id: option_id(group, option), ..Choosable::default() })
                .collect()
        };
        self.sizes
            .iter()
            .enumerate()
            .map(|(group, &size)| Group {
                id: format!("g{group}"),
                options: options(group, size),
                ..Group::default()
            })
            .collect()
    }

    fn is_planted(&self, columns: &[usize], row: &[usize]) -> bool {
        let takes = |vehicle: &Vec<usize>| columns.iter().zip(row).all(|(&c, &o)| vehicle[c] == o);
        self.planted.iter().any(takes)
    }

    fn go_together(&self, columns: [usize; 2], row: [usize; 2]) -> bool {
        let ([a, b], [x, y]) = (columns, row);
        hash(&[a, b, x, y]) % 100 < PAIRS || self.is_planted(&columns, &row)
    }

    /// Every row of a table over these groups; `None` when there are more than `most`.
    fn rows(&self, columns: &[usize], most: usize) -> Option<Vec<Vec<usize>>> {
        let mut rows: Vec<Vec<usize>> = vec![Vec::new()];
        for (place, &group) in columns.iter().enumerate() {
            let mut longer = Vec::new();
            for row in &rows {
                for option in 0..self.sizes[group] {
                    let fits = place == 0
                        || self.go_together([columns[place - 1], group], [row[place - 1], option]);
                    if fits {
                        longer.push([row.as_slice(), &[option]].concat());
                    }
                }
                if longer.len() > most {
                    return None;
                }
            }
            rows = longer;
        }
        let excepted = |row: &Vec<usize>| {
            hash(&[columns, row].concat()) % 100 < EXCEPTIONS && !self.is_planted(columns, row)
        };
        rows.retain(|row| !excepted(row));
        Some(rows)
    }

    fn tables(&self, random: &mut Random, wanted: usize) -> Vec<VariantTable> {
        let mut tables = Vec::new();
        let mut left = wanted;
        while left > 0 {
            let first = random.below(self.sizes.len());
            let width = 2 + random.below(6);
            let mut columns: Vec<usize> =
                (0..width).map(|_| (first + random.below(10)) % self.sizes.len()).collect();
            columns.sort_unstable();
            columns.dedup();
            if columns.len() < 2 {
                continue;
            }
            let Some(mut rows) = self.rows(&columns, wanted / LARGEST) else { continue };
            if rows.len() > left {
                // The last table: what the planted vehicles need, and as much as is still wanted.
                rows.sort_by_key(|row| !self.is_planted(&columns, row));
                rows.truncate(left.max(PLANTED));
            }
            left = left.saturating_sub(rows.len());
            let cells = |row: &Vec<usize>| -> Vec<String> {
                columns.iter().zip(row).map(|(&group, &option)| option_id(group, option)).collect()
            };
            tables.push(VariantTable {
                id: format!("t{}", tables.len()),
                columns: columns.iter().map(|group| format!("g{group}")).collect(),
                allow: Some(rows.iter().map(cells).collect()),
                ..VariantTable::default()
            });
        }
        tables
    }

    /// Plain rules between any two options, as long as the planted vehicles keep them.
    fn rules(&self, random: &mut Random, wanted: usize) -> Vec<Rule> {
        let mut rules = Vec::new();
        while rules.len() < wanted {
            let (a, b) = (random.below(self.sizes.len()), random.below(self.sizes.len()));
            let (x, y) = (random.below(self.sizes[a]), random.below(self.sizes[b]));
            if a == b || self.is_planted(&[a, b], &[x, y]) {
                continue;
            }
            let (one, other) = (option_id(a, x), option_id(b, y));
            let apart = [Formula::option(one), Formula::option(other).negate()];
            rules.push(Rule {
                id: format!("r{}", rules.len()),
                text: None,
                valid: Default::default(),
                must: Compound::Requires(apart).into(),
            });
        }
        rules
    }
}

fn option_id(group: usize, option: usize) -> String {
    format!("g{group}-{option}")
}

/// Xorshift: the same van everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 33) as usize % bound
    }
}

/// The same number for the same numbers, and nothing to see in it.
fn hash(numbers: &[usize]) -> usize {
    let mixed = numbers.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, &number| {
        let hash = (hash ^ number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        hash ^ (hash >> 29)
    });
    (mixed >> 20) as usize
}
