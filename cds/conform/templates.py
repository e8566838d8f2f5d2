"""Prefetch templates: their tokens, and what a client makes of them."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

USER_TOKENS = {
    "userPractitionerId": "Practitioner",
    "userPractitionerRoleId": "PractitionerRole",
    "userPatientId": "Patient",
    "userRelatedPersonId": "RelatedPerson",
}
_TOKEN = re.compile(r"\{\{(.*?)\}\}")


def tokens_of(template: str) -> list[str]:
    """What stands between double braces, trimmed."""
    return [token.strip() for token in _TOKEN.findall(template)]


def is_search(template: str) -> bool:
    """Whether it is a search; if not, it reads one resource."""
    return "?" in template or not ("/" in template or "{{" in template)


def fill_in(template: str, context: dict[str, Any]) -> str | None:
    """The query that a client of CDS Hooks 2.0 makes of it; ``None`` if a token means nothing to it."""
    values = {token: _value(token, context) for token in tokens_of(template)}
    if None in values.values():
        return None
    return _TOKEN.sub(lambda found: quote(values[found[1].strip()] or "", safe="/,"), template)


def _value(token: str, context: dict[str, Any]) -> str | None:
    if token in USER_TOKENS:
        kind, _, identity = str(context.get("userId", "")).rpartition("/")
        return identity if kind.rpartition("/")[2] == USER_TOKENS[token] else None
    value = context.get(token.removeprefix("context.")) if token.startswith("context.") else None
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return ",".join(each.rpartition("/")[2] for each in value)
    return value if isinstance(value, str) else None
