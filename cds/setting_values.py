"""How the text of a setting becomes its value; a ``ValueError`` has words that follow the setting's name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args
from urllib.parse import urlsplit

_ORIGIN = re.compile(r"https?://[A-Za-z0-9.\-]+(?::\d{1,5})?|https?://\[[0-9A-Fa-f:]+\](?::\d{1,5})?")
IN_MEMORY = "memory"
_PASSWORD = re.compile(r"(://[^/:@\s]*):.*@")
_PASSWORD_AS_PARAMETER = re.compile(r"([?&]password=)[^&]*")
_DECIMAL = re.compile(r"\d{1,6}(\.\d{1,6})?", re.ASCII)


def one_of(literal: object) -> Callable[[str], str]:
    """One of the words of a ``Literal``."""
    words = get_args(literal)

    def parse(text: str) -> str:
        if text not in words:
            raise ValueError(f"must be one of {', '.join(words)}")
        return text

    return parse


def whole(low: int, high: int) -> Callable[[str], int]:
    """A whole number, both ends included."""

    def parse(text: str) -> int:
        if not text.isascii() or not text.isdigit() or not low <= int(text) <= high:
            raise ValueError(f"must be a whole number from {low} to {high}")
        return int(text)

    return parse


def seconds(low: float, high: float) -> Callable[[str], float]:
    """A number of seconds such as ``0.5``, both ends included."""

    def parse(text: str) -> float:
        if not _DECIMAL.fullmatch(text) or not low <= float(text) <= high:
            raise ValueError(f"must be a number of seconds from {low:g} to {high:g}")
        return float(text)

    return parse


def yes_or_no(text: str) -> bool:
    """1 or 0, or the words for them."""
    words = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
    if text.lower() not in words:
        raise ValueError("must be 1 or 0 (true or false, yes or no)")
    return words[text.lower()]


def read_instant(text: str) -> datetime:
    """An instant such as ``2026-11-20T12:00:00Z`` in UTC; ``ValueError`` when it has no zone or is none."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise ValueError("must be an instant with a zone, such as 2026-11-20T12:00:00Z")
    return instant.astimezone(UTC)


def readable_file(text: str) -> Path:
    """A file that is there and can be read."""
    try:
        with Path(text).open("rb"):
            return Path(text)
    except OSError:
        raise ValueError("must be a file that can be read") from None


def base_url(text: str) -> str:
    """A plain web address, without a slash at its end."""
    url = urlsplit(text)
    if url.scheme not in {"http", "https"} or not url.hostname or url.username or url.query or url.fragment:
        raise ValueError("must be a plain http or https address, such as https://cds.example.org/leuko")
    return text.rstrip("/")


def base_urls(text: str) -> tuple[str, ...]:
    """Plain web addresses, parted by commas."""
    return tuple(base_url(part.strip()) for part in text.split(",") if part.strip())


def origins(text: str) -> tuple[str, ...]:
    """Origins of browsers, such as ``https://ehr.example.org``, parted by commas; never ``*``."""
    found = tuple(part.strip() for part in text.split(",") if part.strip())
    if not all(_ORIGIN.fullmatch(origin) for origin in found):
        raise ValueError("must be origins such as https://ehr.example.org:8443, without a path and never *")
    return found


def database_url(text: str) -> str:
    """``sqlite:///FILE``, ``postgresql+psycopg://...`` (``postgresql://`` means the same), or ``memory``."""
    if text == IN_MEMORY:
        return text
    for start in ("postgresql://", "postgres://"):
        if text.startswith(start):
            text = "postgresql+psycopg://" + text.removeprefix(start)
    if not text.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise ValueError("must begin with sqlite:/// or postgresql://, or be memory")
    return text


def read_secret_files(
    environment: Mapping[str, str], variables: Iterable[str]
) -> tuple[dict[str, str], list[str]]:
    """What stands in the files that ``..._FILE`` name, by variable, and what is wrong with them."""
    found: dict[str, str] = {}
    problems = []
    for variable in variables:
        path = environment.get(f"{variable}_FILE", "").strip()
        if path and environment.get(variable, "").strip():
            problems.append(f"{variable} and {variable}_FILE are both set: remove one of the two")
        elif path:
            try:
                found[variable] = Path(path).read_text("utf-8")
            except (OSError, UnicodeDecodeError) as error:
                problems.append(f"{variable}_FILE cannot be read ({type(error).__name__}): {path}")
    return found, problems


def sink(text: str) -> str:
    """``off``, ``stdout``, or the absolute path of a file."""
    if text not in {"off", "stdout"} and not text.startswith("/"):
        raise ValueError("must be off, stdout, or a file by its whole path")
    return text


def redacted(text: str) -> str:
    """``text`` without the password of an address in it."""
    return _PASSWORD_AS_PARAMETER.sub(r"\1***", _PASSWORD.sub(r"\1:***@", text))


def written(value: object) -> str:
    """A value as it is written in the environment."""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, tuple):
        return ",".join(value)
    return "" if value is None else str(value)
