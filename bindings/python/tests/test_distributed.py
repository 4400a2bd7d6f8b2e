"""The callable for engines that spread batches over processes."""

import doctest
import multiprocessing
import pickle
from pathlib import Path
from typing import Any

import listino.distributed
import pyarrow as pa
import pytest
from listino.distributed import batch_fn

from test_frame import history  # noqa: F401

EXAMPLE = Path(__file__).parents[3] / "examples/adventureworks"
BOOK = listino.PriceBook.load(EXAMPLE / "book.json").compile().to_bytes()


def test_the_examples_run() -> None:
    result = doctest.testmod(listino.distributed)
    assert (result.failed, result.attempted > 4) == (0, True)


def in_another_process(work: tuple[bytes, list[Any]]) -> list[Any]:
    function, batches = work
    return list(pickle.loads(function)(iter(batches)))


@pytest.mark.parametrize("partitions", [2, 7])
def test_partitions_in_other_processes_give_the_same_bytes(history: Any, partitions: int) -> None:  # noqa: F811
    price = batch_fn(BOOK)
    expected = price(history)
    rows = -(-len(history) // partitions)
    parts = [
        (pickle.dumps(price), history.slice(start, rows).to_batches(max_chunksize=50))
        for start in range(0, len(history), rows)
    ]
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        answers = pool.map(in_another_process, parts)
    found = pa.Table.from_batches([batch for answer in answers for batch in answer])
    assert found.combine_chunks().equals(expected.combine_chunks())
    assert price.schema(history.schema) == expected.schema


def test_a_process_makes_an_engine_once(history: Any) -> None:  # noqa: F811
    first, again = batch_fn(BOOK), batch_fn(BOOK, keep=["product"], errors="raise")
    assert first.engine is again.engine and first == pickle.loads(pickle.dumps(first))
    assert again(history).column_names[:2] == ["product", "price_list"]
    assert all(field.type != pa.dictionary(pa.int32(), pa.string()) for field in again.schema(history.schema))
    lost = history.set_column(1, "product", pa.array(["?"] * len(history)))
    assert first(lost)["error"].unique().to_pylist() == ["unknown_product"]
    with pytest.raises(listino.FrameError):
        again(lost)
