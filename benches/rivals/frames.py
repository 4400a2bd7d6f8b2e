#!/usr/bin/env python3
"""Rivals for whole batches: the workload as joins of tables, in DuckDB, Polars and pandas, each on
one thread, with the roundings done exactly on whole numbers.

usage: frames.py duckdb|polars|pandas DIRECTORY ROUNDS

DIRECTORY holds the tables that `workload` writes. Prints nanoseconds of processor time per line as
JSON, the median over the rounds; nothing where the sums are not those of sums.csv.
"""

import json
import os
import sys
import time

os.environ["POLARS_MAX_THREADS"] = "1"

import numpy as np
import pandas as pd

WHO, DIRECTORY, ROUNDS = sys.argv[1], sys.argv[2], int(sys.argv[3])
PRICES = ["from_1", "from_10", "from_100", "from_1000"]


def table(name, fours=(), twos=()):
    """A table with whole numbers only: decimals as ten-thousandths or hundredths, names as numbers."""
    frame = pd.read_csv(f"{DIRECTORY}/{name}.csv", dtype=str)
    for column in frame:
        text = frame[column].fillna("-1").str.lstrip("cp")
        if column in fours or column in twos:
            text = text.str.replace(".", "", regex=False)
        frame[column] = text.astype(np.int64)
    return frame


lines = table("lines")
lines["line"] = np.arange(len(lines))
customers = table("customers")
customers["contract"] = np.where(customers.contract < 0, -1, customers.contract + 9)
customers["region_list"] = customers.region + 1
products = table("products", fours=("cost",)).merge(table("floors", twos=("percent",)).rename(columns={"percent": "floor"}), on="category")
clusters = table("clusters", twos=("percent",)).rename(columns={"percent": "cluster_percent"})
prices = table("prices", fours=PRICES).rename(columns={"from": "start", "to": "stop"})
promotions = table("promotions", twos=("percent",)).rename(
    columns={"from": "start", "to": "stop", "quantity": "least", "cluster": "for_cluster", "region": "for_region"}
)
# One row for each category that a promotion is for, so that a join finds it. The best percentage
# has the highest rank, and of equal ones the lowest number.
everywhere = promotions[promotions.category < 0].drop(columns="category")
promotions = pd.concat(
    [promotions[promotions.category >= 0]] + [everywhere.assign(category=category) for category in products.category.unique()]
)
promotions["rank"] = promotions.percent * 1000 + 999 - promotions.promotion
values = [(start, percent) for start, percent in table("values", fours=("from",), twos=("percent",)).itertuples(index=False)]


def half_even(floor, rest, of):
    """Rounds the fraction rest/of of a number up or down."""
    return floor + ((2 * rest > of) | ((2 * rest == of) & (floor % 2 != 0)))


def arithmetic(price, cost, quantity, cluster, promotion, floor):
    """What follows from the joins, on arrays of whole numbers."""
    value = np.zeros_like(price)
    for start, percent in values:
        value = np.where(price * quantity >= start, percent, value)
    kept, scale = (10000 - cluster) * (10000 - promotion) * (10000 - value), 10**14
    # The product needs more than 64 bits; its quotient is estimated and its rest is exact.
    with np.errstate(over="ignore"):
        whole = (price.astype(float) * kept.astype(float) / scale).astype(np.int64)
        rest = price * kept - whole * scale
    below = rest < 0
    whole, rest = whole - below, rest + below * scale
    unit = half_even(whole, rest, scale)
    net = unit * 100
    margin = half_even(*np.divmod((net - cost) * 10000, net), net)
    status = (margin < floor).astype(np.int64) + (margin < floor - 500)
    return value, unit, unit * quantity, margin, status


def tier(quantity, columns):
    return np.select([quantity >= 1000, quantity >= 100, quantity >= 10], columns[:0:-1], columns[0])


def pandas_setup():
    def price_slice(lines):
        x = lines.merge(customers, on="customer").merge(products, on="product").merge(clusters, on=["cluster", "category"])
        found = []
        for order, column in enumerate(["contract", "region_list", None]):
            asked = x[["line", "product", "day"]].assign(list=0 if column is None else x[column])
            rows = asked.merge(prices, on=["list", "product"])
            rows = rows[(rows.start <= rows.day) & (rows.day < rows.stop)]
            found.append(rows[["line", "list", *PRICES]].assign(order=order))
        found = pd.concat(found).sort_values("order", kind="stable").drop_duplicates("line").drop(columns="order")
        x = x.merge(found, on="line")
        y = x[["line", "category", "cluster", "region", "quantity", "day"]].merge(promotions, on="category")
        y = y[
            (y.start <= y.day) & (y.day < y.stop) & (y.quantity >= y.least)
            & ((y.for_cluster < 0) | (y.for_cluster == y.cluster))
            & ((y.for_region < 0) | (y.for_region == y.region))
        ]
        best = y.sort_values("rank").drop_duplicates("line", keep="last")[["line", "promotion", "percent"]]
        x = x.merge(best, on="line", how="left").fillna({"promotion": 0, "percent": 0}).sort_values("line")
        price = tier(x.quantity.values, [x[c].values for c in PRICES])
        percent = x.percent.values.astype(np.int64)
        more = arithmetic(price, x.cost.values, x.quantity.values, x.cluster_percent.values, percent, x.floor.values)
        return (price, x.list.values, x.cluster_percent.values, x.promotion.values, percent, *more)

    def run():
        # All promotions of a category meet all of its lines in memory, some 30 for each.
        slices = (lines[start : start + 100_000] for start in range(0, len(lines), 100_000))
        return [np.concatenate(column) for column in zip(*map(price_slice, slices))]

    return run


def polars_setup():
    import polars as pl

    all_lines, all_customers, all_products, all_clusters, all_prices, all_promotions = (
        pl.from_pandas(frame.reset_index(drop=True)) for frame in (lines, customers, products, clusters, prices, promotions)
    )
    col = pl.col
    price = pl.when(col("quantity") >= 1000).then(PRICES[3]).when(col("quantity") >= 100).then(PRICES[2])
    price = price.when(col("quantity") >= 10).then(PRICES[1]).otherwise(PRICES[0])

    def best(asked):
        # All promotions of a category meet all of its lines in memory, some 30 for each.
        y = asked.lazy().join(all_promotions.lazy(), on="category").filter(
            (col("start") <= col("day")) & (col("day") < col("stop")) & (col("quantity") >= col("least"))
            & ((col("for_cluster") < 0) | (col("for_cluster") == col("cluster")))
            & ((col("for_region") < 0) | (col("for_region") == col("region")))
        )
        return y.group_by("line").agg(col("rank").max()).collect()

    def run():
        x = all_lines.join(all_customers, on="customer").join(all_products, on="product").join(all_clusters, on=["cluster", "category"])
        for name, column in (("c", col("contract")), ("r", col("region_list")), ("b", pl.lit(0, dtype=pl.Int64))):
            rows = x.select("line", "product", "day", "quantity", list=column).join(all_prices, on=["list", "product"])
            rows = rows.filter((col("start") <= col("day")) & (col("day") < col("stop")))
            x = x.join(rows.select("line", price.alias(f"price_{name}"), col("list").alias(f"list_{name}")), on="line", how="left")
        asked = x.select("line", "category", "cluster", "region", "quantity", "day")
        x = x.join(pl.concat(map(best, asked.iter_slices(100_000))), on="line", how="left")
        x = x.with_columns(
            price=pl.coalesce("price_c", "price_r", "price_b"), list=pl.coalesce("list_c", "list_r", "list_b"),
            percent=(col("rank") // 1000).fill_null(0), promotion=(999 - col("rank") % 1000).fill_null(0),
        )
        x = x.sort("line")
        get = lambda name: x[name].to_numpy()
        names = ("price", "cost", "quantity", "cluster_percent", "percent", "floor")
        more = arithmetic(*map(get, names))
        return (*map(get, ("price", "list", "cluster_percent", "promotion", "percent")), *more)

    return run


def duckdb_setup():
    import duckdb

    db = duckdb.connect()
    db.execute("set threads = 1; set preserve_insertion_order = false")
    for name in ("lines", "customers", "products", "clusters", "prices", "promotions"):
        db.register("frame", globals()[name])
        db.execute(f"create table {name} as from frame")
        db.unregister("frame")
    price = lambda t: f"case when quantity >= 1000 then {t}.from_1000 when quantity >= 100 then {t}.from_100 when quantity >= 10 then {t}.from_10 else {t}.from_1 end"
    row = lambda t, number: f"left join prices {t} on {t}.list = {number} and {t}.product = x.product and {t}.start <= x.day and x.day < {t}.stop"
    query = f"""
        with x as (
            from lines join customers using (customer) join products using (product) join clusters using (cluster, category)
        ), priced as (
            select x.*, coalesce(c.list, r.list, b.list) list,
                case when c.list is not null then {price("c")} when r.list is not null then {price("r")} else {price("b")} end price
            from x {row("c", "x.contract")} {row("r", "x.region_list")} {row("b", "0")}
        ), best as (
            select x.line, max(p.rank) rank from x join promotions p
            on p.category = x.category and p.start <= x.day and x.day < p.stop and x.quantity >= p.least
                and (p.for_cluster < 0 or p.for_cluster = x.cluster) and (p.for_region < 0 or p.for_region = x.region)
            group by x.line
        )
        select price, cost, quantity, cluster_percent, coalesce(rank // 1000, 0) percent, floor,
            list, coalesce(999 - rank % 1000, 0) promotion
        from priced left join best using (line) order by line"""

    def run():
        x = db.execute(query).fetchnumpy()
        names = ("price", "cost", "quantity", "cluster_percent", "percent", "floor")
        more = arithmetic(*(np.asarray(x[name]) for name in names))
        return (*(np.asarray(x[name]) for name in ("price", "list", "cluster_percent", "promotion", "percent")), *more)

    return run


def main():
    run = {"pandas": pandas_setup, "polars": polars_setup, "duckdb": duckdb_setup}[WHO]()
    sums = [int(np.asarray(column).astype(np.int64).sum()) for column in run()]
    with open(f"{DIRECTORY}/sums.csv") as file:
        right = [int(cell) for cell in file.read().split()[1].split(",")]
    if sums != right:
        print(f"{WHO} comes to {sums}, and right is {right}", file=sys.stderr)
        return 1
    times = []
    for _ in range(ROUNDS):
        start = time.process_time()
        run()
        times.append((time.process_time() - start) * 1e9 / len(lines))
    print(json.dumps({"batch": sorted(times)[len(times) // 2]}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
