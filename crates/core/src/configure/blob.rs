//! A compiled model as bytes: flat sections of numbers that go straight to their places.
//!
//! Layout, all numbers little-endian: the magic `LSTNOCFG`, a `u32` version, the sections one
//! after another, each a `u64` count of elements followed by them, and at the end the SHA-256 of
//! everything before it.

use std::sync::Arc;

use listino_solver::{Bits, Lists, Lit, MAX_VARIABLES, Problem, Table, Term, ValidSet};
use sha2::{Digest, Sha256};

use super::configurator::{Compiled, Configurator};
use super::error::Limits;
use super::lower::{GroupInfo, Lowered, NO_OPTION, OptionInfo, PriceTerm, RuleInfo, RuleKind};
use crate::calendar::{Date, Window};
use crate::money::{Amount, Quantity};

const MAGIC: &[u8; 8] = b"LSTNOCFG";
const VERSION: u32 = 1;
const DIGEST: usize = 32;

/// Why bytes are not a compiled model.
///
/// ```
/// use listino_core::configure::{BlobError, Configurator};
/// assert_eq!(Configurator::from_bytes(b"{}").unwrap_err(), BlobError::Format);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BlobError {
    /// The bytes begin differently.
    #[error("the bytes are not a compiled configuration model")]
    Format,
    /// The bytes were written by another version.
    #[error(
        "the compiled model has format version {0}, this engine reads version 1: compile the model again"
    )]
    Version(u32),
    /// The checksum does not fit: the bytes were changed or cut off.
    #[error("the compiled model is damaged: its checksum does not fit")]
    Damaged,
    /// The checksum fits but the contents contradict each other.
    #[error("the compiled model contradicts itself in its {0}: compile the model again")]
    Contents(&'static str),
}

struct Writer(Vec<u8>);

impl Writer {
    fn count(&mut self, count: usize) {
        self.0.extend_from_slice(&(count as u64).to_le_bytes());
    }

    fn u32s(&mut self, values: impl ExactSizeIterator<Item = u32>) {
        self.count(values.len());
        values.for_each(|value| self.0.extend_from_slice(&value.to_le_bytes()));
    }

    fn u64s(&mut self, values: &[u64]) {
        self.count(values.len());
        values.iter().for_each(|value| self.0.extend_from_slice(&value.to_le_bytes()));
    }

    fn texts<'a>(&mut self, texts: impl Iterator<Item = &'a str> + Clone) {
        let mut end = 0_u32;
        let ends: Vec<u32> = texts
            .clone()
            .map(|text| {
                end += u32::try_from(text.len()).unwrap_or(0);
                end
            })
            .collect();
        self.u32s(ends.into_iter());
        self.count(end as usize);
        texts.for_each(|text| self.0.extend_from_slice(text.as_bytes()));
    }

    fn literals(&mut self, literals: &[Lit]) {
        self.u32s(literals.iter().map(|literal| literal.code()));
    }

    fn lists(&mut self, lists: &Lists<Lit>) {
        self.u32s(lists.ends.iter().copied());
        self.literals(&lists.items);
    }
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn bytes(&mut self, count: usize) -> Result<&'a [u8], BlobError> {
        let (head, tail) =
            self.rest.split_at_checked(count).ok_or(BlobError::Contents("length"))?;
        self.rest = tail;
        Ok(head)
    }

    fn count(&mut self, size: usize) -> Result<usize, BlobError> {
        let bytes = self.bytes(8)?;
        let count = bytes.try_into().map(u64::from_le_bytes).unwrap_or(u64::MAX);
        let count = usize::try_from(count).map_err(|_| BlobError::Contents("length"))?;
        count.checked_mul(size).ok_or(BlobError::Contents("length"))
    }

    fn u32s(&mut self) -> Result<Vec<u32>, BlobError> {
        let length = self.count(4)?;
        let chunks = self.bytes(length)?.as_chunks::<4>().0;
        Ok(chunks.iter().map(|chunk| u32::from_le_bytes(*chunk)).collect())
    }

    fn u64s(&mut self) -> Result<Vec<u64>, BlobError> {
        let length = self.count(8)?;
        let chunks = self.bytes(length)?.as_chunks::<8>().0;
        Ok(chunks.iter().map(|chunk| u64::from_le_bytes(*chunk)).collect())
    }

    fn texts(&mut self) -> Result<Vec<String>, BlobError> {
        let ends = self.u32s()?;
        let length = self.count(1)?;
        let text =
            std::str::from_utf8(self.bytes(length)?).map_err(|_| BlobError::Contents("text"))?;
        let mut start = 0;
        ends.iter()
            .map(|&end| {
                let piece = text.get(start..end as usize).ok_or(BlobError::Contents("text"))?;
                start = end as usize;
                Ok(piece.to_owned())
            })
            .collect()
    }

    fn text(&mut self) -> Result<String, BlobError> {
        self.texts()?.pop().ok_or(BlobError::Contents("text"))
    }

    fn literals(&mut self, variables: u32) -> Result<Vec<Lit>, BlobError> {
        let codes = self.u32s()?;
        if codes.iter().any(|code| code >> 1 >= variables) {
            return Err(BlobError::Contents("literals"));
        }
        Ok(codes.into_iter().map(Lit::from_code).collect())
    }

    fn lists(&mut self, variables: u32) -> Result<Lists<Lit>, BlobError> {
        let ends = self.u32s()?;
        let items = self.literals(variables)?;
        check_ends(&ends, items.len())?;
        Ok(Lists { ends, items })
    }

    fn amounts(&mut self) -> Result<Vec<Option<Amount>>, BlobError> {
        let parse = |text: String| match text.as_str() {
            "" => Ok(None),
            text => text.parse().map(Some).map_err(|_| BlobError::Contents("amounts")),
        };
        self.texts()?.into_iter().map(parse).collect()
    }

    fn quantities(&mut self) -> Result<Vec<Quantity>, BlobError> {
        let parse = |text: String| text.parse().map_err(|_| BlobError::Contents("quantities"));
        self.texts()?.into_iter().map(parse).collect()
    }
}

fn check_ends(ends: &[u32], items: usize) -> Result<(), BlobError> {
    let last = ends.last().copied().unwrap_or(0) as usize;
    if ends.is_sorted() && last == items { Ok(()) } else { Err(BlobError::Contents("lists")) }
}

fn same(a: usize, b: usize, what: &'static str) -> Result<(), BlobError> {
    if a == b { Ok(()) } else { Err(BlobError::Contents(what)) }
}

fn texts_of(amounts: impl Iterator<Item = Option<Amount>>) -> Vec<String> {
    amounts.map(|amount| amount.map_or_else(String::new, |a| a.to_string())).collect()
}

const KINDS: [RuleKind; 5] =
    [RuleKind::Group, RuleKind::Rule, RuleKind::Table, RuleKind::Validity, RuleKind::Definition];

impl Configurator {
    /// The compiled model as bytes, for [`Configurator::from_bytes`].
    ///
    /// ```
    /// use listino_core::configure::{Configurator, Model};
    /// let model: Model = serde_json::from_str(
    ///     r#"{ "id": "lamp", "groups": [{ "id": "colour", "options": [{ "id": "red" }, { "id": "white" }] }] }"#,
    /// )?;
    /// let bytes = Configurator::compile(&model, "2026-05-01".parse()?)?.to_bytes();
    /// assert_eq!(Configurator::from_bytes(&bytes)?.to_bytes(), bytes);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn to_bytes(&self) -> Vec<u8> {
        let inner = &self.inner;
        let model = &inner.model;
        let mut w = Writer(Vec::new());
        w.0.extend_from_slice(MAGIC);
        w.0.extend_from_slice(&VERSION.to_le_bytes());
        write_problem(&mut w, &inner.loaded.problem);
        let days =
            |date: Option<Date>, open: i32| date.map_or(open, Date::day_number).cast_unsigned();
        let limits = inner.limits;
        w.u32s(
            [
                days(model.valid.from, i32::MIN),
                days(model.valid.to, i32::MAX),
                limits.options,
                limits.rows,
                limits.instances,
                limits.bom_lines,
            ]
            .into_iter(),
        );
        w.u64s(&[limits.steps]);
        w.texts([model.id.as_str(), model.version.as_str()].into_iter());
        w.texts(model.options.iter().map(|o| o.id.as_str()));
        w.texts(model.options.iter().map(|o| o.name.as_str()));
        w.u32s(model.options.iter().map(|o| o.group));
        w.u32s(model.options.iter().map(|o| o.hidden.into()));
        w.texts(model.groups.iter().map(|g| g.id.as_str()));
        w.texts(model.groups.iter().map(|g| g.name.as_str()));
        w.u32s(
            model
                .groups
                .iter()
                .flat_map(|g| [g.parent, g.first, g.count, g.min, g.max])
                .collect::<Vec<_>>()
                .into_iter(),
        );
        w.texts(model.rules.iter().map(|r| r.id.as_str()));
        w.texts(model.rules.iter().map(|r| r.text.as_str()));
        w.u32s(model.rules.iter().map(|r| r.kind as u32));
        w.literals(&model.defaults);
        w.u32s(model.default_options.iter().copied());
        w.literals(&model.preferences);
        let prices = &model.prices;
        w.literals(&prices.iter().map(|p| p.literal).collect::<Vec<_>>());
        for amounts in [
            texts_of(prices.iter().map(|p| p.price)),
            texts_of(prices.iter().map(|p| p.cost)),
            prices.iter().map(|p| p.table.clone()).collect(),
            prices.iter().map(|p| p.product.clone()).collect(),
            prices.iter().map(|p| p.quantity.to_string()).collect(),
            texts_of([model.base_price, model.base_cost].into_iter()),
        ] {
            w.texts(amounts.iter().map(String::as_str));
        }
        w.texts(model.attributes.iter().map(|(name, _)| name.as_str()));
        for (_, values) in &model.attributes {
            w.u32s(values.iter().map(|&(option, _)| option));
            let values: Vec<String> = values.iter().map(|(_, value)| value.to_string()).collect();
            w.texts(values.iter().map(String::as_str));
        }
        // Quantities are trees: the bill travels as the text it is written in.
        let bom = model.bom.as_ref().and_then(|bom| serde_json::to_string(bom).ok());
        w.texts([bom.as_deref().unwrap_or("")].into_iter());
        match &inner.first {
            None => w.u32s([0].into_iter()),
            Some(valid) => {
                w.u32s([1 + u32::from(valid.settled)].into_iter());
                w.u64s(&valid.chosen.0);
                w.u64s(&valid.left_out.0);
            }
        }
        w.u64s(&inner.starters);
        let digest = Sha256::digest(&w.0);
        w.0.extend_from_slice(&digest);
        w.0
    }

    /// Loads a compiled model.
    ///
    /// # Errors
    /// [`BlobError`] for bytes that are not a compiled model of this version, or damaged.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, BlobError> {
        let body = bytes.strip_prefix(MAGIC).ok_or(BlobError::Format)?;
        let (version, _) = body.split_first_chunk::<4>().ok_or(BlobError::Damaged)?;
        let version = u32::from_le_bytes(*version);
        if version != VERSION {
            return Err(BlobError::Version(version));
        }
        let split = bytes.len().checked_sub(DIGEST).ok_or(BlobError::Damaged)?;
        let (content, digest) = bytes.split_at_checked(split).ok_or(BlobError::Damaged)?;
        if Sha256::digest(content).as_slice() != digest {
            return Err(BlobError::Damaged);
        }
        let rest = content.get(MAGIC.len() + 4..).ok_or(BlobError::Damaged)?;
        let mut r = Reader { rest };
        let problem = read_problem(&mut r)?;
        let variables = problem.variables;
        let words = (variables as usize).div_ceil(64);
        let [from, to, options_limit, rows, instances, bom_lines] = array(&r.u32s()?, "limits")?;
        let [steps] = array(&r.u64s()?, "limits")?;
        let day = |number: u32, open: i32| {
            let number = number.cast_signed();
            (number != open).then(|| Date::from_day_number(number)).flatten()
        };
        let valid = Window { from: day(from, i32::MIN), to: day(to, i32::MAX) };
        let limits = Limits { options: options_limit, rows, instances, steps, bom_lines };
        let [id, version]: [String; 2] =
            r.texts()?.try_into().map_err(|_| BlobError::Contents("names"))?;
        let options = read_options(&mut r)?;
        let groups = read_groups(&mut r, options.len())?;
        if options.len() > variables as usize
            || options.iter().any(|option| option.group as usize >= groups.len())
        {
            return Err(BlobError::Contents("options"));
        }
        let rules = read_rules(&mut r)?;
        let defaults = r.literals(variables)?;
        let default_options = r.u32s()?;
        same(defaults.len(), default_options.len(), "defaults")?;
        let preferences = r.literals(variables)?;
        let prices = read_prices(&mut r, variables)?;
        let [base_price, base_cost] = array(&r.amounts()?, "amounts")?;
        let mut attributes = Vec::new();
        for name in r.texts()? {
            let options = r.u32s()?;
            let values = r.quantities()?;
            same(options.len(), values.len(), "attributes")?;
            attributes.push((name, options.into_iter().zip(values).collect()));
        }
        let bom = match r.text()?.as_str() {
            "" => None,
            text => Some(
                serde_json::from_str(text).map_err(|_| BlobError::Contents("bill of materials"))?,
            ),
        };
        let [state] = array(&r.u32s()?, "valid set")?;
        let first = match state {
            0 => None,
            state => {
                let (chosen, left_out) = (Bits(r.u64s()?), Bits(r.u64s()?));
                same(chosen.0.len(), words, "valid set")?;
                same(left_out.0.len(), words, "valid set")?;
                Some(ValidSet { chosen, left_out, settled: state == 2 })
            }
        };
        let starters = r.u64s()?;
        if !r.rest.is_empty() || (words > 0 && starters.len() % words != 0) {
            return Err(BlobError::Contents("solutions"));
        }
        let model = Lowered {
            id,
            version,
            valid,
            options,
            groups,
            rules,
            problem,
            defaults,
            default_options,
            preferences,
            prices,
            base_price,
            base_cost,
            attributes,
            bom,
        };
        let mut compiled = Compiled::assemble(model, limits);
        compiled.first = first;
        compiled.starters = starters;
        Ok(Self { inner: Arc::new(compiled) })
    }
}

fn array<T: Copy, const N: usize>(values: &[T], what: &'static str) -> Result<[T; N], BlobError> {
    values.try_into().map_err(|_| BlobError::Contents(what))
}

fn write_problem(w: &mut Writer, problem: &Problem) {
    w.u32s([problem.variables].into_iter());
    w.lists(&problem.clauses);
    w.u32s(problem.clause_rules.iter().copied());
    w.lists(&problem.groups);
    w.u32s(problem.group_rules.iter().copied());
    w.u32s(problem.sums.ends.iter().copied());
    w.u32s(problem.sums.items.iter().map(|term| term.literal.code()));
    w.u64s(&problem.sums.items.iter().map(|t| t.coefficient.cast_unsigned()).collect::<Vec<_>>());
    w.u64s(&problem.sum_bounds.iter().map(|bound| bound.cast_unsigned()).collect::<Vec<_>>());
    w.u32s(problem.sum_rules.iter().copied());
    w.u32s(problem.tables.iter().flat_map(|t| [t.rule, t.rows]).collect::<Vec<_>>().into_iter());
    for table in &problem.tables {
        w.lists(&table.columns);
        w.u64s(&table.support);
        w.u64s(&table.wildcard);
    }
    w.lists(&problem.lemmas);
}

fn read_problem(r: &mut Reader<'_>) -> Result<Problem, BlobError> {
    let [variables] = array(&r.u32s()?, "variables")?;
    if variables > MAX_VARIABLES {
        return Err(BlobError::Contents("variables"));
    }
    let clauses = r.lists(variables)?;
    let clause_rules = r.u32s()?;
    same(clauses.len(), clause_rules.len(), "clauses")?;
    let groups = r.lists(variables)?;
    let group_rules = r.u32s()?;
    same(groups.len(), group_rules.len(), "groups")?;
    let ends = r.u32s()?;
    let literals = r.literals(variables)?;
    let coefficients = r.u64s()?;
    same(literals.len(), coefficients.len(), "sums")?;
    check_ends(&ends, literals.len())?;
    let items: Vec<Term> = literals
        .into_iter()
        .zip(coefficients)
        .map(|(literal, c)| Term { literal, coefficient: c.cast_signed() })
        .collect();
    let sums = Lists { ends, items };
    let sum_bounds: Vec<i64> = r.u64s()?.into_iter().map(u64::cast_signed).collect();
    let sum_rules = r.u32s()?;
    same(sums.len(), sum_bounds.len(), "sums")?;
    same(sums.len(), sum_rules.len(), "sums")?;
    // The search adds coefficients without asking whether the sum still fits.
    for terms in sums.iter() {
        let total = terms
            .iter()
            .try_fold(0_i64, |sum, t| sum.checked_add(t.coefficient).filter(|_| t.coefficient > 0));
        if total.is_none() || !terms.is_sorted_by(|a, b| a.coefficient >= b.coefficient) {
            return Err(BlobError::Contents("sums"));
        }
    }
    if sum_bounds.iter().any(|&bound| bound < 0) {
        return Err(BlobError::Contents("sums"));
    }
    let headers = r.u32s()?;
    let mut tables = Vec::new();
    for header in headers.chunks(2) {
        let [rule, rows] = array(header, "tables")?;
        let columns = r.lists(variables)?;
        let (support, wildcard) = (r.u64s()?, r.u64s()?);
        let table = Table { rule, rows, columns, support, wildcard };
        same(table.support.len(), table.columns.items.len() * table.words(), "tables")?;
        same(table.wildcard.len(), table.columns.len() * table.words(), "tables")?;
        tables.push(table);
    }
    let lemmas = r.lists(variables)?;
    if lemmas.iter().any(|literals| !(1..=2).contains(&literals.len())) {
        return Err(BlobError::Contents("lemmas"));
    }
    Ok(Problem {
        variables,
        clauses,
        clause_rules,
        groups,
        group_rules,
        sums,
        sum_bounds,
        sum_rules,
        tables,
        lemmas,
    })
}

fn read_options(r: &mut Reader<'_>) -> Result<Vec<OptionInfo>, BlobError> {
    let (ids, names, groups, hidden) = (r.texts()?, r.texts()?, r.u32s()?, r.u32s()?);
    for length in [names.len(), groups.len(), hidden.len()] {
        same(ids.len(), length, "options")?;
    }
    Ok(ids
        .into_iter()
        .zip(names)
        .zip(groups.into_iter().zip(hidden))
        .map(|((id, name), (group, hidden))| OptionInfo { id, name, group, hidden: hidden != 0 })
        .collect())
}

fn read_groups(r: &mut Reader<'_>, options: usize) -> Result<Vec<GroupInfo>, BlobError> {
    let (ids, names, numbers) = (r.texts()?, r.texts()?, r.u32s()?);
    same(ids.len(), names.len(), "groups")?;
    same(ids.len() * 5, numbers.len(), "groups")?;
    ids.into_iter()
        .zip(names)
        .zip(numbers.chunks(5))
        .map(|((id, name), numbers)| {
            let [parent, first, count, min, max] = array(numbers, "groups")?;
            let end = (first as usize).saturating_add(count as usize);
            if end > options || (parent != NO_OPTION && parent as usize >= options) {
                return Err(BlobError::Contents("groups"));
            }
            Ok(GroupInfo { id, name, parent, first, count, min, max })
        })
        .collect()
}

fn read_rules(r: &mut Reader<'_>) -> Result<Vec<RuleInfo>, BlobError> {
    let (ids, texts, kinds) = (r.texts()?, r.texts()?, r.u32s()?);
    same(ids.len(), texts.len(), "rules")?;
    same(ids.len(), kinds.len(), "rules")?;
    ids.into_iter()
        .zip(texts)
        .zip(kinds)
        .map(|((id, text), kind)| {
            let kind = *KINDS.get(kind as usize).ok_or(BlobError::Contents("rules"))?;
            Ok(RuleInfo { kind, id, text })
        })
        .collect()
}

fn read_prices(r: &mut Reader<'_>, variables: u32) -> Result<Vec<PriceTerm>, BlobError> {
    let literals = r.literals(variables)?;
    let (prices, costs, tables) = (r.amounts()?, r.amounts()?, r.texts()?);
    let (products, quantities) = (r.texts()?, r.quantities()?);
    for length in [prices.len(), costs.len(), tables.len(), products.len(), quantities.len()] {
        same(literals.len(), length, "prices")?;
    }
    Ok(literals
        .into_iter()
        .zip(prices.into_iter().zip(costs))
        .zip(tables.into_iter().zip(products).zip(quantities))
        .map(|((literal, (price, cost)), ((table, product), quantity))| PriceTerm {
            literal,
            price,
            cost,
            table,
            product,
            quantity,
        })
        .collect())
}
