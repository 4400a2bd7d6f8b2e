"""Exact, explained configure-price-quote.

A price book and a request go in, a quote comes out whose every cent is exact and says where it
comes from. Decimals are `decimal.Decimal`, dates are `datetime.date`; a `float` is refused.

>>> from datetime import date
>>> import listino
>>> book = listino.PriceBook({
...     "v": 1, "currency": "EUR", "customers": {"rossi": {"cluster": "reseller"}},
...     "products": {"TYRE": {}}, "price_lists": [{"id": "base", "prices": {"TYRE": "19.90"}}],
...     "discounts": [{"id": "reseller", "stage": "cluster", "for": {"cluster": "reseller"}, "percent": 10}]})
>>> engine = book.compile()
>>> quote = engine.quote(customer="rossi", date=date(2026, 10, 5), lines=[("TYRE", 48)])
>>> quote.payable
Decimal('859.68')
>>> print(quote.waterfall(), end="")
  list price       19.90  base
- reseller 10 %    -1.99  cluster
= net unit price   17.91
= × 48 pc         859.68
"""

from ._errors import (
    BookError,
    CallError,
    ConfigureError,
    FrameError,
    ListinoError,
    PriceError,
    ReplayError,
    RequestError,
    SolveError,
)
from ._listino import (
    Configurator,
    Engine,
    Frame,
    PriceBook,
    Quote,
    Session,
    check_json,
    to_json,
)
from ._model import (
    Approval,
    BomLine,
    BomTotal,
    CandidateOutcome,
    Change,
    Concession,
    Configuration,
    ConfiguredLine,
    Considered,
    CouponOutcome,
    CouponUse,
    Decision,
    Diagnostic,
    DiffReport,
    DocumentDiscount,
    Explanation,
    ExplodedBom,
    ExplodedLine,
    Explosion,
    Line,
    LineConfiguration,
    LinePrice,
    LineTax,
    LostChoice,
    LostPrice,
    ManualDiscount,
    Margin,
    NextBreak,
    OptionState,
    Origin,
    PricedLine,
    QuoteLine,
    RampStep,
    Refusal,
    Related,
    Request,
    Restoration,
    Resumed,
    RuleReference,
    Solution,
    Standing,
    Step,
    SubLine,
    TaxBreakdown,
    Totals,
    UserChoice,
    WhatIf,
    Window,
)

__all__ = [
    "Approval", "BomLine", "BomTotal", "BookError", "CallError", "CandidateOutcome", "Change",
    "Concession", "Configuration", "Configurator", "ConfigureError", "ConfiguredLine",
    "Considered", "CouponOutcome", "CouponUse", "Decision", "Diagnostic", "DiffReport",
    "DocumentDiscount", "Engine", "Explanation", "ExplodedBom", "ExplodedLine", "Explosion",
    "Frame", "FrameError", "Line", "LineConfiguration", "LinePrice", "LineTax", "ListinoError", "LostChoice", "LostPrice",
    "ManualDiscount", "Margin", "NextBreak", "OptionState", "Origin", "PriceBook", "PriceError",
    "PricedLine", "Quote", "QuoteLine", "RampStep", "Refusal", "Related", "ReplayError", "Request",
    "RequestError", "Restoration", "Resumed", "RuleReference", "Session", "Solution", "SolveError",
    "Standing", "Step", "SubLine", "TaxBreakdown", "Totals", "UserChoice", "WhatIf", "Window",
    "check_json", "to_json",
]
