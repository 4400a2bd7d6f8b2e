//! `listino-core`: the exact, explained configure-price-quote engine.

pub mod calendar;
pub mod configure;
pub mod money;
pub mod units;
