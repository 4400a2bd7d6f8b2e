//! `listino-core`: the exact, explained configure-price-quote engine.

pub mod calendar;
pub mod money;
pub mod rules;
pub mod units;
