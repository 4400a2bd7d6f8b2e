"""Nanoseconds for each line of `engine.price(frame)`, end to end, keys as dictionaries.

    frame.py BOOK LINES.csv [ROUNDS]

BOOK is a book as JSON or compiled; LINES.csv has the columns customer, product, quantity and date. Prints a JSON
object: the best round on one thread and on two.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

import listino
import pyarrow as pa
import pyarrow.csv


def load(path: Path) -> Any:
    """The lines, customers and products as dictionaries."""
    types = {"customer": pa.string(), "product": pa.string(), "quantity": pa.int64(), "date": pa.date32()}
    options = pa.csv.ConvertOptions(column_types=types, include_columns=list(types))
    lines = pa.csv.read_csv(path, convert_options=options)
    for at, name in enumerate(["customer", "product"]):
        lines = lines.set_column(at, name, lines[name].combine_chunks().dictionary_encode())
    return lines.combine_chunks()


def measure(engine: listino.Engine, lines: Any, rounds: int = 5, threads: int = 1) -> float:
    """The best of some rounds, in nanoseconds for each line; the time of the first, cold one does not count."""
    best = float("inf")
    for _ in range(rounds + 1):
        start = time.perf_counter_ns()
        engine.price(lines, errors="column", threads=threads)
        best = min(best, (time.perf_counter_ns() - start) / len(lines))
    return best


def main() -> None:
    book, lines = Path(sys.argv[1]), load(Path(sys.argv[2]))
    data = book.read_bytes()
    engine = listino.Engine(data) if data.lstrip()[:1] == b"{" else listino.Engine.from_bytes(data)
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 5
    print(json.dumps({
        "lines": len(lines),
        "frame": measure(engine, lines, rounds),
        "frame_two_threads": measure(engine, lines, rounds, 2),
    }))


if __name__ == "__main__":
    main()
