"""What goes in and what comes out, by the names of the wire model."""

from __future__ import annotations

import json
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar, Union, get_args, get_origin, get_type_hints

if TYPE_CHECKING:
    from ._listino import Quote

#: A decimal on the way in; on the way out it is always a `Decimal`.
Number = Union[Decimal, int, str]

_T = TypeVar("_T")


# ---- findings --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Related:
    """Another place that has to do with a finding."""

    path: str
    message: str


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding: a stable code, a place, the fact, the mend."""

    code: str
    severity: str
    path: str
    message: str
    help: str | None = None
    related: tuple[Related, ...] = ()

    def __str__(self) -> str:
        text = f"{self.severity}[{self.code}]: {self.message}"
        return f"{text}\n  at {self.path}" if self.path else text


# ---- requests --------------------------------------------------------------------------------


class _Written:
    """What is written to the wire: fields that say nothing are left out."""

    __slots__ = ()

    def _wire(self) -> dict[str, Any]:
        out: dict[str, Any] = {}
        for one in fields(self):  # type: ignore[arg-type]
            value = getattr(self, one.name)
            if value is None or (one.default is not MISSING and value == one.default):
                continue
            if one.default_factory is not MISSING and not value:
                continue
            out[one.name.rstrip("_")] = value
        return out


@dataclass(frozen=True, slots=True)
class Window(_Written):
    """Days, both ends included; an open end is `None`."""

    from_: date | None = None
    to: date | None = None


@dataclass(frozen=True, slots=True)
class ManualDiscount(_Written):
    """A discount granted by hand: exactly one of `percent`, `amount`, `line_amount`, `price`."""

    percent: Number | None = None
    amount: Number | None = None
    line_amount: Number | None = None
    price: Number | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class RampStep(_Written):
    """One step of a ramp: its days, its quantity, and a discount granted by hand for them."""

    term: Window
    quantity: Number
    percent: Number | None = None


@dataclass(frozen=True, slots=True)
class CouponUse(_Written):
    """A coupon presented, and what the host knows about its use."""

    code: str
    used: int | None = None
    used_by_customer: int | None = None


@dataclass(frozen=True, slots=True)
class UserChoice(_Written):
    """A choice of the customer: an option chosen, or left out."""

    option: str
    chosen: bool = True


@dataclass(frozen=True, slots=True)
class LineConfiguration(_Written):
    """What is chosen of a product's model, in order; an option alone is an option chosen."""

    choices: Sequence[str | UserChoice | Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class Line(_Written):
    """One line of a request.

    >>> Line("TYRE", 48)
    Line(product='TYRE', quantity=48, unit=None, id=None, discounts=(), term=None, ramp=(), attributes={}, configuration=None)
    """

    product: str
    quantity: Number
    unit: str | None = None
    id: str | None = None
    discounts: Sequence[ManualDiscount | Mapping[str, Any]] = ()
    term: Window | None = None
    ramp: Sequence[RampStep | Mapping[str, Any]] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)
    configuration: LineConfiguration | Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Request(_Written):
    """A request for a quote; a line may also be a mapping, or a tuple of product and quantity."""

    customer: str | Mapping[str, Any]
    date: date
    lines: Sequence[Line | Mapping[str, Any] | tuple[str, Number] | tuple[str, Number, str]]
    id: str | None = None
    currency: str | None = None
    channel: str | None = None
    roles: Sequence[str] | str = ()
    discounts: Sequence[ManualDiscount | Mapping[str, Any]] = ()
    coupons: Sequence[CouponUse | Mapping[str, Any]] = ()
    payment: str | None = None
    years: Number | None = None
    first_purchase: bool | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)

    def _wire(self) -> dict[str, Any]:
        return {"v": 1, **_Written._wire(self)}


# ---- quotes ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Margin:
    """A margin on the true net: the amount, and in percent where the net is not zero."""

    amount: Decimal
    percent: Decimal | None = None


@dataclass(frozen=True, slots=True)
class LineTax:
    """The tax rate of a line, and its tax where the book computes it line by line."""

    category: str
    percent: Decimal
    tax: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the waterfall, `per` unit or for the line."""

    kind: str
    per: str
    before: Decimal
    after: Decimal
    rule: str | None = None
    stage: str | None = None
    percent: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a line has no price: a `reason`, and what belongs to it."""

    reason: str
    known: tuple[str, ...] = ()
    rule: str | None = None
    nearest: tuple[Decimal, ...] = ()
    needs: tuple[str, ...] = ()
    at: str | None = None
    message: str | None = None
    problem: Mapping[str, Any] | None = None
    from_: str | None = None
    to: str | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """Why a line is in the quote that nobody asked for: the rule of a gift, the line of a ramp."""

    gift: str | None = None
    ramp: str | None = None


@dataclass(frozen=True, slots=True)
class CandidateOutcome:
    """What became of a candidate, and what stood against it as it is on the wire."""

    result: str
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Considered:
    """A list or rule that was looked at."""

    kind: str
    id: str
    outcome: CandidateOutcome


@dataclass(frozen=True, slots=True)
class LinePrice:
    """The price of a line."""

    price_list: str
    list_value: Decimal
    total: Decimal
    net: Decimal
    steps: tuple[Step, ...]
    list_price: Decimal | None = None
    unit_price: Decimal | None = None
    cost: Decimal | None = None
    margin: Margin | None = None
    tax: LineTax | None = None


@dataclass(frozen=True, slots=True)
class SubLine:
    """An option or a row of a price table, and what it adds to the line."""

    origin: str
    quantity: Decimal
    list_value: Decimal
    option: str | None = None
    table: str | None = None
    product: str | None = None
    price_list: str | None = None
    list_price: Decimal | None = None
    cost: Decimal | None = None


@dataclass(frozen=True, slots=True)
class BomLine:
    """One line of an exploded bill of materials; `level` 1 goes straight into the product."""

    level: int
    item: str
    for_: str
    quantity: Decimal
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class BomTotal:
    """An item of a bill of materials with its whole quantity."""

    item: str
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class ExplodedBom:
    """A bill of materials: every line, each item once, and what all of it costs."""

    lines: tuple[BomLine, ...]
    totals: tuple[BomTotal, ...]
    cost: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ConfiguredLine:
    """A configured line: its options with what they add, and its parts."""

    model: str
    base_value: Decimal
    sublines: tuple[SubLine, ...]
    version: str | None = None
    bom: ExplodedBom | None = None


@dataclass(frozen=True, slots=True)
class QuoteLine:
    """One line of a quote: a price, or the reason why there is none."""

    id: str
    product: str
    quantity: Decimal
    unit: str
    origin: Origin | None = None
    configuration: ConfiguredLine | None = None
    price: LinePrice | None = None
    refusal: Refusal | None = None
    considered: tuple[Considered, ...] = ()


@dataclass(frozen=True, slots=True)
class CouponOutcome:
    """What became of a coupon; `refused` is why, `None` when it was taken."""

    code: str
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class DocumentDiscount:
    """A discount on the document and what became of it."""

    stage: str
    amount: Decimal
    unallocated: Decimal
    rule: str | None = None
    percent: Decimal | None = None
    accrual: bool = False


@dataclass(frozen=True, slots=True)
class TaxBreakdown:
    """The tax of one category and rate."""

    category: str
    percent: Decimal
    taxable: Decimal
    tax: Decimal


@dataclass(frozen=True, slots=True)
class Totals:
    """The sums of a document."""

    list_value: Decimal
    lines: Decimal
    net: Decimal
    without_tax: Decimal
    tax: Decimal
    with_tax: Decimal
    rounding: Decimal
    payable: Decimal
    rebates: Decimal
    true_net: Decimal
    discounts: tuple[DocumentDiscount, ...] = ()
    tax_breakdown: tuple[TaxBreakdown, ...] = ()
    cost: Decimal | None = None
    margin: Margin | None = None


@dataclass(frozen=True, slots=True)
class Approval:
    """A threshold or limit that is not kept, and who may let it pass."""

    verdict: str
    level: str
    cause: str
    measure: str
    line: str | None = None
    threshold: str | None = None
    bound: Decimal | None = None
    actual: Decimal | None = None
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Fields:
    date: date
    lines: tuple[QuoteLine, ...]
    totals: Totals
    coupons: tuple[CouponOutcome, ...] = ()
    approvals: tuple[Approval, ...] = ()


@dataclass(frozen=True, slots=True)
class PricedLine:
    """The numbers of one line."""

    price_list: str
    currency: str
    total: Decimal
    net: Decimal
    status: str
    list_price: Decimal | None = None
    unit_price: Decimal | None = None
    cost: Decimal | None = None
    margin_percent: Decimal | None = None


# ---- solver, comparison ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NextBreak:
    """The nearest larger quantity of a line at which a unit costs less."""

    line: str
    quantity: Decimal
    more: Decimal
    unit_price: Decimal
    total: Decimal
    change: Decimal


@dataclass(frozen=True, slots=True)
class Concession:
    """One discount to grant; without a line it is on the document."""

    amount: Decimal
    line: str | None = None


@dataclass(frozen=True, slots=True)
class Solution:
    """The answer of the solver: what to grant, the request with it, its quote, what stands next."""

    concessions: tuple[Concession, ...]
    request: Mapping[str, Any]
    quote: Quote
    limits: tuple[Approval, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """Money under the old and the new book."""

    lines: int
    old_revenue: Decimal
    new_revenue: Decimal
    old_margin: Decimal
    new_margin: Decimal


@dataclass(frozen=True, slots=True)
class LostPrice:
    """A line that only one of the books can price."""

    product: str
    customer: str | None = None
    old: Refusal | None = None
    new: Refusal | None = None


@dataclass(frozen=True, slots=True)
class DiffReport:
    """What two books make of the same lines; sums are by currency: `by_category["bikes"]["EUR"]`."""

    old: str
    new: str
    lines: int
    changed: int
    unpriced: int
    total: Mapping[str, Change]
    by_customer: Mapping[str, Mapping[str, Change]]
    by_category: Mapping[str, Mapping[str, Change]]
    by_product: Mapping[str, Mapping[str, Change]]
    by_rule: Mapping[str, Mapping[str, Change]]
    lost: tuple[LostPrice, ...] = ()


# ---- configuration ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a session stands after a choice, and what was given up for it."""

    choices: tuple[UserChoice, ...]
    settled: bool
    gave_up: tuple[UserChoice, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision about an option, and whose it is: `user`, `default` or `inferred`."""

    chosen: bool
    origin: str


@dataclass(frozen=True, slots=True)
class OptionState:
    """Where an option stands: whether it can be chosen and left out is `yes`, `no` or `open`."""

    id: str
    can_choose: str
    can_leave_out: str
    decision: Decision | None = None


@dataclass(frozen=True, slots=True)
class RuleReference:
    """A rule that takes part in an explanation."""

    id: str
    kind: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why an option is impossible: the choices and the rules that stand against it."""

    choices: tuple[UserChoice, ...]
    rules: tuple[RuleReference, ...]
    about: UserChoice | None = None


@dataclass(frozen=True, slots=True)
class Restoration:
    """Choices to give up so that another one can stand."""

    give_up: tuple[UserChoice, ...]


@dataclass(frozen=True, slots=True)
class Configuration:
    """A whole configuration and what it costs, where the model has prices."""

    options: tuple[str, ...]
    price: Decimal | None = None
    cost: Decimal | None = None
    margin: Decimal | None = None
    proved: bool | None = None


@dataclass(frozen=True, slots=True)
class WhatIf:
    """What choosing an option would change."""

    option: str
    price: Decimal
    margin: Decimal


@dataclass(frozen=True, slots=True)
class ExplodedLine:
    """One line of a parts list."""

    level: int
    item: str
    for_: str
    quantity: Decimal
    cost: Decimal
    price: Decimal
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Explosion:
    """A parts list: every line, and each item once with its whole quantity."""

    lines: tuple[ExplodedLine, ...]
    totals: tuple[tuple[str, Decimal], ...]
    cost: Decimal
    price: Decimal


@dataclass(frozen=True, slots=True)
class LostChoice:
    """A stored choice that cannot be made any more, and why."""

    choice: UserChoice
    error: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Resumed:
    """What of a stored session still stands."""

    same_model: bool
    kept: tuple[UserChoice, ...]
    lost: tuple[LostChoice, ...] = ()


# ---- out of JSON -----------------------------------------------------------------------------

_Reader = Callable[[Any], Any]
_READERS: dict[Any, _Reader] = {}


def _same(value: Any) -> Any:
    return value


def _reader(kind: Any) -> _Reader:
    """The function that makes a value of a type out of JSON, put together once."""
    found = _READERS.get(kind)
    if found is None:
        found = _READERS[kind] = _make_reader(kind)
    return found


def _make_reader(kind: Any) -> _Reader:
    if kind is Decimal:
        return Decimal
    if kind is date:
        return date.fromisoformat
    if kind is CandidateOutcome:
        return _outcome
    if kind is UserChoice:
        return _choice
    if is_dataclass(kind):
        return _dataclass_reader(kind)
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        (inner,) = [one for one in arguments if one is not type(None)]
        read = _reader(inner)
        return lambda value: None if value is None else read(value)
    if origin is tuple and arguments[1:] == (Ellipsis,):
        item = _reader(arguments[0])
        return lambda values: tuple([item(value) for value in values])
    if origin is tuple:
        items = [_reader(one) for one in arguments]
        return lambda values: tuple([item(one) for item, one in zip(items, values, strict=True)])
    if isinstance(origin, type) and issubclass(origin, Mapping):
        item = _reader(arguments[1])
        if item is not _same:
            return lambda values: {key: item(value) for key, value in values.items()}
    return _same


def _dataclass_reader(kind: Any) -> _Reader:
    namespace = {**globals(), "Quote": object}
    hints = get_type_hints(kind, namespace, namespace)
    plan = [(one.name, one.name.rstrip("_"), _reader(hints[one.name])) for one in fields(kind)]

    def read(found: Any) -> Any:
        return kind(**{name: reader(found[key]) for name, key, reader in plan if key in found})

    return read


def _choice(found: Any) -> UserChoice:
    # The option alone is an option chosen.
    return UserChoice(found) if isinstance(found, str) else UserChoice(**found)


def _outcome(found: Any) -> CandidateOutcome:
    rest = {key: value for key, value in found.items() if key != "result"}
    return CandidateOutcome(found["result"], rest)


def _of(kind: Callable[..., _T]) -> Callable[[str], _T]:
    def read(text: str) -> _T:
        result: _T = _reader(kind)(json.loads(text))
        return result

    return read


_priced_line = _of(PricedLine)
_quote_fields = _of(_Fields)
_diff_report = _of(DiffReport)
_standing = _of(Standing)
_state = _of(OptionState)
_configuration = _of(Configuration)
_parts = _of(Explosion)
_resumed = _of(Resumed)


def _diagnostic(found: Any) -> Diagnostic:
    result: Diagnostic = _reader(Diagnostic)(found)
    return result


def _many(kind: Any, values: Any) -> tuple[Any, ...]:
    read = _reader(kind)
    return tuple([None if value is None else read(value) for value in values])


def _diagnostics(text: str) -> tuple[Diagnostic, ...]:
    return _many(Diagnostic, json.loads(text))


def _next_breaks(text: str) -> tuple[NextBreak | None, ...]:
    return _many(NextBreak, json.loads(text)["next_breaks"])


def _states(text: str) -> tuple[OptionState, ...]:
    return _many(OptionState, json.loads(text))


def _restorations(text: str) -> tuple[Restoration, ...]:
    return _many(Restoration, json.loads(text))


def _explanation(text: str) -> Explanation | None:
    (found,) = _many(Explanation, [json.loads(text)])
    return found  # type: ignore[no-any-return]


def _what_if(text: str) -> WhatIf | None:
    (found,) = _many(WhatIf, [json.loads(text)])
    return found  # type: ignore[no-any-return]


def _solution(text: str) -> Solution:
    from ._listino import Quote

    found = json.loads(text)
    return Solution(
        concessions=_many(Concession, found["concessions"]),
        request=found["request"],
        quote=Quote(json.dumps(found["quote"])),
        limits=_many(Approval, found.get("limits", ())),
    )
