"""A real Spark on this machine: the same bytes whatever the number of partitions."""

import csv
import datetime
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import listino
import pyarrow as pa
import pytest
from listino.distributed import batch_fn
from pyspark.sql import SparkSession

EXAMPLE = Path(__file__).parents[3] / "examples/adventureworks"


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    # The workers run this Python, where the package is.
    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    session = builder.config("spark.sql.execution.arrow.maxRecordsPerBatch", "64").getOrCreate()
    yield session
    session.stop()


def test_partitions_change_nothing(spark: Any) -> None:
    with (EXAMPLE / "invoices.csv").open() as file:
        rows = [
            (at, row["customer"], row["product"], int(row["quantity"]), datetime.date.fromisoformat(row["date"]))
            for at, row in enumerate(csv.DictReader(file))
        ]
    columns = ["line", "customer", "product", "quantity", "date"]
    lines = spark.createDataFrame(rows, columns)
    price = batch_fn(listino.PriceBook.load(EXAMPLE / "book.json").compile().to_bytes())
    expected = price(pa.table(dict(zip(columns, map(list, zip(*rows, strict=True)), strict=True))))
    schema = price.spark_schema(lines.schema)
    for partitions in (1, 2, 7):
        priced = lines.repartition(partitions).mapInArrow(price, schema)
        assert priced.rdd.getNumPartitions() == partitions
        found = priced.orderBy("line").toArrow().combine_chunks()
        assert found.column_names == expected.column_names
        assert found.to_pylist() == expected.to_pylist(), partitions
        for name in expected.column_names:
            assert found[name].type == expected[name].type, name
