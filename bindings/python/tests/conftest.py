"""A shop to ask."""

from __future__ import annotations

from typing import Any

import listino
import pytest

BOOK: dict[str, Any] = {
    "v": 1,
    "name": "Bikes <&> more",
    "currency": "EUR",
    "customers": {"rossi": {"cluster": "reseller"}, "walk-in": {}},
    "products": {
        "FRAME": {"category": "frames", "cost": "310"},
        "TYRE": {"category": "tyres", "cost": "11.20"},
        "SADDLE": {},
        "<script>alert(1)</script>": {},
    },
    "price_lists": [
        {
            "id": "base",
            "prices": {
                "FRAME": "520",
                "TYRE": [{"price": "19.90"}, {"from": "50", "price": "17.50"}],
                "<script>alert(1)</script>": "1",
            },
        }
    ],
    "discounts": [
        {"id": "reseller", "stage": "cluster", "for": {"cluster": "reseller"}, "percent": "10"},
        {"id": "autumn", "stage": "promotion", "valid": {"from": "2026-09-01"}, "percent": "5"},
    ],
    "margins": [{"id": "house", "floor": "20", "approvals": [{"below": "20", "role": "chief"}]}],
}


@pytest.fixture(scope="session")
def book() -> listino.PriceBook:
    return listino.PriceBook(BOOK)


@pytest.fixture(scope="session")
def engine(book: listino.PriceBook) -> listino.Engine:
    return book.compile()
