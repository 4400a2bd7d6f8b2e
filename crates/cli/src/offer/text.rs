//! The offer on a terminal.

use listino_core::explain::Sentences;
use listino_core::money::Amount;
use listino_core::quote::{CandidateOutcome, QuoteLine, Status, Verdict};

use super::Offer;
use crate::terminal::{Column, Listing, Tone, capital, strong};

const fn mark(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::BelowTarget => "▽",
        Verdict::NeedsApproval => "▲",
        Verdict::Blocked => "■",
    }
}

const fn tone(verdict: Verdict) -> Tone {
    match verdict {
        Verdict::BelowTarget => Tone::Quiet,
        Verdict::NeedsApproval => Tone::Warn,
        Verdict::Blocked => Tone::Bad,
    }
}

impl Offer<'_> {
    /// Everything: head, lines, totals, margin, approvals, coupons; the waterfalls if asked for.
    pub(crate) fn text(&self, explained: bool) -> String {
        let mut out = self.head();
        out.push('\n');
        out.push_str(&self.lines());
        out.push('\n');
        out.push_str(&self.sums());
        out.push_str(&self.findings());
        if explained {
            for line in &self.quote.lines {
                out.push('\n');
                out.push_str(&self.trace(line));
            }
        }
        out
    }

    fn head(&self) -> String {
        let labels = self.language.labels();
        let customer = match (self.quote.customer.as_ref(), self.customer()) {
            (Some(id), Some(name)) => Some(format!("{name} ({id})")),
            (Some(id), None) => Some(id.to_string()),
            (None, name) => name,
        };
        let title = match customer {
            Some(customer) => format!("{} {customer}", capital(labels.offer_for)),
            None => capital(labels.offer),
        };
        let mut parts = vec![strong(&title)];
        parts.extend(self.quote.id.as_ref().map(ToString::to_string));
        parts.push(self.language.date(self.quote.date));
        parts.push(self.quote.currency.to_string());
        parts.push(format!("{} {}", labels.book, self.digest()));
        format!("{}\n", parts.join(" · "))
    }

    fn lines(&self) -> String {
        let labels = self.language.labels();
        let mut listing = Listing::new(&[
            ("#", Column::Right),
            (labels.product, Column::Left),
            (labels.quantity, Column::Right),
            ("", Column::Left),
            (labels.list_price, Column::Right),
            (labels.discount, Column::Right),
            (labels.unit_price, Column::Right),
            (labels.total, Column::Right),
            (labels.margin, Column::Right),
            ("", Column::Left),
        ]);
        let say = self.say();
        for line in &self.quote.lines {
            listing.row(self.line(&say, line));
            for option in self.options(line) {
                listing.row(vec![
                    (String::new(), Column::Right, Tone::Quiet),
                    (format!("  {} {}", option.mark, option.name), Column::Left, Tone::Quiet),
                    (option.quantity, Column::Right, Tone::Quiet),
                    (String::new(), Column::Left, Tone::Quiet),
                    (option.list_price, Column::Right, Tone::Quiet),
                ]);
            }
        }
        listing.render(" ")
    }

    fn line(&self, say: &Sentences<'_>, line: &QuoteLine) -> Vec<(String, Column, Tone)> {
        let money =
            |amount: Option<Amount>| amount.map_or_else(String::new, |amount| say.amount(amount));
        let price = line.price.as_ref();
        let verdict = self.verdict(line);
        let margin = price.and_then(|price| price.margin);
        let margin_tone = match (margin, &verdict) {
            // Below cost is never silent, threshold or not.
            (Some(margin), _) if margin.amount < Amount::ZERO => Tone::Bad,
            (_, Some((verdict, _))) => tone(*verdict),
            (_, None) => Tone::Plain,
        };
        let (remark, remark_tone) = match (&line.refusal, &line.origin, &verdict) {
            // The reason is a sentence, and stands below the table.
            (Some(_), ..) => ("✗".to_owned(), Tone::Bad),
            (None, _, Some((verdict, roles))) => {
                (format!("{} {}", mark(*verdict), roles.join(", ")), tone(*verdict))
            }
            (None, Some(origin), None) => (say.origin(origin), Tone::Quiet),
            (None, None, None) => (String::new(), Tone::Plain),
        };
        let margin = match (price, margin) {
            (Some(_), None) => "?".to_owned(),
            (_, margin) => margin
                .and_then(|margin| margin.percent)
                .map_or_else(String::new, |percent| self.language.percent(percent)),
        };
        vec![
            (line.id.to_string(), Column::Right, Tone::Quiet),
            (line.product.to_string(), Column::Left, Tone::Strong),
            (self.language.quantity(line.quantity), Column::Right, Tone::Plain),
            (line.unit.to_string(), Column::Left, Tone::Quiet),
            (money(price.and_then(|price| price.list_price)), Column::Right, Tone::Plain),
            (self.discount(line).unwrap_or_default(), Column::Right, Tone::Plain),
            (money(price.and_then(|price| price.unit_price)), Column::Right, Tone::Plain),
            (money(price.map(|price| price.total)), Column::Right, Tone::Strong),
            (margin, Column::Right, margin_tone),
            (remark, Column::Left, remark_tone),
        ]
    }

    /// Totals and margin, the decimal points below each other.
    fn sums(&self) -> String {
        let rows: Vec<_> = self.totals().into_iter().chain(self.internals()).collect();
        let (_, point) = self.language.separators();
        let tail = |text: &str| text.rsplit_once(point).map_or(0, |(_, tail)| tail.len() + 1);
        let name = rows.iter().map(|row| row.label.chars().count()).max().unwrap_or(0);
        let head = rows.iter().map(|row| row.amount.chars().count() - tail(&row.amount)).max();
        let head = head.unwrap_or(0);
        let mut out = String::new();
        for row in rows {
            let width = head + tail(&row.amount);
            let line = format!("{:<name$}  {:>width$}", row.label, row.amount);
            let line = if row.strong { strong(&line) } else { line };
            out.push_str(&format!("    {line}\n"));
        }
        out
    }

    /// What stands against the offer, and what became of the coupons.
    fn findings(&self) -> String {
        let say = self.say();
        let mut listing = Listing::new(&[("", Column::Left), ("", Column::Left)]);
        let mut any = false;
        for coupon in &self.quote.coupons {
            let (mark, tone) =
                if coupon.refused.is_some() { ("✗", Tone::Bad) } else { ("✓", Tone::Good) };
            listing.row(vec![
                (mark.to_owned(), Column::Left, tone),
                (say.coupon(coupon), Column::Left, Tone::Plain),
            ]);
            any = true;
        }
        for line in &self.quote.lines {
            let Some(refusal) = &line.refusal else { continue };
            let name = self.language.labels().line;
            let sentence = format!("{name} {}: {}", line.id, say.refusal(line, refusal));
            listing.row(vec![
                ("✗".to_owned(), Column::Left, Tone::Bad),
                (sentence, Column::Left, Tone::Plain),
            ]);
            any = true;
        }
        for approval in &self.quote.approvals {
            let tone = tone(approval.verdict);
            listing.row(vec![
                (mark(approval.verdict).to_owned(), Column::Left, tone),
                (say.approval(approval), Column::Left, Tone::Plain),
            ]);
            any = true;
        }
        if self.quote.status != Status::Ok {
            let verdict = match self.quote.status {
                Status::Ok | Status::NeedsApproval => Verdict::NeedsApproval,
                Status::Blocked | Status::Incomplete => Verdict::Blocked,
            };
            listing.row(vec![
                ("=".to_owned(), Column::Left, Tone::Plain),
                (say.status(self.quote.status).to_owned(), Column::Left, tone(verdict)),
            ]);
            any = true;
        }
        if any { format!("\n{}", listing.render(" ")) } else { String::new() }
    }

    /// One line: its waterfall, and what else was considered.
    pub(crate) fn trace(&self, line: &QuoteLine) -> String {
        let say = self.say();
        let quantity = self.language.quantity(line.quantity);
        let title = strong(&format!("{} · {quantity} {}", line.product, line.unit));
        let mut out = format!("{:>2}  {title}\n", line.id.as_str());
        if let Some(refusal) = &line.refusal {
            out.push_str(&format!("    ✗ {}\n", say.refusal(line, refusal)));
        }
        if let Some(waterfall) = self.quote.waterfall(line, self.language, self.book) {
            for row in waterfall.to_string().lines() {
                out.push_str(&format!("    {row}\n"));
            }
        }
        let parts = line.configuration.as_ref().and_then(|configured| configured.bom.as_ref());
        if let Some(parts) = parts {
            out.push_str(&format!("    {}\n", self.language.labels().parts));
            let amounts: Vec<String> =
                parts.lines.iter().map(|part| self.language.quantity(part.quantity)).collect();
            let width = amounts.iter().map(|amount| amount.chars().count()).max().unwrap_or(0);
            for (part, amount) in parts.lines.iter().zip(amounts) {
                let unit = part.unit.as_deref().unwrap_or("pc");
                let name = self.part(line, &part.item);
                let indent = "  ".repeat(part.level.min(40) as usize);
                out.push_str(&format!("    {amount:>width$} {unit:<3}{indent}{name}\n"));
            }
        }
        if let Some(next) = self.next_break(line) {
            out.push_str(&format!("    → {}\n", say.next_break(line, next)));
        }
        for candidate in &line.considered {
            if candidate.outcome != CandidateOutcome::Applied {
                out.push_str(&format!("    · {}\n", say.considered(candidate)));
            }
        }
        out
    }
}
