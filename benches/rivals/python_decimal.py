#!/usr/bin/env python3
"""The rival: the same quotes in plain Python, with `decimal` for the money and dictionaries for the
lookups, as an analyst would write them.

usage: python_decimal.py check DIRECTORY     compare the sums of all outcomes with sums.csv
       python_decimal.py measure DIRECTORY   print nanoseconds per quote as JSON

DIRECTORY holds the tables that `workload tables` writes. Standard library only.
"""

import csv
import gc
import json
import sys
import time
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal, getcontext

getcontext().prec = 40
ZERO, HUNDRED, CENT, BAND = Decimal(0), Decimal(100), Decimal("0.01"), Decimal(5)
MILLION = Decimal(1000000)


class Book:
    """The price book, indexed for single lookups."""

    def __init__(self, directory):
        def table(name):
            with open(f"{directory}/{name}.csv", newline="") as file:
                rows = csv.reader(file)
                next(rows)
                yield from rows

        def some(cell):
            return int(cell) if cell else None

        self.products = {p: (int(c), Decimal(cost)) for p, c, cost in table("products")}
        self.customers = {
            c: (int(cluster), int(region), int(contract) + 9 if contract else None)
            for c, cluster, region, contract in table("customers")
        }
        self.prices = {}
        for number, product, start, end, *prices in table("prices"):
            row = (int(start), int(end), *map(Decimal, prices))
            self.prices.setdefault((int(number), product), []).append(row)
        self.clusters = {(int(k), int(c)): Decimal(p) for k, c, p in table("clusters")}
        self.values = [(Decimal(start), Decimal(p)) for start, p in table("values")][::-1]
        self.floors = {int(c): Decimal(p) for c, p in table("floors")}
        # Promotions by category, so that only those in question are looked at.
        self.promotions = {category: [] for category in self.floors}
        for number, category, cluster, region, quantity, percent, start, end in table("promotions"):
            promotion = (Decimal(percent), int(number), some(cluster), some(region), int(quantity), int(start), int(end))
            for key in self.floors if category == "" else [int(category)]:
                self.promotions[key].append(promotion)


def quote(book, customer, product, quantity, day):
    """One line: list price, discounts, net, total, margin, status."""
    category, cost = book.products[product]
    cluster, region, contract = book.customers[customer]
    row = None
    for number in (contract, region + 1, 0):
        for candidate in book.prices.get((number, product), ()):
            if candidate[0] <= day < candidate[1]:
                row = candidate
                break
        if row:
            break
    price = row[5] if quantity >= 1000 else row[4] if quantity >= 100 else row[3] if quantity >= 10 else row[2]
    cluster_percent = book.clusters[cluster, category]
    best, promotion = ZERO, 0
    for percent, identity, for_cluster, for_region, least, start, end in book.promotions[category]:
        if (
            start <= day < end
            and quantity >= least
            and (for_cluster is None or for_cluster == cluster)
            and (for_region is None or for_region == region)
            and (percent > best or (percent == best and identity < promotion))
        ):
            best, promotion = percent, identity
    value, value_percent = price * quantity, ZERO
    for start, percent in book.values:
        if value >= start:
            value_percent = percent
            break
    kept = price * (HUNDRED - cluster_percent) * (HUNDRED - best) * (HUNDRED - value_percent)
    net = (kept / MILLION).quantize(CENT, ROUND_HALF_EVEN)
    total = net * quantity
    margin = ((net - cost) * HUNDRED / net).quantize(CENT, ROUND_HALF_EVEN)
    floor = book.floors[category]
    status = 0 if margin >= floor else 1 if margin >= floor - BAND else 2
    return price, number, cluster_percent, promotion, best, value_percent, net, total, margin, status


def document(book, lines):
    """Lines of one customer with 5 % off the document, spread over them by largest remainder."""
    customer, _, _, day = lines[0]
    quotes = [quote(book, customer, product, quantity, day) for _, product, quantity, _ in lines]
    total = sum(line[7] for line in quotes)
    discount = (total * 5 / HUNDRED).quantize(CENT, ROUND_HALF_EVEN)
    exact = [discount * line[7] / total for line in quotes]
    shares = [share.quantize(CENT, ROUND_DOWN) for share in exact]
    missing = int((discount - sum(shares)) / CENT)
    for i in sorted(range(len(shares)), key=lambda i: shares[i] - exact[i])[:missing]:
        shares[i] += CENT
    nets = []
    for line, share, (_, product, quantity, _) in zip(quotes, shares, lines):
        category, cost = book.products[product]
        net = line[7] - share
        margin = ((net - cost * quantity) * HUNDRED / net).quantize(CENT, ROUND_HALF_EVEN)
        floor = book.floors[category]
        nets.append((net, margin, 0 if margin >= floor else 1 if margin >= floor - BAND else 2))
    return total, discount, nets


def read_lines(directory):
    with open(f"{directory}/lines.csv", newline="") as file:
        rows = csv.reader(file)
        next(rows)
        return [(c, p, int(quantity), int(day)) for c, p, quantity, day in rows]


def check(book, lines, directory):
    sums = [0] * 10
    factors = (10000, 1, 100, 1, 100, 100, 100, 100, 100, 1)
    for line in lines:
        for i, (value, factor) in enumerate(zip(quote(book, *line), factors)):
            sums[i] += int(value * factor)
    with open(f"{directory}/sums.csv", newline="") as file:
        names, expected = csv.reader(file)
    expected = [int(cell) for cell in expected]
    for name, ours, theirs in zip(names, sums, expected):
        if ours != theirs:
            print(f"{name}: {ours} here, {theirs} in sums.csv")
    print(f"{len(lines)} lines, {'all sums equal' if sums == expected else 'sums differ'}")
    return 0 if sums == expected else 1


def measure(book, lines):
    def nanoseconds(work, items):
        """The median over seven rounds of the time per item."""
        rounds = []
        for _ in range(7):
            start = time.thread_time_ns()
            for item in items:
                work(item)
            rounds.append((time.thread_time_ns() - start) / len(items))
        return sorted(rounds)[3]

    gc.collect()
    gc.freeze()
    documents = [lines[i : i + 20] for i in range(0, len(lines) - 19, 20)]
    figures = {
        "one_line": nanoseconds(lambda line: quote(book, *line), lines),
        "document": nanoseconds(lambda block: document(book, block), documents),
    }
    print(json.dumps(figures))
    return 0


def main():
    if len(sys.argv) != 3 or sys.argv[1] not in ("check", "measure"):
        print(__doc__, file=sys.stderr)
        return 2
    book, lines = Book(sys.argv[2]), read_lines(sys.argv[2])
    return check(book, lines, sys.argv[2]) if sys.argv[1] == "check" else measure(book, lines)


if __name__ == "__main__":
    sys.exit(main())
