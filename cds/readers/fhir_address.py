"""Which address of a FHIR server may be asked, and no other.

A request names its FHIR server, and a page names the next one; both are only compared with an address that
the hospital has listed. What is contacted is always written as in the list. Whatever can be read in two ways
(user names, backslashes, empty or dotted path segments, a host with a dot at its end, characters beyond
ASCII) is refused rather than understood.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import AddressValueError, IPv6Address
from typing import NamedTuple
from urllib.parse import quote, urljoin, urlsplit

_PLAIN = re.compile(r"[!-~]+")  # printable ASCII without spaces
_HOST = re.compile(r"[a-z0-9_]([a-z0-9_\-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_\-]*[a-z0-9_])?)*")
_DEFAULT_PORTS = {"http": 80, "https": 443}
_SEARCH_SIGNS = "\\$,|"  # FHIR's search has four signs of its own, which a backslash makes plain


class _Place(NamedTuple):
    scheme: str
    host: str
    port: int
    path: str


def find_listed(server: str, listed: Iterable[str]) -> str:
    """The address of the list that ``server`` means, without a slash at its end; empty if none does."""
    wanted = _base(server)
    if wanted is None:
        return ""
    return next((base.rstrip("/") for base in listed if _base(base) == wanted), "")


def inside(base: str, link: str, seen_at: str) -> str:
    """The address that ``link`` leads to, if it is of the same server and below ``base``; else empty.

    Args:
        base: a listed address.
        link: as a Bundle gives it, absolute or relative.
        seen_at: where that Bundle was asked for.
    """
    home = _base(base)
    if home is None or not _PLAIN.fullmatch(link) or "\\" in link or "#" in link:
        return ""
    try:
        absolute = urljoin(seen_at, link)
    except ValueError:
        return ""
    address, _, query = absolute.partition("?")
    place = _place(address)
    if place is None or place[:3] != home[:3] or not f"{place.path}/".startswith(f"{home.path}/"):
        return ""
    below = place.path[len(home.path) :]
    return f"{base.rstrip('/')}{below}{'?' if query else ''}{query}"


def fill_in(template: str, patient_id: str) -> str:
    """A query for one patient; empty if that id cannot stand in an address.

    Nothing in the id can leave its place: not the path, not the parameter, not the one value of it.
    """
    if not patient_id.strip("."):
        return ""  # "." and ".." would be steps in the path
    path, mark, query = template.partition("?")
    in_token = "".join(f"\\{sign}" if sign in _SEARCH_SIGNS else sign for sign in patient_id)
    name = "{{context.patientId}}"
    return path.replace(name, _quoted(patient_id)) + mark + query.replace(name, _quoted(in_token))


def _quoted(text: str) -> str:
    return quote(text.encode("utf-8", "replace"), safe="")


def _base(address: str) -> _Place | None:
    address = address.strip(" ")
    return None if "?" in address else _place(address.rstrip("/"))


def _place(address: str) -> _Place | None:
    """Where a plain address leads; ``None`` for one that is not plain."""
    if not _PLAIN.fullmatch(address) or any(sign in address for sign in "\\@#?"):
        return None
    try:
        url = urlsplit(address)
        scheme, host, port = url.scheme.lower(), url.hostname or "", url.port
    except ValueError:
        return None
    if scheme not in _DEFAULT_PORTS or url.netloc.endswith(":") or port == 0:
        return None
    host = _ipv6(host) if ":" in host else host if _HOST.fullmatch(host) else ""
    segments = url.path.split("/")[1:]
    if (
        not host
        or _hides_a_step(url.path)
        or any(_is_step(segment) for segment in segments[:-1])
        or _is_dots(segments[-1:])
    ):
        return None
    return _Place(scheme, host, port or _DEFAULT_PORTS[scheme], url.path)


def _ipv6(host: str) -> str:
    try:
        return "" if "%" in host else IPv6Address(host).compressed
    except AddressValueError:
        return ""


def _is_step(segment: str) -> bool:
    return not segment or _is_dots([segment])


def _hides_a_step(path: str) -> bool:
    """Whether somebody who undoes the percent signs once more would find other segments in it."""
    return any(sign in path.lower() for sign in ("%2f", "%5c"))


def _is_dots(segments: list[str]) -> bool:
    return any(segment.lower().replace("%2e", ".") in {".", ".."} for segment in segments)
