#!/usr/bin/env python3
"""A rival line by line: the workload in SQLite, in memory and indexed, asked with prepared statements;
what follows from the rows is computed on whole numbers.

usage: sqlite_line.py DIRECTORY ROUNDS

DIRECTORY holds the tables that `workload` writes. Prints nanoseconds of processor time per line as JSON, the median over the
rounds; nothing where the sums are not those of sums.csv. Standard library only.
"""

import csv
import json
import sqlite3
import sys
import time

DIRECTORY, ROUNDS = sys.argv[1], int(sys.argv[2])


def table(name):
    """The rows of a table: decimals as ten-thousandths or hundredths, as many decimals as they have."""
    with open(f"{DIRECTORY}/{name}.csv", newline="") as file:
        rows = csv.reader(file)
        next(rows)
        for row in rows:
            yield [None if cell == "" else cell if cell[0] in "cp" else int(cell.replace(".", "")) for cell in row]


db = sqlite3.connect(":memory:", isolation_level=None)
db.executescript("""
    create table products (product text primary key, category, cost, floor) without rowid;
    create table customers (customer text primary key, cluster, region, contract) without rowid;
    create table clusters (cluster, category, percent, primary key (cluster, category)) without rowid;
    create table prices (
        list, product text, start, stop, from_1, from_10, from_100, from_1000,
        primary key (list, product, start)
    ) without rowid;
    create table promotions (
        category, rank, promotion, percent, cluster, region, least, start, stop, primary key (category, rank)
    ) without rowid;
""")


def insert(name, rows):
    rows = list(rows)
    db.executemany(f"insert into {name} values ({', '.join('?' * len(rows[0]))})", rows)


db.execute("begin")
floors = dict(table("floors"))
insert("products", ((product, category, cost, floors[category]) for product, category, cost in table("products")))
insert("customers", table("customers"))
insert("clusters", table("clusters"))
insert("prices", table("prices"))
# One row for each category that a promotion is for, the best percentage first, and of equal ones the first.
ranked = sorted(table("promotions"), key=lambda row: (-row[5], row[0]))
insert("promotions", (
    (category, rank, promotion, percent, cluster, region, least, start, stop)
    for rank, (promotion, only, cluster, region, least, percent, start, stop) in enumerate(ranked)
    for category in (floors if only is None else [only])
))
db.execute("commit")
db.execute("analyze")
values = list(table("values"))[::-1]
lines = list(table("lines"))

WHO = """
    select category, cost, floor, cluster, region, contract, percent from products, customers
    join clusters using (cluster, category) where product = ? and customer = ?
"""
PRICE = """
    select case when ?1 >= 1000 then from_1000 when ?1 >= 100 then from_100 when ?1 >= 10 then from_10 else from_1 end
    from prices where list = ?2 and product = ?3 and start <= ?4 and ?4 < stop
"""
PROMOTION = """
    select promotion, percent from promotions
    where category = ? and start <= ?2 and ?2 < stop and ? >= least
        and (cluster is null or cluster = ?) and (region is null or region = ?)
    order by rank limit 1
"""


def half_even(number, of):
    floor, rest = divmod(number, of)
    return floor + (2 * rest > of or 2 * rest == of and floor % 2)


def price(customer, product, quantity, day):
    category, cost, floor, cluster, region, contract, cluster_percent = db.execute(WHO, (product, customer)).fetchone()
    for number in (None if contract is None else contract + 9, region + 1, 0):
        found = None if number is None else db.execute(PRICE, (quantity, number, product, day)).fetchone()
        if found:
            break
    (list_price,) = found
    promotion, percent = db.execute(PROMOTION, (category, day, quantity, cluster, region)).fetchone() or (0, 0)
    value = list_price * quantity
    value_percent = next((percent for start, percent in values if value >= start), 0)
    kept = list_price * (10000 - cluster_percent) * (10000 - percent) * (10000 - value_percent)
    unit = half_even(kept, 10**14)
    net = unit * 100
    margin = half_even((net - cost) * 10000, net)
    status = (margin < floor) + (margin < floor - 500)
    return (list_price, number, cluster_percent, promotion, percent, value_percent, unit, unit * quantity, margin, status)


def main():
    sums = [sum(column) for column in zip(*(price(*line) for line in lines))]
    right = next(table("sums"))
    if sums != right:
        print(f"SQLite comes to {sums}, and right is {right}", file=sys.stderr)
        return 1
    times = []
    for _ in range(ROUNDS):
        start = time.process_time_ns()
        for line in lines:
            price(*line)
        times.append((time.process_time_ns() - start) / len(lines))
    print(json.dumps({"line": sorted(times)[len(times) // 2]}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
