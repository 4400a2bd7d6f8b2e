//! A stream of batches, priced.

use std::collections::VecDeque;

use arrow_array::{RecordBatch, RecordBatchReader};
use arrow_schema::{ArrowError, SchemaRef};
use listino_core::Engine;
use rayon::prelude::*;

use crate::{FrameError, Options, Pricer, Ready};

/// No batch of the answer is longer: a caller hears often, and threads share the work.
const ROWS: usize = 65_536;

/// The batches of a frame, priced as they are read: of a stream that is larger than memory no more
/// is held than the threads work at.
///
/// ```
/// use arrow_array::{RecordBatch, RecordBatchIterator};
/// use listino_arrow::{Options, PricedReader};
/// # use listino_core::{Engine, PriceBook};
/// # let engine = Engine::compile(&PriceBook::from_json(r#"{ "v": 1, "currency": "EUR" }"#)?)?;
/// # use arrow_schema::{DataType, Field, Schema};
/// let text = |name| Field::new(name, DataType::Utf8, false);
/// let fields = vec![text("customer"), text("product"),
///     Field::new("quantity", DataType::Int32, false), Field::new("date", DataType::Date32, false)];
/// let lines = RecordBatch::new_empty(Schema::new(fields).into());
/// let schema = lines.schema();
/// let frame = RecordBatchIterator::new([Ok(lines)], schema);
/// let mut reader = PricedReader::new(&engine, Box::new(frame), Options::default())?;
/// assert_eq!(reader.next().unwrap()?.num_rows(), 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct PricedReader {
    frame: Box<dyn RecordBatchReader + Send>,
    pricer: Pricer,
    pool: Option<rayon::ThreadPool>,
    /// Read and not priced.
    read: VecDeque<RecordBatch>,
    /// Priced and not handed out.
    priced: VecDeque<Result<RecordBatch, FrameError>>,
    done: bool,
}

impl std::fmt::Debug for PricedReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PricedReader").field("pricer", &self.pricer).finish_non_exhaustive()
    }
}

impl PricedReader {
    /// Looks at the columns of a frame; nothing is read yet.
    ///
    /// # Errors
    /// [`FrameError::Columns`] with everything that is wrong with the columns;
    /// [`FrameError::Stream`] when the threads cannot be started.
    pub fn new(
        engine: &Engine,
        frame: Box<dyn RecordBatchReader + Send>,
        options: Options,
    ) -> Result<Self, FrameError> {
        // More than a few for each core would only wait, and starting them takes longer than pricing.
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let threads = options.threads.min(4 * cores);
        let pricer = Pricer::new(engine, &frame.schema(), options)?;
        let pool = match threads {
            0 | 1 => None,
            threads => {
                let builder = rayon::ThreadPoolBuilder::new().num_threads(threads);
                Some(builder.build().map_err(|error| FrameError::Stream(error.to_string()))?)
            }
        };
        let (read, priced) = (VecDeque::new(), VecDeque::new());
        Ok(Self { frame, pricer, pool, read, priced, done: false })
    }

    /// Reads as many batches as are priced together, cut to size.
    fn read(&mut self) -> Result<Vec<Ready>, FrameError> {
        let wanted = self.pool.as_ref().map_or(1, |pool| 4 * pool.current_num_threads());
        while self.read.len() < wanted {
            let Some(batch) = self.frame.next() else { break };
            let batch = batch?;
            let rows = batch.num_rows();
            if rows <= ROWS {
                self.read.push_back(batch);
                continue;
            }
            let cuts = (0..rows).step_by(ROWS);
            self.read.extend(cuts.map(|start| batch.slice(start, ROWS.min(rows - start))));
        }
        let count = wanted.min(self.read.len());
        self.read.drain(..count).map(|batch| self.pricer.prepare(&batch)).collect()
    }

    fn more(&mut self) -> Result<(), FrameError> {
        let ready = self.read()?;
        let pricer = &self.pricer;
        match &self.pool {
            None => self.priced.extend(ready.iter().map(|ready| pricer.compute(ready))),
            Some(pool) => {
                let compute = || ready.par_iter().map(|ready| pricer.compute(ready)).collect();
                let priced: Vec<_> = pool.install(compute);
                self.priced.extend(priced);
            }
        }
        Ok(())
    }
}

impl Iterator for PricedReader {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.priced.is_empty()
            && !self.done
            && let Err(error) = self.more()
        {
            self.done = true;
            return Some(Err(error.into()));
        }
        let next = self.priced.pop_front();
        if next.as_ref().is_none_or(Result::is_err) {
            self.done = true;
            self.priced.clear();
        }
        Some(next?.map_err(ArrowError::from))
    }
}

impl RecordBatchReader for PricedReader {
    fn schema(&self) -> SchemaRef {
        self.pricer.schema()
    }
}
