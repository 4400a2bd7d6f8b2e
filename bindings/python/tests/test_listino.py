"""What Python people expect: decimals, dates, dicts, dataclasses, exceptions, pickles, threads."""

from __future__ import annotations

import dataclasses
import doctest
import json
import pickle
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import listino
import pytest
from conftest import BOOK
from listino import _model

DAY = date(2026, 10, 5)
ROOT = Path(__file__).parents[3]


def test_a_quote_has_decimals_and_dates(engine: listino.Engine) -> None:
    quote = engine.quote(customer="rossi", date=DAY, lines=[("TYRE", 48), ("FRAME", Decimal("8"))])
    assert quote.payable == Decimal("816.48") + Decimal("3556.80")
    assert isinstance(quote.payable, Decimal)
    assert quote.date == DAY and isinstance(quote.date, date)
    line = quote.lines[0]
    assert line.price is not None
    assert line.price.unit_price == Decimal("17.01")
    assert [step.kind for step in line.price.steps] == [
        "list_price", "discount", "discount", "rounding", "quantity",
    ]
    assert line.price.margin is not None and line.price.margin.percent == Decimal("34.16")
    assert quote.totals.payable == quote.payable
    assert quote.status == "ok" and quote.currency == "EUR" and len(quote) == 2


def test_dicts_objects_and_text_are_one_request(engine: listino.Engine) -> None:
    wire = {"v": 1, "customer": "rossi", "date": "2026-10-05",
            "lines": [{"product": "TYRE", "quantity": "48"}]}
    typed = listino.Request("rossi", DAY, [listino.Line("TYRE", 48)])
    loose = {"v": 1, "customer": "rossi", "date": DAY,
             "lines": [{"product": "TYRE", "quantity": Decimal("48.00")}]}
    quotes = [
        engine.quote(wire), engine.quote(typed), engine.quote(loose), engine.quote(json.dumps(wire)),
        engine.quote(json.dumps(wire).encode()),
        engine.quote(customer="rossi", date=DAY, lines=[("TYRE", 48)]),
        engine.quote(customer="rossi", date="2026-10-05", lines=(listino.Line("TYRE", "48"),)),
    ]
    assert len({quote.to_json() for quote in quotes}) == 1
    assert len(set(quotes)) == 1


def test_one_line_is_what_json_says(engine: listino.Engine) -> None:
    def in_json(fields: dict[str, Any]) -> object:
        """The line by the call in JSON, or what is wrong with it."""
        try:
            return _model._priced_line(engine.call("price", fields))
        except listino.ListinoError as error:
            return type(error), error.code, str(error)

    def alone(fields: dict[str, Any]) -> object:
        try:
            return engine.price(**fields)
        except listino.ListinoError as error:
            return type(error), error.code, str(error)

    plain: dict[str, Any] = {"customer": "rossi", "product": "TYRE", "quantity": 48, "date": DAY}
    assert isinstance(alone(plain), listino.PricedLine)
    others: list[dict[str, Any]] = [
        {}, {"date": "2026-10-05"}, {"date": "2026-13-05"}, {"date": "20261005"},
        {"quantity": Decimal("48.00")}, {"quantity": Decimal("4.8E+1")}, {"quantity": "48.0"},
        {"quantity": "1e1"}, {"quantity": Decimal("NaN")}, {"quantity": "4\"8"}, {"quantity": 10**40},
        {"quantity": -3}, {"quantity": 0}, {"quantity": Decimal("0.5")},
        {"product": "NOTHING"}, {"product": ""}, {"product": "a\nb"}, {"customer": "nobody"},
        {"customer": ""}, {"unit": "piece"}, {"unit": "parsec"}, {"unit": ""},
        {"currency": "EUR"}, {"currency": "USD"}, {"currency": "Euro"}, {"channel": "shop"},
        {"channel": "not a channel"},
    ]
    for different in others:
        fields = {**plain, **different}
        assert alone(fields) == in_json(fields), different
    bad: list[dict[str, Any]] = [{"quantity": 1.5}, {"quantity": True}, {"date": datetime(2026, 10, 5)}]
    for wrong in bad:
        with pytest.raises((TypeError, listino.ListinoError)):
            engine.price(**{**plain, **wrong})


def test_everything_a_request_can_say_is_written() -> None:
    window = listino.Window(date(2026, 1, 1), date(2026, 12, 31))
    request = listino.Request(
        "C", DAY,
        [listino.Line("P", 1, unit="box", id="a", term=window, attributes={"colour": "red"},
                      discounts=[listino.ManualDiscount(percent=5, reason="a scratch")],
                      ramp=[listino.RampStep(window, Decimal("2"), percent="50")])],
        id="r-1", currency="USD", channel="web", roles=["clerk"], payment="prepaid", years=2,
        coupons=[listino.CouponUse("SPRING", used=3)], first_purchase=False,
        discounts=[listino.ManualDiscount(amount="1E+2")], attributes={"k": "v"},
    )
    days = {"from": "2026-01-01", "to": "2026-12-31"}
    assert json.loads(listino.to_json(request)) == {
        "v": 1, "customer": "C", "date": "2026-10-05", "id": "r-1", "currency": "USD",
        "channel": "web", "roles": ["clerk"], "payment": "prepaid", "years": "2",
        "coupons": [{"code": "SPRING", "used": 3}], "first_purchase": False,
        "discounts": [{"amount": "1E+2"}], "attributes": {"k": "v"},
        "lines": [{"product": "P", "quantity": "1", "unit": "box", "id": "a", "term": days,
                   "attributes": {"colour": "red"},
                   "discounts": [{"percent": "5", "reason": "a scratch"}],
                   "ramp": [{"term": days, "quantity": "2", "percent": "50"}]}],
    }
    assert json.loads(listino.to_json([Decimal("1E+2"), Decimal("1E-7"), True, None])) == [
        "100", "0.0000001", True, None,
    ]


@pytest.mark.parametrize("value", [0.1, datetime(2026, 1, 1), object(), {1: 2}, {"x": {0.5}}])
def test_what_is_not_exact_is_refused(engine: listino.Engine, value: Any) -> None:
    with pytest.raises(TypeError):
        engine.quote(customer="rossi", date=DAY, lines=[{"product": "TYRE", "quantity": value}])


def test_a_value_that_holds_itself_is_refused() -> None:
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(RecursionError):
        listino.to_json(endless)


def test_one_line_has_the_numbers_of_its_quote(engine: listino.Engine) -> None:
    line = engine.price("rossi", "TYRE", 48, DAY)
    quote = engine.quote(customer="rossi", date=DAY, lines=[("TYRE", 48)]).lines[0].price
    assert quote is not None
    assert (line.total, line.unit_price, line.cost) == (quote.total, quote.unit_price, quote.cost)
    with pytest.raises(listino.PriceError) as caught:
        engine.price("rossi", "SADDLE", 1, DAY)
    assert caught.value.details == {"refusal": {"reason": "no_price"}}
    with pytest.raises(listino.PriceError):
        engine.price("nobody", "TYRE", 1, DAY)


def test_explanations_say_why_and_why_not(engine: listino.Engine) -> None:
    quote = engine.explain(customer="rossi", date=date(2026, 3, 1), lines=[("TYRE", 48)])
    lost = [one for one in quote.lines[0].considered if one.outcome.result != "applied"]
    assert [(one.id, one.outcome.result) for one in lost] == [("autumn", "not_valid")]
    assert "valid from 1 September 2026" in quote.why_not(0, "autumn")
    assert "settembre" in quote.why_not("1", "autumn", language="it")
    assert "not considered" in quote.why_not(0, "spring")
    assert quote.sentences()[0] == "base lists it at 19.90 EUR per pc"
    assert "net unit price" in (quote.waterfall() or "")
    with pytest.raises(KeyError):
        quote.sentences("9")
    with pytest.raises(ValueError):
        quote.sentences(0, language="de")
    plain = engine.quote(customer="rossi", date=date(2026, 3, 1), lines=[("TYRE", 48)])
    assert plain.digest == quote.digest and plain != quote


def test_breaks_solutions_replays_and_comparisons(engine: listino.Engine) -> None:
    request = listino.Request("rossi", DAY, [("TYRE", 48), ("FRAME", 1)])
    found, none = engine.next_breaks(request)
    assert none is None and found is not None
    assert (found.more, found.unit_price) == (Decimal(2), Decimal("14.96"))
    solution = engine.solve(request)
    assert solution.concessions[0].amount > 0 and solution.quote.status == "ok"
    assert solution.limits[0].roles == ("chief",)
    one = engine.solve(request, target_total=1200, line=None)
    assert one.quote.totals.net == 1200
    assert engine.solve(request, target_margin=Decimal("30"), line="2").concessions[0].line == "2"
    with pytest.raises(listino.SolveError) as caught:
        engine.solve(request, target_total=1)
    assert caught.value.code == "C0204" and caught.value.details is not None
    quote = engine.quote(request)
    assert engine.replay(request, quote) == quote
    assert engine.replay(request, quote.to_json()) == quote
    with pytest.raises(listino.ReplayError):
        engine.replay(listino.Request("rossi", DAY, [("TYRE", 49)]), quote)
    dearer = json.loads(json.dumps(BOOK).replace('"520"', '"535"'))
    report = engine.diff(listino.Engine(dearer), [request, request])
    assert report.lines == 4 and report.changed == 2
    change = report.by_category["frames"]["EUR"]
    assert change.new_revenue - change.old_revenue == Decimal("25.66")


def test_errors_carry_everything() -> None:
    with pytest.raises(listino.BookError) as caught:
        listino.PriceBook({"v": 1, "currency": "euro", "colour": 5})
    error = caught.value
    assert (error.code, error.path) == ("B0102", "/colour")
    assert error.help and error.message and "B0102" in str(error)
    assert [one.path for one in error.diagnostics] == ["/colour", "/currency"]
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is listino.BookError and again.to_json() == error.to_json()
    with pytest.raises(listino.RequestError) as wrong:
        listino.Engine(BOOK).quote(customer="rossi", date="2026-02-30", lines=[])
    assert (wrong.value.code, wrong.value.path) == ("Q0107", "/date")
    with pytest.raises(listino.CallError):
        listino.Engine(BOOK).call("haggle", "{}")
    tie = json.loads(json.dumps(BOOK))
    tie["price_lists"].append({"id": "other", "prices": {"TYRE": "1"}})
    findings = listino.PriceBook(tie).check()
    assert any(one.severity == "error" and one.related for one in findings)
    with pytest.raises(listino.BookError):
        listino.PriceBook(tie).compile()


def test_wrong_arguments_are_type_errors(engine: listino.Engine) -> None:
    request = listino.Request("rossi", DAY, [])
    for ask in (
        lambda: engine.quote(),  # type: ignore[call-overload]
        lambda: engine.quote(request, customer="rossi"),  # type: ignore[call-overload]
        lambda: engine.solve(request, target_total=1, target_margin=1),
        lambda: engine.quote(customer="rossi", date=DAY, lines=[("TYRE",)]),  # type: ignore[list-item]
    ):
        with pytest.raises(TypeError):
            ask()


def test_books_are_loaded_checked_and_compared(tmp_path: Path, book: listino.PriceBook) -> None:
    path = tmp_path / "book.json"
    path.write_text(book.to_json(), encoding="utf-8")
    again = listino.PriceBook.load(path)
    assert again == book and hash(again) == hash(book) and again.digest == book.digest
    assert book.counts["products"] == 4 and book.name == "Bikes <&> more"
    assert book.compile().digest == book.digest and book.compile().book == book
    path.write_bytes(b"\xff{}")
    with pytest.raises(listino.CallError) as caught:
        listino.PriceBook.load(path)
    assert caught.value.code == "C0001"
    with pytest.raises(FileNotFoundError):
        listino.PriceBook.load(tmp_path / "nothing.json")


def test_books_engines_quotes_and_models_are_pickled(engine: listino.Engine) -> None:
    quote = engine.quote(customer="rossi", date=DAY, lines=[("TYRE", 48)])
    again = pickle.loads(pickle.dumps(engine))
    assert again.quote(customer="rossi", date=DAY, lines=[("TYRE", 48)]) == quote
    assert again.book is None and engine.digest[:8] in again._repr_html_()
    assert pickle.loads(pickle.dumps(quote)) == quote
    book = listino.PriceBook(BOOK)
    assert pickle.loads(pickle.dumps(book)) == book
    assert pickle.loads(pickle.dumps(quote.lines)) == quote.lines
    model = pickle.loads(pickle.dumps(listino.Configurator(MODEL, DAY)))
    assert model.groups == listino.Configurator(MODEL, DAY).groups


def test_an_engine_is_stored_and_loaded(engine: listino.Engine, tmp_path: Path) -> None:
    data = engine.to_bytes()
    assert data == listino.PriceBook(BOOK).compile().to_bytes()
    (tmp_path / "book.listino").write_bytes(data)
    loaded = listino.Engine.load(tmp_path / "book.listino")
    assert loaded.digest == engine.digest and loaded.to_bytes() == data
    request = {"v": 1, "customer": "rossi", "date": "2026-10-05", "lines": []}
    request["lines"] = [{"product": "TYRE", "quantity": "48"}]
    assert loaded.quote(request) == engine.quote(request)
    for wrong, code in [(b"{}", "C0501"), (data[:-1], "C0503"), (b"", "C0501")]:
        with pytest.raises(listino.BookError) as error:
            listino.Engine.from_bytes(wrong)
        assert error.value.code == code
    with pytest.raises(FileNotFoundError):
        listino.Engine.load(tmp_path / "nothing.listino")


def test_threads_share_an_engine(engine: listino.Engine) -> None:
    def ask(quantity: int) -> Decimal:
        return engine.quote(customer="rossi", date=DAY, lines=[("FRAME", quantity)]).payable

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(ask, range(1, 400)))
    assert found == [Decimal("444.60") * quantity for quantity in range(1, 400)]


def test_other_threads_run_while_the_engine_works(engine: listino.Engine) -> None:
    request = listino.to_json(listino.Request("rossi", DAY, [("TYRE", 1)] * 20_000))
    done, started, beats = threading.Event(), threading.Event(), []

    def work() -> None:
        started.set()
        engine.quote(request)
        done.set()

    thread = threading.Thread(target=work)
    thread.start()
    started.wait()
    while not done.is_set():
        beats.append(1)
    thread.join()
    # With the lock of the interpreter held there would be hardly a beat.
    assert len(beats) > 100


MODEL: dict[str, Any] = {
    "id": "bike", "price": "500", "cost": "300",
    "groups": [
        {"id": "frame", "options": [{"id": "alu"}, {"id": "carbon", "price": "900"}]},
        {"id": "brake", "options": [{"id": "rim"}, {"id": "disc", "price": "100"}]},
    ],
    "rules": [{"id": "no-rim", "text": "carbon rims burn", "must": {"excludes": ["carbon", "rim"]}}],
    "bom": {"root": "bike", "items": [{"id": "bike"}, {"id": "wheel", "cost": "50"}],
            "lines": [{"for": "bike", "item": "wheel", "quantity": "2"}]},
}


def test_a_bike_is_configured() -> None:
    model = listino.Configurator(MODEL, date=DAY)
    assert model.groups == [("frame", ["alu", "carbon"]), ("brake", ["rim", "disc"])]
    assert (model.id, model.version, model.is_void) == ("bike", "", False)
    session = model.session()
    assert session.choose("carbon").choices == (listino.UserChoice("carbon"),)
    assert session.state("rim").can_choose == "no"
    assert [one.id for one in session.states()] == ["alu", "carbon", "rim", "disc"]
    why = session.explain("rim")
    assert why is not None and why.rules[0].text == "carbon rims burn"
    assert session.explain("disc") is None
    with pytest.raises(listino.ConfigureError) as caught:
        session.choose("rim")
    assert caught.value.code == "C0403"
    assert session.restorations("rim")[0].give_up == (listino.UserChoice("carbon"),)
    whole = session.complete()
    assert whole.options == ("carbon", "disc") and whole.price == Decimal(1500)
    assert session.best_margin().proved
    parts = session.parts(DAY, 3)
    assert parts.lines[0].for_ == "bike" and parts.lines[0].quantity == 6 and parts.cost == 300
    assert all(isinstance(quantity, Decimal) for _, quantity in parts.totals)
    saved = session.save()
    _, report = model.resume({"model": "bike", "choices": ["carbon", "wood"]})
    assert [lost.choice.option for lost in report.lost] == ["wood"]
    assert report.lost[0].error["code"] == "C0402"
    again, report = model.resume(saved)
    assert report.same_model and report.kept == (listino.UserChoice("carbon"),)
    assert again.restore("rim").gave_up == (listino.UserChoice("carbon"),)
    assert again.undo("rim").choices == () and again.redo().choices == (listino.UserChoice("rim"),)
    again.undo_last()
    change = again.what_if("alu")
    assert change is not None and isinstance(change.price, Decimal)
    assert again.cheapest().price == 500
    assert again.leave_out("carbon").settled
    assert session.step('"save"') == saved


def test_a_configured_line_has_sublines_and_parts() -> None:
    bike = json.loads((ROOT / "examples" / "bike" / "book.json").read_text(encoding="utf-8"))
    offer = json.loads((ROOT / "examples" / "bike" / "offer.json").read_text(encoding="utf-8"))
    engine = listino.PriceBook(bike).compile()
    race = offer["lines"][0]
    line = listino.Line(race["product"], race["quantity"],
                        configuration=listino.LineConfiguration(race["configuration"]["choices"]))
    day = date.fromisoformat(offer["date"])
    quote = engine.quote(listino.Request(offer["customer"], day, [line]))
    configured, price = quote.lines[0].configuration, quote.lines[0].price
    assert configured is not None and price is not None and configured.bom is not None
    parts = sum((one.list_value for one in configured.sublines), configured.base_value)
    assert parts == price.list_value
    assert configured.bom.lines[0].level == 1 and configured.bom.totals
    nothing = listino.LineConfiguration([listino.UserChoice("no-such-option")])
    line = listino.Line(race["product"], 1, configuration=nothing)
    refused = engine.quote(listino.Request(offer["customer"], day, [line])).lines[0].refusal
    assert refused is not None and refused.problem is not None
    assert refused.reason == "configuration" and refused.problem["kind"] == "unknown_option"


def test_what_notebooks_show_is_escaped(engine: listino.Engine) -> None:
    evil = "<script>alert(1)</script>"
    quote = engine.explain(customer="rossi", date=DAY, lines=[{"id": "<b>", "product": evil, "quantity": 1}])
    pages = [quote._repr_html_(), engine._repr_html_()]
    for page in pages:
        assert "<script" not in page and "<b>\"" not in page and "<&>" not in page
    assert "&lt;script&gt;" in pages[0] and "&lt;b&gt;" in pages[0]
    assert "Bikes &lt;&amp;&gt; more" in pages[1]
    refused = engine.quote(customer="rossi", date=DAY, lines=[("SADDLE", 1)])
    assert "no_price" in refused._repr_html_()


def test_a_waterfall_is_drawn(engine: listino.Engine) -> None:
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    quote = engine.quote(customer="rossi", date=DAY, lines=[("TYRE", 48), ("SADDLE", 1)])
    axes = quote.plot()
    shown = [label.get_text() for label in axes.get_yticklabels()]
    assert shown[0] == "list price" and "reseller 10 %" in shown
    assert len(axes.patches) == len(shown)
    assert quote.plot(0, ax=axes) is axes
    with pytest.raises(ValueError):
        quote.plot(1)


def test_reprs_say_what_it_is(engine: listino.Engine, book: listino.PriceBook) -> None:
    quote = engine.quote(customer="rossi", date=DAY, lines=[("TYRE", 48)])
    assert repr(quote) == "Quote(rossi, 2026-10-05, 1 line, 816.48 EUR, ok)"
    assert repr(book) == 'PriceBook("Bikes <&> more", EUR, 4 products, 1 price list, 2 discounts)'
    one = listino.PriceBook({**BOOK, "price_lists": [], "discounts": BOOK["discounts"][:1]})
    assert repr(one).endswith("0 price lists, 1 discount)")
    assert repr(engine) == f"Engine({engine.digest[:8]})"
    assert repr(quote.totals).startswith("Totals(list_value=Decimal('955.2')")


def schema(name: str, definition: str | None = None) -> dict[str, Any]:
    whole = json.loads((ROOT / "schema" / f"{name}.json").read_text(encoding="utf-8"))
    return whole if definition is None else whole["$defs"][definition]  # type: ignore[no-any-return]


@pytest.mark.parametrize("kind", [
    _model.Request, _model.Line, _model.ManualDiscount, _model.CouponUse, _model.RampStep,
    _model.Window, _model.QuoteLine, _model.LinePrice, _model.Margin, _model.LineTax, _model.Step,
    _model.Considered, _model.CouponOutcome, _model.Totals, _model.DocumentDiscount,
    _model.TaxBreakdown, _model.Approval, _model.UserChoice, _model.LineConfiguration,
    _model.ConfiguredLine, _model.SubLine, _model.ExplodedBom, _model.BomLine, _model.BomTotal,
])
def test_fields_have_the_names_of_the_schema(kind: Any) -> None:
    inputs = (_model.Line, _model.ManualDiscount, _model.CouponUse, _model.RampStep, _model.Window,
              _model.LineConfiguration)
    if kind is _model.Request:
        wanted = set(schema("request")["properties"]) - {"v"}
    else:
        written = {_model.Line: "RequestLine", _model.UserChoice: "WrittenChoice"}
        name = written.get(kind, kind.__name__)
        wanted = set(schema("request" if kind in inputs else "quote", name)["properties"])
    assert {one.name.rstrip("_") for one in dataclasses.fields(kind)} == wanted


def test_a_quote_has_the_fields_of_the_schema() -> None:
    wanted = set(schema("quote")["properties"]) - {"v"}
    assert wanted <= set(dir(listino.Quote))


def test_the_examples_in_the_docstrings_run() -> None:
    tried = 0
    for module in (listino, listino._errors, listino._model):
        result = doctest.testmod(module)
        assert result.failed == 0, module
        tried += result.attempted
    assert tried >= 8


def test_every_public_thing_is_documented() -> None:
    for name in listino.__all__:
        thing = getattr(listino, name)
        assert thing.__doc__ and not thing.__doc__.startswith(f"{name}("), name
        for attribute in vars(thing) if isinstance(thing, type) else ():
            member = getattr(thing, attribute)
            if callable(member) and not attribute.startswith("_"):
                assert member.__doc__, f"{name}.{attribute}"


def test_what_counts_as_an_integer_and_as_a_text(engine: listino.Engine) -> None:
    class Count:
        """An integer of another library."""

        def __index__(self) -> int:
            return 48

    expected = engine.quote(customer="rossi", date=DAY, lines=[("TYRE", 48)]).to_json()
    one: Any = Count()
    assert engine.quote(customer="rossi", date=DAY, lines=[("TYRE", one)]).to_json() == expected
    request = {"v": 1, "customer": "rossi", "date": DAY, "lines": [("TYRE", 48)]}
    text: Any = bytearray(listino.to_json(request).encode())
    assert engine.quote(text).to_json() == expected


def test_why_not_needs_the_candidates(engine: listino.Engine) -> None:
    asked: dict[str, Any] = {"customer": "rossi", "date": DAY, "lines": [("TYRE", 48)]}
    with pytest.raises(ValueError, match=r"engine\.explain"):
        engine.quote(**asked).why_not(0, "autumn")
    explained = engine.explain(**asked)
    assert "was not considered" in explained.why_not(0, "nonsense")
    assert explained.sentences(-1) == explained.sentences(0) == explained.sentences("1")
    with pytest.raises(KeyError):
        explained.sentences(-2)


def test_files_are_named_by_what_is_wrong_with_them(tmp_path: Path, engine: listino.Engine) -> None:
    for load in (listino.PriceBook.load, listino.Engine.load):
        with pytest.raises(FileNotFoundError) as missing:
            load(tmp_path / "none.json")
        assert missing.value.filename == str(tmp_path / "none.json")
    compiled = tmp_path / "book.listino"
    compiled.write_bytes(engine.to_bytes())
    with pytest.raises(listino.ListinoError, match=r"Engine\.load"):
        listino.PriceBook.load(compiled)


def test_a_margin_of_nothing_is_shown() -> None:
    engine = listino.Engine({
        "v": 1, "currency": "EUR", "customers": {"C": {}}, "products": {"P": {"cost": 5}},
        "price_lists": [{"id": "base", "prices": {"P": "5"}}],
    })
    html = engine.quote(customer="C", date=DAY, lines=[("P", 1)])._repr_html_()
    assert ">0</td></tr>" in html


def test_every_integer_of_the_wire_model_is_written_as_one() -> None:
    def integers(schema: Any) -> set[str]:
        if isinstance(schema, list):
            return set().union(*map(integers, schema))
        if not isinstance(schema, dict):
            return set()

        def is_integer(field: Any) -> bool:
            kinds = field.get("type", []) if isinstance(field, dict) else []
            return "integer" in ([kinds] if isinstance(kinds, str) else kinds)

        own = {name for name, field in schema.get("properties", {}).items() if is_integer(field)}
        return own.union(*map(integers, schema.values()))

    files = sorted((ROOT / "schema").glob("*.json"))
    names = set().union(*(integers(json.loads(file.read_text())) for file in files))
    assert {"level", "max_uses", "used"} <= names
    for name in names:
        assert listino.to_json({name: 7}) == f'{{"{name}":7}}'


def test_text_stands_for_one_value(engine: listino.Engine) -> None:
    request = listino.Request("rossi", DAY, [("TYRE", 48)])
    text = listino.to_json(request)
    quote = engine.quote(request)
    assert engine.replay(request, json.loads(quote.to_json())) == quote
    more = text + ',"line":"1"'
    for attempt in (
        lambda: engine.solve(more),
        lambda: engine.diff(engine, [f"{text},{text}"]),
        lambda: engine.replay(more, quote),
    ):
        with pytest.raises(listino.ListinoError):
            attempt()


def test_a_line_is_configured_at_the_prices_of_its_customer() -> None:
    book = {
        "v": 1, "currency": "EUR", "customers": {"C": {}}, "products": {"lamp": {"model": "lamp"}},
        "models": [{"id": "lamp", "groups": [{"id": "colour", "options": [
            {"id": "red"}, {"id": "gold", "price": 20}]}]}],
        "price_lists": [{"id": "base", "prices": {"lamp": 50}}],
    }
    engine = listino.PriceBook(book).compile()
    request = listino.Request("C", DAY, [("lamp", 1)])
    session = engine.configure(request, line="1")
    session.choose("gold")
    assert session.complete().price == Decimal(70)
    with pytest.raises(listino.ListinoError):
        engine.configure(request, line="2")
