"""Microseconds of processor time for one line in Python: as a quote of typed objects, as a price, and
with plain `decimal`, which only does the arithmetic.

    quote.py BOOK.json
"""

import json
import sys
import time
from collections.abc import Callable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from listino import Engine, Line, PriceBook

ROUNDS, WARM, RUNS = 30, 10, 500


def measure(run: Callable[[], object]) -> float:
    """The median of rounds, after some to warm up."""
    rounds = []
    for _ in range(ROUNDS):
        begin = time.process_time_ns()
        for _ in range(RUNS):
            run()
        rounds.append((time.process_time_ns() - begin) / RUNS / 1e3)
    return sorted(rounds[WARM:])[(ROUNDS - WARM) // 2]


def arithmetic() -> Decimal:
    """The same unit price and total: a list price, a discount, two roundings."""
    prices = {"BK-M82B-42": "3374.99"}
    listed = Decimal(prices["BK-M82B-42"])
    unit = (listed - listed * 40 / 100).quantize(Decimal("0.0001"), ROUND_HALF_UP)
    return (unit * 6).quantize(Decimal("0.01"), ROUND_HALF_UP)


def main() -> None:
    engine: Engine = PriceBook.load(Path(sys.argv[1])).compile()
    day = date(2022, 7, 15)
    customer, channel = "alpine-cycle-works", "reseller"
    lines = [Line("BK-M82B-42", 1)]

    def quote() -> object:
        return engine.quote(customer=customer, date=day, channel=channel, lines=lines)

    def price() -> Decimal:
        return engine.price(customer, "BK-M82B-42", 6, day, channel=channel).total

    if price() != arithmetic():
        sys.exit(f"{price()} is not {arithmetic()}")
    figures = {"quote_us": measure(quote), "price_us": measure(price), "decimal_us": measure(arithmetic)}
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
