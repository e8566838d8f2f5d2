"""JSON as strictly as RFC 8259 has it, and what may stand in an answer of CDS Hooks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NoReturn
from urllib.parse import SplitResult, urlsplit

_SHOWN = 160  # characters of what a service sent, in a message


def read_json(body: bytes) -> Any:
    """The value of ``body``. Raises ``ValueError`` with the reason if it is no JSON."""
    if body.startswith(b"\xef\xbb\xbf"):
        raise ValueError("it begins with a byte order mark")
    try:
        return json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8") from None
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def find_empty(value: Any, place: str = "") -> Iterator[tuple[str, str]]:
    """Place and kind of every ``null``, ``""``, ``[]`` and ``{}`` in ``value``."""
    if value is None:
        yield place, "null"
    elif value in ("", [], {}) and not isinstance(value, bool | int | float):
        yield place, json.dumps(value)
    elif isinstance(value, dict):
        for name, member in value.items():
            yield from find_empty(member, f"{place}.{name}".lstrip("."))
    elif isinstance(value, list):
        for at, member in enumerate(value):
            yield from find_empty(member, f"{place}[{at}]")


def without(value: Any, name: str) -> Any:
    """``value`` without any member of this name, however deep."""
    if isinstance(value, dict):
        return {key: without(member, name) for key, member in value.items() if key != name}
    return [without(each, name) for each in value] if isinstance(value, list) else value


def is_text(value: Any) -> bool:
    """Whether ``value`` is a string that says something."""
    return isinstance(value, str) and bool(value.strip())


def objects(value: Any) -> Iterator[tuple[int, dict[str, Any]]]:
    """The objects of a list with their places; nothing of what is no list."""
    for at, each in enumerate(value if isinstance(value, list) else ()):
        if isinstance(each, dict):
            yield at, each


def plain(text: str) -> str:
    """On one line, without what could steer a terminal."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())


def is_coding(value: Any) -> bool:
    """Whether ``value`` has what every Coding of CDS Hooks needs."""
    return isinstance(value, dict) and is_text(value.get("code")) and is_text(value.get("system"))


def is_absolute(url: Any) -> bool:
    """Whether ``url`` names its scheme and host."""
    parts = split_url(url)
    return bool(parts.scheme) and bool(parts.netloc)


def split_url(text: Any) -> SplitResult:
    """The parts of a URL; all of them empty if ``text`` is none."""
    try:
        return urlsplit(text if isinstance(text, str) else "")
    except ValueError:
        return urlsplit("")


def shown(value: Any) -> str:
    """What a service sent, on one short line without control characters; bytes as text, else as JSON."""
    text = (
        value.decode("utf-8", "replace")
        if isinstance(value, bytes)
        else json.dumps(value, ensure_ascii=False)
    )
    line = plain(text)
    return line if len(line) <= _SHOWN else f"{line[:_SHOWN]}…"


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")
