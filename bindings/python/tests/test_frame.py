"""Frames of every kind in, the same digits out."""

import csv
import datetime
import os
import random
import signal
import threading
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import listino
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

EXAMPLE = Path(__file__).parents[3] / "examples" / "adventureworks"
AMOUNTS = ["list_price", "unit_price", "total", "net", "cost", "margin", "margin_percent"]
DAY = datetime.date(2026, 1, 5)

SMALL: dict[str, Any] = {
    "v": 1,
    "currency": "EUR",
    "exchange_rates": [{"from": "EUR", "to": "CHF", "rate": "0.95"}],
    "customers": {"C": {}, "D": {"cluster": "gold"}},
    "units": {"box": {}},
    "products": {"P": {"cost": "6"}, "Q": {"units": {"box": "12"}}},
    "price_lists": [
        {"id": "base", "prices": {"P": "9.99", "Q": "0.123456789012"}},
        {"id": "swiss", "currency": "CHF", "prices": {"P": "9.49"}},
    ],
    "discounts": [
        {"id": "ten", "stage": "volume", "quantity": {"from": 5}, "percent": 10},
        {"id": "gold", "stage": "cluster", "for": {"cluster": "gold"}, "percent": 5},
        {"id": "code", "stage": "promotion", "coupon": "SUN", "percent": 20},
    ],
    "coupons": {"SUN": {}},
    "margins": [{"id": "house", "floor": 20, "approvals": [{"below": 20, "role": "boss"}]}],
}


@pytest.fixture(scope="module")
def engine() -> listino.Engine:
    return listino.PriceBook.load(EXAMPLE / "book.json").compile()


@pytest.fixture(scope="module")
def small() -> listino.Engine:
    return listino.Engine(SMALL)


@pytest.fixture(scope="module")
def history() -> Any:
    """The invoiced lines, as pyarrow reads them."""
    with (EXAMPLE / "invoices.csv").open() as file:
        rows = list(csv.DictReader(file))
    return pa.table(
        {
            "customer": [row["customer"] for row in rows],
            "product": [row["product"] for row in rows],
            "quantity": [int(row["quantity"]) for row in rows],
            "date": [datetime.date.fromisoformat(row["date"]) for row in rows],
            "channel": [row["channel"] for row in rows],
        }
    )


def lines(**columns: Any) -> Any:
    """A small frame; what is not given is the same on every row."""
    length = max((len(column) for column in columns.values()), default=1)
    usual: dict[str, list[Any]] = {"customer": ["C"], "product": ["P"], "quantity": [1], "date": [DAY]}
    return pa.table({name: column * length for name, column in usual.items()} | columns)


def table(frame: object) -> Any:
    return pa.table(frame).combine_chunks()


def test_a_row_has_the_digits_of_its_line(engine: listino.Engine, history: Any) -> None:
    priced = table(engine.price(history)).to_pylist()
    for line, row in zip(history.to_pylist(), priced, strict=True):
        alone = engine.price(**line)
        assert (row["price_list"], row["error"]) == (alone.price_list, None)
        assert [row[name] for name in AMOUNTS if name != "margin"] == [
            alone.list_price,
            alone.unit_price,
            alone.total,
            alone.net,
            alone.cost,
            alone.margin_percent,
        ]
        assert alone.cost is not None and row["margin"] == alone.net - alone.cost
        assert row["status"] == alone.status


def test_every_kind_of_frame_gives_the_same(engine: listino.Engine, history: Any) -> None:
    expected = table(engine.price(history))
    texts = ["customer", "product", "channel"]
    coded = history
    for name in texts:
        at = coded.schema.get_field_index(name)
        coded = coded.set_column(at, name, coded[name].dictionary_encode())
    quantity = history.schema.get_field_index("quantity")

    def numbers(kind: Any) -> Any:
        # The cast wants room for every whole number.
        room = history["quantity"].cast(pa.int16()).cast(pa.decimal128(25, 0))
        decimal = pa.types.is_decimal(kind)
        return history.set_column(quantity, "quantity", (room if decimal else history["quantity"]).cast(kind))

    frames = {
        "pyarrow dictionaries": coded,
        "pyarrow reader": coded.to_reader(max_chunksize=7),
        "pyarrow batch": history.combine_chunks().to_batches()[0],
        "large text": history.cast(pa.schema(
            [f.with_type(pa.large_string()) if f.name in texts else f for f in history.schema]
        )),
        "polars": pl.DataFrame(history),
        "polars categories": pl.DataFrame(history).with_columns(pl.col(texts).cast(pl.Categorical)),
        "polars decimal": pl.DataFrame(history).with_columns(pl.col("quantity").cast(pl.Decimal(12, 3))),
        "pandas": history.to_pandas(),
        "pandas times": history.to_pandas().assign(date=lambda f: pd.to_datetime(f["date"])),
        "pandas categories": history.to_pandas().astype({name: "category" for name in texts}),
        "duckdb": duckdb.sql("from history"),
        "duckdb hugeint": duckdb.sql("select * replace (quantity::hugeint as quantity) from history"),
    }
    for width, kind in {
        "int16": pa.int16(),
        "uint8": pa.uint8(),
        "uint64": pa.uint64(),
        "decimal32": pa.decimal32(9, 0),
        "decimal64": pa.decimal64(18, 0),
        "decimal128": pa.decimal128(38, 10),
        "decimal256": pa.decimal256(60, 20),
    }.items():
        frames[width] = numbers(kind)
    for name, frame in frames.items():
        assert table(engine.price(frame)).equals(expected), name
    # And what comes out is read by all of them.
    priced = engine.price(history, keep=True)
    assert pl.DataFrame(priced)["total"].sum() == Decimal("1958785.89")
    assert pd.DataFrame.from_arrow(priced)["total"].sum() == Decimal("1958785.89")
    assert duckdb.sql("select sum(total) from priced").fetchall() == [(Decimal("1958785.89"),)]
    assert len(priced) == 1000 and priced.columns == pa.schema(priced).names


def test_neither_cuts_nor_threads_change_anything(small: listino.Engine) -> None:
    count = 70_000
    random.seed(7)
    many = lines(
        customer=[random.choice("CDX") for _ in range(count)],
        product=[random.choice("PQ") for _ in range(count)],
        quantity=[random.randint(-2, 9) for _ in range(count)],
    )

    def price(frame: Any, threads: int) -> Any:
        return table(small.price(frame, keep=True, errors="column", threads=threads))

    expected = price(many, 1)
    batches, start = [], 0
    while start < len(many):
        rows = random.choice([1, 63, 64, 65, 4096, 4097, 30_000])
        batches += many.slice(start, rows).combine_chunks().to_batches()
        start += rows
    for threads in (1, 2, 3):
        cut = pa.Table.from_batches(batches)
        assert price(cut, threads).equals(expected)
    assert price(many, 2).equals(expected)


def test_everything_that_a_line_may_say(small: listino.Engine) -> None:
    frame = lines(
        product=["P", "Q", "P", "P", "P", "P"],
        unit=[None, "box", None, None, None, None],
        currency=[None, None, "CHF", None, None, None],
        channel=[None, None, None, "shop", None, None],
        discount=pa.array([None, None, None, None, Decimal("2.5"), None], pa.decimal128(5, 2)),
        coupon=[None, None, None, None, None, "SUN"],
    )
    priced = table(small.price(frame, scale=12))
    assert priced["total"].to_pylist() == [
        Decimal(text) for text in ("9.99", "1.33", "9.49", "9.99", "9.74", "7.99")
    ]
    assert priced["promotion"].to_pylist() == [None] * 5 + ["code"]
    assert priced["promotion_percent"].to_pylist()[5] == 20
    assert priced["manual_percent"].to_pylist()[4] == Decimal("2.5")
    # A column of nothing is as good as none.
    empty = lines(unit=pa.nulls(2), coupon=pa.nulls(2))
    assert table(small.price(empty)).equals(table(small.price(lines(product=["P", "P"]))))


def test_a_row_without_a_price_says_why_and_leaves_the_others(small: listino.Engine) -> None:
    frame = lines(
        customer=["C", None, "X", "C", "C", "C", "C", "C", "C", "C"],
        product=["P", "P", "P", "X", "P", "P", "P", "P", "Q", "P"],
        unit=[None, None, None, None, "mile", None, None, "", None, None],
        currency=[None, None, None, None, None, "euro", None, None, None, None],
        discount=pa.array([None] * 6 + [10**30] + [None] * 3, pa.decimal128(38, 0)),
    )
    priced = table(small.price(frame, errors="column"))
    assert priced["error"].to_pylist() == [
        None, "missing", "unknown_customer", "unknown_product", "unknown_unit", "request", "request",
        "unknown_unit", "precision", None,
    ]
    for name in priced.column_names:
        if name != "error":
            good = [value is not None for value in priced[name].to_pylist()]
            assert not any(good[1:9]), name
    with pytest.raises(listino.FrameError) as raised:
        small.price(frame)
    assert (raised.value.code, raised.value.details) == ("C0602", {"row": 1, "error": "missing"})
    # The row is counted over the whole frame.
    many = pa.concat_tables([lines(product=["P"] * 70_000), lines(product=["X"])])
    with pytest.raises(listino.FrameError, match="row 70000 has no price: `unknown_product`"):
        small.price(many)


def test_what_does_not_fit_is_refused_and_never_rounded(small: listino.Engine) -> None:
    frame = lines(product=["Q"], quantity=[1])
    for scale, error in ((12, None), (11, "precision"), (0, "precision")):
        assert table(small.price(frame, scale=scale, errors="column"))["error"].to_pylist() == [error]
    for quantity, kind, error in (
        (10**28, pa.decimal128(38, 0), "precision"),
        (2**64 - 1, pa.uint64(), None),
        (10**50, pa.decimal256(60, 0), "precision"),
    ):
        huge = lines(quantity=pa.array([quantity], kind))
        assert table(small.price(huge, errors="column"))["error"].to_pylist() == [error], quantity
    with pytest.raises(listino.FrameError, match="39 decimals"):
        small.price(frame, scale=39)


def test_dates_are_days(small: listino.Engine) -> None:
    times = [datetime.datetime(2026, 1, 5), datetime.datetime(2026, 1, 5, 0, 0, 1)]
    for unit in ("s", "ms", "us", "ns"):
        frame = lines(date=pa.array(times, pa.timestamp(unit)))
        assert table(small.price(frame, errors="column"))["error"].to_pylist() == [None, "date"]
    frame = lines(date=pa.array([DAY], pa.date64()))
    assert table(small.price(frame))["total"].to_pylist() == [Decimal("9.99")]
    with pytest.raises(listino.FrameError, match="column `date` is Timestamp") as raised:
        small.price(lines(date=pa.array(times, pa.timestamp("s", "UTC"))))
    assert raised.value.help and "time zone" in raised.value.help


def test_every_column_that_is_wrong_is_named(small: listino.Engine) -> None:
    frame = pa.table({"customer": ["C"], "sku": ["P"], "quantity": [1.5], "discuont": [3], "total": [1]})
    with pytest.raises(listino.FrameError) as raised:
        small.price(frame, keep=["total", "order"])
    wrong = [finding.path for finding in raised.value.diagnostics]
    assert wrong == ["/product", "/quantity", "/date", "/sku", "/discuont", "/total", "/order"]
    assert raised.value.code == "C0601"
    messages = {finding.path: finding for finding in raised.value.diagnostics}
    assert messages["/quantity"].message == "column `quantity` is Float64"
    assert "a float is not exact" in str(messages["/quantity"].help)


def test_a_column_without_a_value_needs_no_type(small: listino.Engine) -> None:
    frame = pd.DataFrame(
        {"customer": ["C"], "product": ["P"], "quantity": [3], "date": [DAY]}
    )
    assert len(small.price(frame[frame.quantity > 5])) == 0
    nulls = pa.table({"customer": pa.nulls(1), "product": pa.nulls(1), "quantity": [3], "date": [DAY]})
    priced = pa.table(small.price(nulls, errors="column", plain_names=True))
    assert priced["error"].to_pylist() == ["missing"]


def test_a_column_stands_once(small: listino.Engine) -> None:
    columns = [pa.array(["C"]), pa.array(["P"]), pa.array([1]), pa.array([7]), pa.array([DAY])]
    names = ["customer", "product", "quantity", "quantity", "date"]
    with pytest.raises(listino.FrameError, match="more than one column `quantity`"):
        small.price(pa.table(columns, names=names))


def test_what_is_kept_goes_first_and_is_not_touched(small: listino.Engine) -> None:
    frame = lines(product=["P", "P"], order=["a", "b"], note=[1.5, None])
    priced = table(small.price(frame, keep=["note", "order"]))
    assert priced.column_names[:3] == ["order", "note", "price_list"]
    assert priced.select(["order", "note"]).equals(frame.select(["order", "note"]))
    assert table(small.price(frame, keep=True)).column_names[:6] == frame.column_names


def test_a_stage_that_is_named_like_a_column_gets_another_name() -> None:
    book = SMALL | {
        "stages": [{"id": "total"}, {"id": "cluster"}],
        "discounts": [{"id": "half", "stage": "total", "percent": 50}],
        "coupons": {},
    }
    priced = table(listino.Engine(book).price(lines()))
    assert priced["stage_total"].to_pylist() == ["half"]
    assert priced["total"].to_pylist() == [Decimal("5")]


def test_floats_and_texts_are_there_when_asked_for(engine: listino.Engine, history: Any) -> None:
    exact = table(engine.price(history))
    floats = table(engine.price(history, floats=True))
    assert floats.schema.field("margin_percent").type == pa.float64()
    for name in AMOUNTS:
        for a, b in zip(exact[name].to_pylist(), floats[name].to_pylist(), strict=True):
            assert b == (None if a is None else float(a))
    texts = table(engine.price(history, plain_names=True))
    assert texts.schema.field("status").type == pa.string()
    assert texts["cluster"].to_pylist() == exact["cluster"].to_pylist()


def test_progress_is_heard_and_can_stop_it(small: listino.Engine) -> None:
    heard: list[int] = []
    many = lines(product=["P"] * 140_000)
    small.price(many, progress=heard.append)
    assert sum(heard) == len(many) and len(heard) == 3

    def enough(_: int) -> None:
        raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        small.price(many, progress=enough)


def test_control_c_stops_a_long_frame(engine: listino.Engine, history: Any) -> None:
    long = pa.concat_tables([history] * 3_000)
    timer = threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT))
    # A process that was started in the background ignores the signal unless it asks for it.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            engine.price(long)
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_frame_and_a_line_are_not_mixed_up(engine: listino.Engine, history: Any) -> None:
    with pytest.raises(TypeError, match="`product` is a column of the frame"):
        engine.price(history, product="P")  # type: ignore[call-overload]
    with pytest.raises(TypeError, match="a line needs `product`"):
        engine.price("C")  # type: ignore[call-overload]
    with pytest.raises(TypeError, match="not one name"):
        engine.price(history, keep="order")
    with pytest.raises(ValueError, match='"raise" or "column"'):
        engine.price(history, errors="ignore")  # type: ignore[call-overload]
    empty = history.slice(0, 0)
    assert table(engine.price(empty)).num_rows == 0
