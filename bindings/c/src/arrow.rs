//! Pricing streams of the Arrow C interface.

use std::panic::{AssertUnwindSafe, catch_unwind};

use arrow_array::ffi_stream::{ArrowArrayStreamReader, FFI_ArrowArrayStream};
use arrow_array::{RecordBatch, RecordBatchReader};
use arrow_schema::{ArrowError, SchemaRef};
use listino_arrow::{Errors, FrameError, Keep, Options, PricedReader};
use listino_core::Engine;
use listino_core::call::CallError;

use crate::handle::ArrowArrayStream;

/// How a frame is priced; what is zero is as it is without options.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct listino_frame_options {
    /// sizeof(listino_frame_options).
    pub size: usize,
    /// How many decimals amounts have, at most 38; 10 where `scaled` is 0.
    pub scale: u32,
    /// Whether `scale` counts: 1 or 0.
    pub scaled: u32,
    /// How many threads price; 0 and 1: the one that reads.
    pub threads: u32,
    /// 1: the answer begins with all columns of the frame. 0: with none, and a column that is none of
    /// a line's is an error.
    pub keep: u32,
    /// 1: a row without a price has nulls and its reason in the column `error`. 0: the first one ends
    /// the stream with an error.
    pub errors: u32,
    /// 1: amounts are doubles, to draw them. 0: decimal128.
    pub floats: u32,
    /// 1: names are plain texts. 0: dictionaries.
    pub plain_names: u32,
}

/// A frame in pieces, with no panic and no NUL on the way to C.
struct Guarded(PricedReader);

impl Iterator for Guarded {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = catch_unwind(AssertUnwindSafe(|| self.0.next()));
        let error = match next {
            Ok(Some(Err(error))) => CallError::from(FrameError::from(error)),
            Ok(batch) => return batch,
            Err(cause) => {
                std::mem::forget(cause);
                CallError::internal("a batch could not be priced")
            }
        };
        Some(Err(ArrowError::ComputeError(error.to_string().replace('\0', ""))))
    }
}

impl RecordBatchReader for Guarded {
    fn schema(&self) -> SchemaRef {
        self.0.schema()
    }
}

/// # Safety
/// `options` may be read, or is NULL.
unsafe fn options(options: *const listino_frame_options) -> Result<Options, CallError> {
    if options.is_null() {
        return Ok(Options::default());
    }
    // SAFETY: the caller says that it may be read.
    let given = unsafe { options.read() };
    if given.size != size_of::<listino_frame_options>() {
        let message = "`options->size` is not sizeof(listino_frame_options)";
        return Err(CallError::argument("", message));
    }
    let usual = Options::default();
    Ok(Options {
        keep: if given.keep == 0 { Keep::None } else { Keep::All },
        scale: match given.scaled {
            0 => usual.scale,
            // What is too large is refused with the columns.
            _ => u8::try_from(given.scale).unwrap_or(u8::MAX),
        },
        floats: given.floats != 0,
        plain_names: given.plain_names != 0,
        errors: if given.errors == 0 { Errors::Raise } else { Errors::Column },
        threads: usize::try_from(given.threads).unwrap_or(usual.threads),
    })
}

/// # Safety
/// As `listino_price_arrow`.
pub(crate) unsafe fn price(
    engine: &Engine,
    frame: *mut ArrowArrayStream,
    given: *const listino_frame_options,
    out: *mut ArrowArrayStream,
) -> Result<(), CallError> {
    let (frame, out) = (frame.cast::<FFI_ArrowArrayStream>(), out.cast::<FFI_ArrowArrayStream>());
    if out.is_null() {
        return Err(CallError::missing("out"));
    }
    // SAFETY: not NULL, and the caller says that it may be written.
    unsafe { out.write(FFI_ArrowArrayStream::empty()) };
    if frame.is_null() {
        return Err(CallError::missing("frame"));
    }
    // SAFETY: as the caller says.
    let options = unsafe { options(given)? };
    // SAFETY: not NULL, and the caller says that it is a stream.
    let frame = unsafe { ArrowArrayStreamReader::from_raw(frame) };
    let frame = frame.map_err(FrameError::from)?;
    let priced = PricedReader::new(engine, Box::new(frame), options)?;
    // SAFETY: not NULL, and the caller says that it may be written.
    unsafe { out.write(FFI_ArrowArrayStream::new(Box::new(Guarded(priced)))) };
    Ok(())
}

