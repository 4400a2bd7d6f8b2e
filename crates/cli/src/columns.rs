//! Which column of a table means what.

use std::collections::BTreeMap;
use std::str::FromStr;

use crate::failure::{Failure, Run};

/// A column the command understands, and other names it goes by.
pub(crate) struct Known {
    pub(crate) name: &'static str,
    pub(crate) aliases: &'static [&'static str],
}

impl Known {
    /// Whether a name on the command line means this column.
    pub(crate) fn is_called(&self, name: &str) -> bool {
        self.name == name || self.aliases.contains(&name)
    }
}

/// `OURS=THEIRS` on the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pair {
    pub(crate) ours: String,
    pub(crate) theirs: String,
}

impl FromStr for Pair {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some((ours, theirs)) if !ours.is_empty() && !theirs.is_empty() => {
                Ok(Self { ours: ours.trim().to_owned(), theirs: theirs.trim().to_owned() })
            }
            _ => Err(format!("`{text}` is not of the form OURS=THEIRS")),
        }
    }
}

/// Our columns by name, each with the number of theirs.
pub(crate) type Columns = BTreeMap<&'static str, usize>;

fn plain(heading: &str) -> String {
    heading.trim().to_lowercase().replace([' ', '-'], "_")
}

/// Finds the known columns in the headings: by mapping first, then by name, then by alias.
pub(crate) fn recognise(known: &[Known], headings: &[String], maps: &[Pair]) -> Run<Columns> {
    let mut columns = Columns::new();
    for map in maps {
        let Some(column) = known.iter().find(|known| known.is_called(&map.ours)) else {
            let names: Vec<&str> = known.iter().map(|k| k.name).collect();
            return Err(Failure::usage_with_help(
                format!("`{}` is not a column that can be mapped", map.ours),
                format!("the columns are {}", names.join(", ")),
            ));
        };
        let index = position(headings, &map.theirs)?;
        only(headings, index)?;
        columns.insert(column.name, index);
    }
    for column in known {
        if columns.contains_key(column.name) {
            continue;
        }
        let names = std::iter::once(&column.name).chain(column.aliases);
        let found = names
            .filter_map(|name| headings.iter().position(|heading| plain(heading) == *name))
            .find(|index| !columns.values().any(|taken| taken == index));
        if let Some(index) = found {
            only(headings, index)?;
            columns.insert(column.name, index);
        }
    }
    Ok(columns)
}

/// Refuses a column whose heading another one has too: which of them is meant is not guessed.
pub(crate) fn only(headings: &[String], index: usize) -> Run<()> {
    let Some(heading) = headings.get(index) else { return Ok(()) };
    let same: Vec<String> = (0..headings.len())
        .filter(|&at| headings.get(at).is_some_and(|other| plain(other) == plain(heading)))
        .map(letters)
        .collect();
    if same.len() < 2 {
        return Ok(());
    }
    Err(Failure::usage_with_help(
        format!("{} columns are called `{}`: {}", same.len(), heading.trim(), same.join(", ")),
        "give each column a heading of its own",
    ))
}

/// The number of a column by its heading.
pub(crate) fn position(headings: &[String], name: &str) -> Run<usize> {
    let exact = headings.iter().position(|heading| heading.trim() == name);
    exact.or_else(|| headings.iter().position(|heading| plain(heading) == plain(name))).ok_or_else(
        || {
            let all: Vec<&str> = headings.iter().map(|h| h.trim()).collect();
            Failure::usage_with_help(
                format!("there is no column `{name}`"),
                format!("the columns are {}", all.join(", ")),
            )
        },
    )
}

/// The address of a cell: `B17`.
pub(crate) fn address(row: u64, column: usize) -> String {
    format!("{}{row}", letters(column))
}

/// The letters of a spreadsheet column: 0 is `A`, 26 is `AA`.
fn letters(index: usize) -> String {
    let mut out = Vec::new();
    let mut rest = index + 1;
    while rest > 0 {
        rest -= 1;
        out.push(char::from(b'A' + u8::try_from(rest % 26).unwrap_or(0)));
        rest /= 26;
    }
    out.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_lettered_as_in_a_spreadsheet() {
        let all: Vec<String> = [0, 1, 25, 26, 27, 701, 702].into_iter().map(letters).collect();
        assert_eq!(all, ["A", "B", "Z", "AA", "AB", "ZZ", "AAA"]);
    }

    #[test]
    fn a_mapped_column_goes_before_its_name() {
        let known = [Known { name: "price", aliases: &["prezzo"] }];
        let headings = ["price".to_owned(), "Net Price".to_owned()];
        let map = ["price=Net Price".parse::<Pair>().unwrap()];
        assert_eq!(recognise(&known, &headings, &map).unwrap()["price"], 1);
        assert_eq!(recognise(&known, &headings, &[]).unwrap()["price"], 0);
        assert!(recognise(&known, &headings, &["price=x".parse().unwrap()]).is_err());
    }

    #[test]
    fn of_two_columns_with_one_heading_none_is_guessed() {
        let known = [Known { name: "price", aliases: &["prezzo"] }];
        let headings = ["x", "Price", "x", "price"].map(str::to_owned);
        let Err(Failure::Usage { message, .. }) = recognise(&known, &headings, &[]) else {
            panic!("one of them was taken");
        };
        assert_eq!(message, "2 columns are called `Price`: B, D");
        // What is not read may be called as it likes.
        assert!(recognise(&known, &headings[..3], &[]).is_ok());
    }
}
