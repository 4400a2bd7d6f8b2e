"""Exceptions: a code that stays, the fact, the place, the mend, everything else that was found."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from ._model import Diagnostic, _diagnostic


class ListinoError(Exception):
    """Why there is no answer.

    >>> import listino
    >>> try:
    ...     listino.PriceBook({"v": 1, "currency": "euro"})
    ... except listino.BookError as error:
    ...     print(error.code, error.path, error.message)
    B0109 /currency `euro` is not a currency code
    """

    #: The stable code, such as `B0109`; `docs/DIAGNOSTICS.md` lists them.
    code: str
    #: The fact.
    message: str
    #: The place in the input, as a JSON pointer; empty for the whole.
    path: str
    #: What to do about it.
    help: str | None
    #: What else a machine may want to know: the refusal, the approvals, the reasons.
    details: Mapping[str, Any] | None
    #: Every finding about a book, a request or a model that cannot be used.
    diagnostics: tuple[Diagnostic, ...]

    def __init__(self, envelope: str) -> None:
        found = json.loads(envelope)
        self._envelope = envelope
        self.code = found["code"]
        self.message = found["message"]
        self.path = found["path"]
        self.help = found.get("help")
        self.details = found.get("details")
        self.diagnostics = tuple(_diagnostic(one) for one in found.get("diagnostics", ()))
        text = f"[{self.code}] {self.message}"
        if self.path:
            text += f"\n  at {self.path}"
        more = len(self.diagnostics) - 1
        if more > 0:
            text += f"\n  and {more} more in `diagnostics`"
        if self.help:
            text += f"\n  help: {self.help}"
        super().__init__(text)

    def to_json(self) -> str:
        """The error as JSON: the bytes are those of every other language."""
        return self._envelope

    def __reduce__(self) -> tuple[Callable[[str], ListinoError], tuple[str]]:
        return _from_json, (self._envelope,)


class BookError(ListinoError):
    """A book that cannot be used."""


class RequestError(ListinoError):
    """A request that cannot be read or answered."""


class CallError(ListinoError):
    """A call that does not have the form it needs."""


class PriceError(ListinoError):
    """A line that has no price; `details["refusal"]` says why."""


class SolveError(ListinoError):
    """The solver has no answer; `details` says what stands against one."""


class ReplayError(ListinoError):
    """A quote that does not come out again."""


class ConfigureError(ListinoError):
    """A model that is not valid, or a choice that cannot stand; `details` explains it."""


class FrameError(ListinoError):
    """A frame that cannot be priced: its columns (`diagnostics`), or a row (`details["row"]`)."""


_CLASSES = {
    "B": BookError, "Q": RequestError, "C00": CallError, "C01": PriceError, "C02": SolveError,
    "C03": ReplayError, "C04": ConfigureError, "C05": BookError, "C06": FrameError,
}


def _from_json(envelope: str) -> ListinoError:
    code = json.loads(envelope)["code"]
    kind = _CLASSES.get(code[:1]) or _CLASSES.get(code[:3]) or ListinoError
    return kind(envelope)
