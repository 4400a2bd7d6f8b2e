"""Pricing past one machine: a callable from record batches to record batches, for engines that carry it.

The callable holds the bytes of the book, so that it can be pickled; each process makes the engine once
and knows it by the digest of the bytes. It prices row by row: the answer does not depend on how the rows
are cut into batches, partitions and processes. It needs pyarrow, which these engines bring.

>>> import datetime, pickle, listino, pyarrow as pa
>>> from listino.distributed import batch_fn
>>> engine = listino.Engine({"v": 1, "currency": "EUR", "customers": {"C": {}}, "products": {"P": {}},
...     "price_lists": [{"id": "base", "prices": {"P": "9.99"}}]})
>>> price = batch_fn(engine.to_bytes(), keep=["quantity"])
>>> lines = pa.record_batch({"customer": ["C", "C"], "product": ["P", "P"], "quantity": [3, 5],
...                          "date": [datetime.date(2026, 1, 1)] * 2})
>>> [batch["total"][1].as_py() for batch in pickle.loads(pickle.dumps(price))(iter([lines]))]
[Decimal('49.9500000000')]
>>> price.schema(lines.schema).names[:4]
['quantity', 'price_list', 'row', 'list_price']
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, overload

from ._listino import Engine

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["BatchFn", "batch_fn"]

#: The engines of this process, by the digest of their bytes.
_ENGINES: dict[str, Engine] = {}


def batch_fn(
    book: bytes,
    *,
    keep: bool | Sequence[str] | None = True,
    scale: int = 10,
    errors: Literal["raise", "column"] = "column",
) -> BatchFn:
    """A callable that prices record batches by a book, as `Engine.price` prices a frame.

    `book` is what `Engine.to_bytes` gives. Names come as plain text, because not everybody who carries
    batches knows dictionaries.
    """
    names = keep if keep is None or isinstance(keep, bool) else tuple(keep)
    return BatchFn(bytes(book), names, scale, errors)


@dataclass(frozen=True)
class BatchFn:
    """What `batch_fn` makes: for `mapInArrow` of Spark, `map_batches` of Ray, and the like."""

    book: bytes = field(repr=False)
    keep: bool | tuple[str, ...] | None
    scale: int
    errors: Literal["raise", "column"]

    @property
    def engine(self) -> Engine:
        """The engine of this process, made when it is first asked for."""
        digest = hashlib.sha256(self.book).hexdigest()
        engine = _ENGINES.get(digest)
        if engine is None:
            engine = _ENGINES[digest] = Engine.from_bytes(self.book)
        return engine

    @overload
    def __call__(self, batches: pa.Table) -> pa.Table: ...
    @overload
    def __call__(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]: ...
    def __call__(self, batches: Any) -> Any:
        """Prices an iterator of record batches as it is read, or a table."""
        if hasattr(batches, "__arrow_c_stream__"):
            return self._table(batches)
        return (priced for batch in batches for priced in self._table(batch).to_batches())

    def _table(self, frame: Any) -> pa.Table:
        import pyarrow as pa

        return pa.table(
            self.engine.price(
                frame, keep=self.keep, scale=self.scale, errors=self.errors, plain_names=True
            )
        )

    def schema(self, frame: pa.Schema) -> pa.Schema:
        """The columns of the answer for a frame of these columns."""
        return self._table(frame.empty_table()).schema

    def spark_schema(self, frame: Any) -> Any:
        """The same for Spark: `df.mapInArrow(price, price.spark_schema(df.schema))`."""
        from pyspark.sql.pandas.types import from_arrow_schema, to_arrow_schema

        return from_arrow_schema(self.schema(to_arrow_schema(frame)))
