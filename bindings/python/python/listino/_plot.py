"""The waterfall with matplotlib, which is an extra: `pip install listino[plot]`.

A drawing is the one place where an amount becomes a float: nothing is computed from it.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

_COLOURS = {"sum": "#4c566a", "change": "#bf616a", "cost": "#d08770", "margin": "#a3be8c"}


def waterfall(title: str, rows: list[tuple[str, bool, str, str, str, str]], ax: Any) -> Any:
    """Draws the rows of a waterfall; rows per unit and rows for the line have axes of their own."""
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError("to plot, install matplotlib: pip install listino[plot]") from error
    if ax is None:
        _, ax = plt.subplots(figsize=(7, 0.45 * len(rows) + 1))
    # One scale: amounts per unit are drawn in units of the line, so that bars can be compared.
    units = [Decimal(to) for _, unit, _, _, to, _ in rows if unit]
    totals = [Decimal(to) for kind, unit, _, _, to, _ in rows if not unit and kind == "sum"]
    factor = totals[0] / units[-1] if units and totals and units[-1] else Decimal(1)
    labels = []
    for place, (kind, unit, label, start, end, amount) in enumerate(rows):
        scale = factor if unit else Decimal(1)
        left, width = Decimal(start) * scale, (Decimal(end) - Decimal(start)) * scale
        rises = kind == "change" and width > 0
        colour = "#a3be8c" if rises else _COLOURS[kind]
        ax.barh(place, float(width), left=float(left), color=colour)
        ax.annotate(amount, (float(left + max(width, Decimal(0))), place), va="center",
                    xytext=(4, 0), textcoords="offset points")
        labels.append(label)
    ax.set_yticks(range(len(labels)), labels)
    ax.invert_yaxis()
    ax.set_title(title)
    ax.spines[["top", "right"]].set_visible(False)
    return ax
