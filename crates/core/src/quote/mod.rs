//! The document: header discounts, free goods, groups, allocation, tax, totals, approvals.

mod document;
mod request;

pub use document::{
    Approval, ApprovalCause, CandidateKind, CandidateOutcome, Considered, CouponOutcome,
    CouponRefusal, Dimension, DocumentDiscount, LinePrice, LineTax, Margin, Origin, Per,
    QuantityRule, Quote, QuoteLine, Refusal, Status, Step, StepKind, TaxBreakdown, Totals, Verdict,
};
pub use request::{CouponUse, ManualDiscount, Party, RampStep, Request, RequestLine};
