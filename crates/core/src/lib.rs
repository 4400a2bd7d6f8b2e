#![doc = include_str!("../README.md")]

pub mod batch;
mod blob;
pub mod book;
pub mod calendar;
pub mod call;
pub mod configure;
mod diagnostic;
mod digest;
mod engine;
pub mod explain;
mod id;
mod order;
mod pricing;
pub mod quote;
pub mod rules;
#[cfg(feature = "schema")]
mod schema;
pub mod solve;
mod strict;
pub mod units;
mod wire;

pub use blob::LoadError;
pub use book::{BookError, PriceBook, RequestError};
pub use diagnostic::{Diagnostic, Related, Severity};
pub use digest::{Digest, DigestError};
pub use engine::Engine;
pub use id::{Id, IdError};
#[cfg(feature = "schema")]
pub use schema::schema;
pub use wire::{Many, Version};

#[doc(inline)]
pub use listino_money as money;
