//! The messages every language must have.

use super::Sentences;
use crate::calendar::{Date, Window};
use crate::quote::{
    Approval, CandidateKind, CandidateOutcome, Considered, CouponOutcome, Dimension,
    DocumentDiscount, Origin, QuoteLine, Refusal, Status, Step,
};
use crate::solve::{Concession, NextBreak, SolveError};

/// Words that stand alone: headings, totals, captions. Lower case, as they read within a line.
///
/// ```
/// use listino_core::explain::{Labels, Language};
/// let labels: &Labels = Language::Italian.labels();
/// assert_eq!((labels.discount, labels.margin), ("sconto", "margine"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the field is the word")]
pub struct Labels {
    pub offer: &'static str,
    pub offer_for: &'static str,
    pub customer: &'static str,
    pub date: &'static str,
    pub currency: &'static str,
    pub book: &'static str,
    pub reference: &'static str,
    pub status: &'static str,
    pub line: &'static str,
    pub product: &'static str,
    pub quantity: &'static str,
    pub list_price: &'static str,
    pub list_value: &'static str,
    pub discount: &'static str,
    pub unit_price: &'static str,
    pub total: &'static str,
    pub lines: &'static str,
    pub document_discount: &'static str,
    pub by_hand: &'static str,
    pub net: &'static str,
    pub without_tax: &'static str,
    pub tax: &'static str,
    pub contained_tax: &'static str,
    pub with_tax: &'static str,
    pub rounding: &'static str,
    pub payable: &'static str,
    pub rebates: &'static str,
    pub true_net: &'static str,
    pub cost: &'static str,
    pub margin: &'static str,
    pub unknown: &'static str,
    pub approvals: &'static str,
    pub coupons: &'static str,
    pub waterfall: &'static str,
    pub considered: &'static str,
    pub internal: &'static str,
    pub whole_term: &'static str,
    pub parts: &'static str,
    pub per: &'static str,
    pub page: &'static str,
}

/// One language: what it calls things and how it builds its sentences.
pub(super) trait Catalogue {
    fn labels(&self) -> &'static Labels;
    /// The sign between thousands and the decimal sign.
    fn separators(&self) -> (char, char);
    fn date(&self, date: Date) -> String;
    fn or(&self) -> &'static str;
    fn window(&self, say: &Sentences<'_>, valid: &Window) -> String;
    fn status(&self, status: Status) -> &'static str;
    fn dimension(&self, dimension: Dimension) -> &'static str;
    fn candidate(&self, kind: CandidateKind) -> &'static str;
    fn origin(&self, origin: &Origin) -> String;
    /// The name of a step on a row of the waterfall.
    fn row(&self, say: &Sentences<'_>, step: &Step) -> String;
    fn step(&self, say: &Sentences<'_>, line: &QuoteLine, step: &Step) -> String;
    fn outcome(&self, say: &Sentences<'_>, candidate: &Considered) -> String;
    fn change(&self, say: &Sentences<'_>, outcome: &CandidateOutcome) -> Option<String>;
    fn not_considered(&self, rule: &str, line: &QuoteLine) -> String;
    fn refusal(&self, say: &Sentences<'_>, line: &QuoteLine, refusal: &Refusal) -> String;
    fn coupon(&self, coupon: &CouponOutcome) -> String;
    fn approval(&self, say: &Sentences<'_>, approval: &Approval) -> String;
    fn document_discount(&self, say: &Sentences<'_>, discount: &DocumentDiscount) -> String;
    fn next_break(&self, say: &Sentences<'_>, unit: &str, next: &NextBreak) -> String;
    fn concession(&self, say: &Sentences<'_>, concession: &Concession) -> String;
    fn no_concession(&self) -> &'static str;
    /// What stands before the thresholds that one more coin would break.
    fn one_more(&self, coin: &str) -> String;
    fn unsolved(&self, say: &Sentences<'_>, error: &SolveError) -> String;
    /// "rounded, -0.0042"
    fn residue(&self, amount: &str) -> String;
    /// "from 11"
    fn starting_at(&self, quantity: &str) -> String;
    /// "across tyres", of a mix-and-match group.
    fn across(&self, group: &str) -> String;
    fn on_list_price(&self) -> &'static str;
}
