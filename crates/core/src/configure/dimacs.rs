//! Models in the DIMACS format, with a list of questions.

use super::formula::{Compound, Formula};
use super::model::{Cardinality, Choosable, Group, Model, Rule};

/// What is wrong with a DIMACS file or its list of questions, and where.
///
/// ```
/// use listino_core::configure::{DimacsError, Model};
/// let error: DimacsError = Model::from_dimacs("p cnf 1 1\n1 x 0\n", None).unwrap_err();
/// assert_eq!(error.line(), 2);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file} line {line}: {problem}")]
pub struct DimacsError {
    file: &'static str,
    line: usize,
    problem: String,
}

impl DimacsError {
    /// The line, counted from one.
    pub fn line(&self) -> usize {
        self.line
    }
}

/// Every variable becomes an option, also those that no clause names.
const MOST_VARIABLES: u32 = 500_000;

fn error(file: &'static str, line: usize, problem: impl Into<String>) -> DimacsError {
    DimacsError { file, line: line + 1, problem: problem.into() }
}

impl Model {
    /// Reads a model from DIMACS clauses and, if given, a list of questions.
    ///
    /// Each line of the list is `g name literal literal …`: one literal for a yes/no option,
    /// several for the values of one question. Option ids are the names (for a question with
    /// several values, `name=1`, `name=2` and so on). Variables that no question names, and all of
    /// them without a list, are called `v1`, `v2` and so on; beside a list they are hidden.
    ///
    /// Questions with several values do not forbid two values at once: the clauses do.
    ///
    /// ```
    /// use listino_core::configure::{Configurator, Model};
    /// let model = Model::from_dimacs("p cnf 2 1\n-1 2 0\n", Some("g lamp 1\ng bulb 2\n"))?;
    /// let mut session = Configurator::compile(&model, "2024-05-01".parse()?)?.session();
    /// session.choose("lamp")?;
    /// assert!(session.state("bulb")?.is_chosen());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`DimacsError`] with the line.
    pub fn from_dimacs(clauses: &str, questions: Option<&str>) -> Result<Self, DimacsError> {
        const CNF: &str = "cnf";
        const META: &str = "meta";
        const HEADER: &str = "write `p cnf VARIABLES CLAUSES`";
        const FIRST: &str = "the line `p cnf VARIABLES CLAUSES` comes first";
        let mut variables = None;
        let mut promised = 0_usize;
        let mut rules = Vec::new();
        let mut open: Vec<i64> = Vec::new();
        let mut clauses_by_number: Vec<Vec<i64>> = Vec::new();
        for (number, line) in clauses.lines().enumerate() {
            let line = line.trim();
            if line.starts_with('c') || line.is_empty() {
                continue;
            }
            // What some collections end their files with, and a `0` that is no clause behind it.
            if line == "%" {
                break;
            }
            if let Some(header) = line.strip_prefix("p ") {
                let words: Vec<&str> = header.split_whitespace().collect();
                let sizes = match words.as_slice() {
                    ["cnf", count, clauses] => count.parse::<u32>().ok().zip(clauses.parse().ok()),
                    _ => None,
                };
                let (count, clauses) = sizes.ok_or_else(|| error(CNF, number, HEADER))?;
                if count > MOST_VARIABLES {
                    let problem = format!("{count} variables; there may be {MOST_VARIABLES}");
                    return Err(error(CNF, number, problem));
                }
                if variables.is_some() {
                    return Err(error(CNF, number, "there are two lines `p`; delete one"));
                }
                variables = Some(count);
                promised = clauses;
                continue;
            }
            let Some(count) = variables else {
                return Err(error(CNF, number, FIRST));
            };
            for word in line.split_whitespace() {
                let literal: i64 = word
                    .parse()
                    .map_err(|_| error(CNF, number, format!("`{word}` is not a literal")))?;
                if literal.unsigned_abs() > u64::from(count) {
                    let problem = format!("`{word}` is beyond the {count} variables");
                    return Err(error(CNF, number, problem));
                }
                if literal == 0 {
                    clauses_by_number.push(std::mem::take(&mut open));
                } else {
                    open.push(literal);
                }
            }
        }
        if !open.is_empty() {
            return Err(error(
                CNF,
                clauses.lines().count().saturating_sub(1),
                "the last clause has no 0",
            ));
        }
        let Some(count) = variables else { return Err(error(CNF, 0, FIRST)) };
        if clauses_by_number.len() != promised {
            let (found, line) =
                (clauses_by_number.len(), clauses.lines().count().saturating_sub(1));
            let problem = format!(
                "the line `p` promises {promised} clauses, and there are {found}: the file is cut off or the \
                 number wrong"
            );
            return Err(error(CNF, line, problem));
        }
        let count = count as usize;
        let mut names: Vec<Option<String>> = vec![None; count];
        for (number, line) in questions.unwrap_or("").lines().enumerate() {
            let mut words = line.split_whitespace();
            let Some(first) = words.next() else { continue };
            let (Some(name), "g") = (words.next(), first) else {
                return Err(error(META, number, "write `g NAME LITERAL …`"));
            };
            let literals: Vec<&str> = words.collect();
            for (value, word) in literals.iter().enumerate() {
                let place = word.parse::<usize>().ok().and_then(|v| v.checked_sub(1));
                let slot = place.and_then(|place| names.get_mut(place)).ok_or_else(|| {
                    error(META, number, format!("`{word}` is not a variable of the clauses"))
                })?;
                let id = match literals.len() {
                    1 => name.to_owned(),
                    _ => format!("{name}={}", value + 1),
                };
                if slot.replace(id).is_some() {
                    return Err(error(META, number, format!("`{word}` is asked for twice")));
                }
            }
        }
        let options: Vec<Choosable> = names
            .into_iter()
            .enumerate()
            .map(|(place, name)| Choosable {
                hidden: name.is_none() && questions.is_some(),
                id: name.unwrap_or_else(|| format!("v{}", place + 1)),
                ..Choosable::default()
            })
            .collect();
        let formula = |literal: i64| {
            let place = usize::try_from(literal.unsigned_abs()).unwrap_or(1) - 1;
            let option = Formula::option(options.get(place).map_or("", |o| o.id.as_str()));
            if literal < 0 { option.negate() } else { option }
        };
        for (number, clause) in clauses_by_number.into_iter().enumerate() {
            let must = match *clause.as_slice() {
                [one] => formula(one),
                _ => Compound::Any(clause.into_iter().map(formula).collect()).into(),
            };
            rules.push(Rule {
                id: format!("clause {}", number + 1),
                text: None,
                valid: crate::calendar::Window::ALWAYS,
                must,
            });
        }
        Ok(Self {
            id: "dimacs".to_owned(),
            groups: vec![Group {
                id: "options of the clauses".to_owned(),
                choose: Cardinality::ANY,
                options,
                ..Group::default()
            }],
            rules,
            ..Self::default()
        })
    }
}
