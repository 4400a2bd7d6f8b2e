//! The waterfall as a chart: one bar per row, floating from where the price stood to where it
//! stands.

use std::fmt::Write as _;

use super::waterfall::{RowKind, Waterfall, WaterfallRow};
use crate::money::{Amount, Exact, Rounding, RoundingMode};
use crate::quote::{Per, Verdict};

const WIDTH: i64 = 720;
const BARS_FROM: i64 = 282;
const BARS_TO: i64 = 610;
const ROW: i64 = 34;
const HEADING: i64 = 24;
const BAR: i64 = 16;
/// Longer names are cut on the chart; the full one is in the row's title.
const LABEL_CHARS: usize = 40;
const NOTE_CHARS: usize = 54;

const INK: &str = "#1d2733";
const QUIET: &str = "#66717e";
const RULE: &str = "#d5dbe1";

const SUM: &str = "#2b4a6f";
const FALL: &str = "#d0743c";
const RISE: &str = "#3f8f5f";
const COST: &str = "#a9b4bf";
const CAUTION: &str = "#e0a100";
const ALARM: &str = "#b3261e";

/// Text that can stand in XML.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

fn cut(text: &str, chars: usize) -> String {
    if text.chars().count() <= chars {
        return escape(text);
    }
    let head: String = text.chars().take(chars.saturating_sub(1)).collect();
    format!("{}…", escape(head.trim_end()))
}

/// Amounts per unit and for the line on one axis, in amounts per unit.
struct Axis {
    low: Exact,
    span: Exact,
    gauge: Option<(Exact, Exact)>,
}

impl Axis {
    fn new(waterfall: &Waterfall) -> Self {
        let gauge = waterfall
            .gauge
            .map(|(unit, line)| (unit.exact(), line.exact()))
            .filter(|(unit, line)| !unit.is_zero() && !line.is_zero());
        let mut axis = Self { low: Exact::ZERO, span: Exact::ONE, gauge };
        let mut high = Exact::ZERO;
        let mut low = Exact::ZERO;
        for row in &waterfall.rows {
            for value in [row.from, row.to] {
                let value = axis.per_unit(row.per, value);
                high = high.max(value);
                low = low.min(value);
            }
        }
        axis.low = low;
        // An axis from zero to zero has no bars; any span will do.
        axis.span = high.subtract(low).ok().filter(|s| s.is_positive()).unwrap_or(Exact::ONE);
        axis
    }

    /// Good to a fraction of a pixel; the labels keep the exact amounts.
    fn per_unit(&self, per: Per, value: Amount) -> Exact {
        let value = value.exact();
        let fine = Rounding::digits(8, RoundingMode::HalfEven);
        match (per, self.gauge) {
            (Per::Line, Some((unit, line))) => value
                .multiply(unit)
                .and_then(|scaled| scaled.divide(line, fine))
                .unwrap_or(Exact::ZERO),
            _ => value,
        }
    }

    fn x(&self, per: Per, value: Amount) -> Exact {
        let pixels = Rounding::digits(1, RoundingMode::HalfEven);
        let x = self
            .per_unit(per, value)
            .subtract(self.low)
            .and_then(|offset| offset.multiply(Exact::integer(BARS_TO - BARS_FROM)))
            .and_then(|offset| offset.divide(self.span, pixels))
            .and_then(|offset| offset.add(Exact::integer(BARS_FROM)));
        x.unwrap_or(Exact::integer(BARS_FROM))
    }
}

impl Waterfall {
    /// The chart as a self-contained SVG, with a title and a description for those who cannot see
    /// it. Names from the book are escaped.
    ///
    /// ```
    /// # use listino_core::{Engine, PriceBook, quote::Request};
    /// use listino_core::explain::Language;
    /// # let book = PriceBook::from_json(r#"{ "v": 1, "currency": "EUR",
    /// #     "customers": { "C": {} }, "products": { "P": {} },
    /// #     "price_lists": [{ "id": "base", "prices": { "P": "10" } }],
    /// #     "discounts": [{ "id": "spring", "stage": "promotion", "percent": "5" }] }"#)?;
    /// # let engine = Engine::compile(&book)?;
    /// # let request = Request::from_json(r#"{ "v": 1, "date": "2026-01-31", "customer": "C",
    /// #     "lines": [{ "product": "P", "quantity": "1" }] }"#)?;
    /// let quote = engine.quote(&request)?;
    /// let waterfall = quote.waterfall(&quote.lines[0], Language::English, Some(&book)).unwrap();
    /// assert!(waterfall.svg().starts_with("<svg"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn svg(&self) -> String {
        let labels = self.language.labels();
        let axis = Axis::new(self);
        let both = self.rows.iter().any(|row| row.per == Per::Unit)
            && self.rows.iter().any(|row| row.per == Per::Line);
        let mut body = String::new();
        let mut y = 0;
        let mut before: Option<(&WaterfallRow, i64)> = None;
        for row in &self.rows {
            if both && before.is_none_or(|(last, _)| last.per != row.per) {
                y += HEADING;
                self.heading(&mut body, row.per, y);
                before = None;
            }
            if let Some((last, last_y)) = before {
                connect(&mut body, &axis, last, last_y, y);
            }
            self.bar(&mut body, &axis, row, y);
            before = Some((row, y));
            y += ROW;
        }
        let zero = axis.x(Per::Unit, Amount::ZERO);
        let height = y + 8;
        let title = escape(&format!("{}: {}", labels.waterfall, self.title));
        let description: Vec<String> = self
            .rows
            .iter()
            .map(|row| format!("{} {}", escape(&row.label), self.text(row)))
            .collect();
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" viewBox=\"0 0 {WIDTH} {height}\" \
             width=\"{WIDTH}\" height=\"{height}\" font-family=\"system-ui, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif\" font-size=\"12\" fill=\"{INK}\">\n\
             <title>{title}</title>\n<desc>{}</desc>\n\
             <line x1=\"{zero}\" x2=\"{zero}\" y1=\"0\" y2=\"{height}\" stroke=\"{RULE}\"/>\n\
             {body}</svg>\n",
            description.join("; ")
        )
    }

    fn heading(&self, body: &mut String, per: Per, y: i64) {
        let text = match per {
            Per::Unit => format!("{} {}", self.language.labels().per, self.unit),
            Per::Line => self.quantity.clone(),
        };
        let line = y - 7;
        let _ = writeln!(
            body,
            "<text x=\"{WIDTH}\" y=\"{}\" text-anchor=\"end\" font-size=\"10\" fill=\"{QUIET}\">{}</text>\
             <line x1=\"0\" x2=\"{WIDTH}\" y1=\"{line}\" y2=\"{line}\" stroke=\"{RULE}\"/>",
            y - 12,
            escape(&text)
        );
    }

    /// A margin below its threshold is not green.
    fn colour(&self, row: &WaterfallRow) -> &'static str {
        match row.kind {
            RowKind::Sum => SUM,
            RowKind::Cost => COST,
            RowKind::Change if row.to > row.from => RISE,
            RowKind::Change => FALL,
            RowKind::Margin if row.to < Amount::ZERO => ALARM,
            RowKind::Margin => match self.verdict {
                None => RISE,
                Some(Verdict::BelowTarget | Verdict::NeedsApproval) => CAUTION,
                Some(Verdict::Blocked) => ALARM,
            },
        }
    }

    fn bar(&self, body: &mut String, axis: &Axis, row: &WaterfallRow, y: i64) {
        let (a, b) = (axis.x(row.per, row.from), axis.x(row.per, row.to));
        let (left, right) = (a.min(b), a.max(b));
        let width = right.subtract(left).unwrap_or(Exact::ZERO);
        // A change too small for the chart still leaves a mark.
        let width = width.max(Exact::ONE);
        let strong = matches!(row.kind, RowKind::Sum | RowKind::Margin);
        let weight = if strong { " font-weight=\"600\"" } else { "" };
        let (label_y, note_y) = if row.note.is_empty() { (y + 21, 0) } else { (y + 15, y + 28) };
        let full = if row.note.is_empty() {
            format!("{}: {}", row.label, self.text(row))
        } else {
            format!("{}: {} ({})", row.label, self.text(row), row.note)
        };
        let _ = write!(
            body,
            "<g><title>{}</title><text x=\"0\" y=\"{label_y}\"{weight}>{}</text>",
            escape(&full),
            cut(&row.label, LABEL_CHARS)
        );
        if !row.note.is_empty() {
            let _ = write!(
                body,
                "<text x=\"0\" y=\"{note_y}\" font-size=\"10\" fill=\"{QUIET}\">{}</text>",
                cut(&row.note.replace(" -", " −"), NOTE_CHARS)
            );
        }
        let _ = writeln!(
            body,
            "<rect x=\"{left}\" y=\"{}\" width=\"{width}\" height=\"{BAR}\" rx=\"1.5\" fill=\"{}\"/>\
             <text x=\"{WIDTH}\" y=\"{}\" text-anchor=\"end\"{weight} style=\"font-variant-numeric:tabular-nums\">{}</text></g>",
            y + (ROW - BAR) / 2,
            self.colour(row),
            y + 21,
            self.text(row).replace('-', "−")
        );
    }
}

fn connect(body: &mut String, axis: &Axis, last: &WaterfallRow, last_y: i64, y: i64) {
    let x = axis.x(last.per, last.to);
    let _ = writeln!(
        body,
        "<line x1=\"{x}\" x2=\"{x}\" y1=\"{}\" y2=\"{}\" stroke=\"{QUIET}\" stroke-width=\"0.75\" stroke-dasharray=\"2 2\"/>",
        last_y + (ROW + BAR) / 2,
        y + (ROW - BAR) / 2
    );
}
