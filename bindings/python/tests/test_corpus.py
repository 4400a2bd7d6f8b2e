"""The corpus: every call answers with the bytes of every other language."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import listino
import pytest

CASES = Path(__file__).parents[3] / "crates/conformance/cases"


def outcome(ask: Any) -> dict[str, str]:
    try:
        return {"answer": ask()}
    except listino.ListinoError as error:
        return {"error": error.to_json()}


def answers(family: dict[str, Any], case: dict[str, Any]) -> list[dict[str, str]]:
    books = family.get("books", {})
    call = case["call"]
    if call == "configure":
        made = outcome(lambda: listino.Configurator(family["models"][case["model"]], case["date"]))
        if "error" in made:
            return [made]
        session = listino.Configurator(family["models"][case["model"]], case["date"]).session()
        return [outcome(lambda step=step: session.step(step["input"])) for step in case["steps"]]
    if call == "check":
        return [outcome(lambda: listino.check_json(books[case["book"]]))]

    def ask() -> str:
        if call == "from_bytes":
            return listino.Engine.from_bytes(bytes.fromhex(case["input"])).digest
        engine = listino.PriceBook(books[case["book"]]).compile()
        if call == "compile":
            return engine.digest
        if call == "to_bytes":
            return engine.to_bytes().hex()
        if call == "diff":
            return engine.diff_json(listino.Engine(books[case["other"]]), case["input"])
        return engine.call(call, case["input"])

    return [outcome(ask)]


@pytest.mark.parametrize("path", sorted(CASES.glob("*.json")), ids=lambda path: path.stem)
def test_family(path: Path) -> None:
    family = json.loads(path.read_text(encoding="utf-8"))
    for case in family["cases"]:
        wanted = [
            {key: one[key] for key in ("answer", "error") if key in one}
            for one in ([case] if "answer" in case or "error" in case else case["steps"])
        ]
        assert answers(family, case) == wanted, case["name"]


def test_the_corpus_is_there() -> None:
    families = [json.loads(path.read_text(encoding="utf-8")) for path in CASES.glob("*.json")]
    assert sum(len(family["cases"]) for family in families) >= 1_000
