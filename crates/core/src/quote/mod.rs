//! The document: header discounts, free goods, groups, allocation, tax, totals, approvals.

mod approvals;
mod configured;
mod coupons;
mod document;
mod evaluate;
mod free_goods;
mod header;
mod margin;
mod noted;
mod request;
mod single;
mod tax;
mod validate;

pub use configured::{
    BomLine, BomTotal, ConfigurationProblem, ConfiguredLine, ExplodedBom, LineConfiguration,
    SubLine,
};
pub use document::{
    Approval, ApprovalCause, CandidateKind, CandidateOutcome, Considered, CouponOutcome,
    CouponRefusal, Dimension, DocumentDiscount, LinePrice, LineTax, Margin, Origin, Per,
    QuantityRule, Quote, QuoteLine, Refusal, Status, Step, StepKind, TaxBreakdown, Totals, Verdict,
};
pub(crate) use evaluate::{line_of, plan_for, product_of};
pub(crate) use noted::{CandidateNote, Chain, Lost, Notes, Outcome};
pub use noted::{Candidates, Noted, Steps};
pub use request::{
    CouponUse, ManualDiscount, Party, RampStep, Request, RequestDigest, RequestLine,
};
pub(crate) use single::{Asked, SingleLine, needs_document, row_of, single, status};
pub use single::{LineQuery, PriceError, PricedLine};
