//! What is left of a library that panics over a damaged file.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

thread_local! {
    /// Whether a panic here is only a file that cannot be read.
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// What is said of a file over which its reader panics.
pub(crate) const CONTRADICTION: &str = "its parts contradict each other";

/// What a reader comes to, or nothing where it panics. Of some damaged files the libraries for
/// spreadsheets and Parquet do not say that they are: they panic. That too is only a file that
/// cannot be read.
pub(crate) fn guarded<T>(read: impl FnOnce() -> T) -> Option<T> {
    static QUIET: Once = Once::new();
    QUIET.call_once(|| {
        let loud = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if !GUARDED.get() {
                loud(panic);
            }
        }));
    });
    GUARDED.set(true);
    let outcome = catch_unwind(AssertUnwindSafe(read)).ok();
    GUARDED.set(false);
    outcome
}
