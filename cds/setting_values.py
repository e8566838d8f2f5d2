"""How the text of a setting becomes its value; a ``ValueError`` has words that follow the setting's name."""

from __future__ import annotations

import ipaddress
import re
import ssl
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args
from urllib.parse import urlsplit

_ORIGIN = re.compile(r"https?://[A-Za-z0-9.\-]+(?::\d{1,5})?|https?://\[[0-9A-Fa-f:]+\](?::\d{1,5})?")
IN_MEMORY = "memory"
_PASSWORD = re.compile(r"(://[^/:@\s]*):.*@")
_PASSWORD_AS_PARAMETER = re.compile(r"([?&][^=&]*password=)[^&]*", re.IGNORECASE)
_PLACE = re.compile(  # as SQLAlchemy parts it
    r"[^:]+://(?:[^:/]*(?::[^@]*)?@)?(?P<host>\[[^/?]*\]|[^/:?]*)(?::(?P<port>[^/?]*))?(?:[/?].*)?", re.DOTALL
)
_PORTS = range(1, 65536)
_YEARS = range(1900, 3000)  # in which days can be counted to both sides
_PLAIN = re.compile(r"[!#-;=?-\[\]_a-z~]+")  # of printable ASCII what an address may hold
_HOST = re.compile(r"[A-Za-z0-9_.\-]+")
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
    if instant is None or instant.tzinfo is None or instant.year not in _YEARS:
        raise ValueError("must be an instant with a zone, such as 2026-11-20T12:00:00Z")
    return instant.astimezone(UTC)


def readable_file(text: str) -> Path:
    """A file that is there and can be read."""
    try:
        with Path(text).open("rb"):
            return Path(text)
    except OSError:
        raise ValueError("must be a file that can be read") from None


def certificates(text: str) -> Path:
    """A file with certificates of authorities."""
    file = readable_file(text)
    known = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    with suppress(ssl.SSLError):
        known.load_verify_locations(file)
    if not known.cert_store_stats()["x509"]:
        raise ValueError("must be a PEM file of certificates")
    return file


def listening_host(text: str) -> str:
    """A name or an address of this machine; that of IPv6 may stand in brackets."""
    host = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    if ":" in host and _is_address(host):
        return host
    if host != text or not _HOST.fullmatch(host):
        raise ValueError(
            "must be one name or address of this machine, without a port, such as 127.0.0.1 or ::1"
        )
    return host


def _is_address(text: str) -> bool:
    try:
        return bool(ipaddress.ip_address(text))
    except ValueError:
        return False


def base_url(text: str) -> str:
    """A plain web address, without a slash at its end."""
    if not _is_plain(text):
        raise ValueError("must be a plain http or https address, such as https://cds.example.org/leuko")
    return text.rstrip("/")


def _is_plain(text: str) -> bool:
    try:
        url = urlsplit(text)
        port = url.port
    except ValueError:  # no IPv6, or no port
        return False
    is_web = url.scheme in {"http", "https"} and bool(url.hostname) and _PLAIN.fullmatch(text) is not None
    return (
        is_web and (port is None or port in _PORTS) and not ("@" in url.netloc or url.query or url.fragment)
    )


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
    if text.startswith("sqlite:///"):
        _check_file(text.removeprefix("sqlite:///"))
    else:
        _check_place(text)
    return text


def _check_file(name: str) -> None:
    if name in {"", ":memory:"} or name.startswith("file:"):
        raise ValueError(f"must name a file after sqlite:///; what is kept in no file is called {IN_MEMORY}")
    if "?" in name:
        raise ValueError("must have nothing behind the file of sqlite:///: it takes no parameters")


def _check_place(url: str) -> None:
    place = _PLACE.fullmatch(url)
    host, port = (place["host"], place["port"]) if place is not None else ("@", "")
    if "@" in host:
        raise ValueError("must be postgresql://USER:PASSWORD@HOST/NAME, with %40 for an @ in the password")
    if port and not (port.isascii() and port.isdigit() and len(port) < 6 and int(port) in _PORTS):
        raise ValueError("must have a port from 1 to 65535 after its host, or none")


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
    return _PASSWORD.sub(r"\1:***@", _PASSWORD_AS_PARAMETER.sub(r"\1***", text))


def written(value: object) -> str:
    """A value as it is written in the environment."""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, tuple):
        return ",".join(value)
    return "" if value is None else str(value)
