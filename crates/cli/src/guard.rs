//! What is left of a library that panics over a damaged file.

use std::cell::Cell;
use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

thread_local! {
    /// Whether a panic here is only a file that cannot be read.
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// What a library reads, or in words why it cannot. Of some damaged files the libraries for
/// spreadsheets and Parquet do not say that they are: they panic. That too is only a file that
/// cannot be read.
pub(crate) fn guarded<T, E: Display>(read: impl FnOnce() -> Result<T, E>) -> Result<T, String> {
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
    let outcome = catch_unwind(AssertUnwindSafe(read));
    GUARDED.set(false);
    match outcome {
        Ok(read) => read.map_err(|error| error.to_string()),
        Err(_) => Err("its parts contradict each other".to_owned()),
    }
}
