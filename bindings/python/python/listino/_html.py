"""What notebooks show. Every text is escaped: a product may be called anything."""

from __future__ import annotations

from decimal import Decimal
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._listino import Engine, PriceBook, Quote


def _money(value: Decimal | None, digits: int) -> str:
    if value is None:
        return ""
    exponent = value.as_tuple().exponent
    decimals = max(digits, -exponent if isinstance(exponent, int) else 0)
    return f"{value:,.{decimals}f}"


def _row(cells: list[str], tag: str = "td") -> str:
    first, *rest = cells
    numbers = "".join(f'<{tag} style="text-align:right">{escape(cell)}</{tag}>' for cell in rest)
    return f'<tr><{tag} style="text-align:left">{escape(first)}</{tag}>{numbers}</tr>'


def book(book: PriceBook) -> str:
    """A book: what it is called and how much is in it."""
    counts = "".join(_row([what.replace("_", " "), f"{n:,}"]) for what, n in book.counts.items())
    title = escape(book.name or "price book")
    return (
        f"<table><caption><b>{title}</b> · {escape(book.currency)} · "
        f"<code>{book.digest[:8]}</code></caption>{counts}</table>"
    )


def engine(engine: Engine) -> str:
    """An engine: its book, or the digest of one that was loaded."""
    if engine.book is None:
        return f"<p>compiled price book <code>{engine.digest[:8]}</code></p>"
    return book(engine.book)


def quote(quote: Quote) -> str:
    """A quote: its lines and totals, what stands against it, and each waterfall where explained."""
    digits = quote.digits
    head = ["line", "product", "quantity", "list price", "net unit price", "total", "margin %"]
    rows = [_row(head, "th")]
    drawings = []
    for line in quote.lines:
        cells = [line.id, line.product, f"{line.quantity} {line.unit}"]
        if line.price is None:
            reason = line.refusal.reason if line.refusal else ""
            rows.append(_row([*cells, "", "", reason, ""]))
            continue
        price = line.price
        percent = price.margin.percent if price.margin else None
        margin = "" if percent is None else str(percent)
        amounts = [price.list_price, price.unit_price, price.total]
        rows.append(_row([*cells, *(_money(one, digits) for one in amounts), margin]))
        if line.considered:
            drawings.append(_explained(quote, line.id))
    totals = quote.totals
    for name, value in [
        ("without tax", totals.without_tax), ("tax", totals.tax), ("payable", totals.payable),
    ]:
        rows.append(_row([name, "", "", "", "", _money(value, digits), ""]))
    title = f"{quote.customer or 'quote'} · {quote.date} · {quote.currency} · {quote.status}"
    table = f"<table><caption>{escape(title)}</caption>{''.join(rows)}</table>"
    return table + "".join(drawings)


def _explained(quote: Quote, line: str) -> str:
    sentences = "".join(f"<li>{escape(one)}</li>" for one in quote.sentences(line))
    found = next(one for one in quote.lines if one.id == line)
    lost = [one.id for one in found.considered if one.outcome.result != "applied"]
    reasons = "".join(f"<li>{escape(quote.why_not(line, one))}</li>" for one in lost)
    drawing = quote.svg(line) or ""
    return (
        f"<details><summary>{escape(line)}</summary>{drawing}"
        f"<ol>{sentences}</ol><ul>{reasons}</ul></details>"
    )
