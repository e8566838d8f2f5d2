"""TOML that somebody else has written: a document that can be handled, or an error that can be told."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from typing import Any

_DEEPEST = 50  # tables and lists inside each other; what is deeper, other code could not even show
_WHOLE = range(-(2**63), 2**63)  # what TOML knows; a longer one Python will not write out
_TOO_DEEP = f"tables or lists are nested more than {_DEEPEST} deep"
_TOO_LONG = "a number is too long"


def parse_toml_text(text: str, parse_float: Callable[[str], Any] = float) -> dict[str, Any]:
    """The document in ``text``. Raises ``ValueError`` if it is none, whatever stands in it.

    A byte order mark, which some editors of Windows put first, is passed over.
    """
    try:
        document = tomllib.loads(text.removeprefix("\ufeff"), parse_float=parse_float)
    except tomllib.TOMLDecodeError:
        raise
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None
    except (ValueError, ArithmeticError):  # more digits than Python reads, or than a Decimal holds
        raise ValueError(_TOO_LONG) from None
    _check(document)
    return document


def _check(document: dict[str, Any]) -> None:
    """Level by level, since what is to be found here cannot be walked through by recursion."""
    level: list[Any] = [document]
    for _ in range(_DEEPEST):
        inner: list[Any] = []
        for each in level:
            inner += each.values() if isinstance(each, dict) else each
        if any(isinstance(each, int) and each not in _WHOLE for each in inner):
            raise ValueError(_TOO_LONG)
        level = [each for each in inner if isinstance(each, dict | list)]
        if not level:
            return
    raise ValueError(_TOO_DEEP)
