"""The answer to a story, kept in ``response.json`` so that it never grows old.

What differs from call to call is written as a placeholder: identifiers as ``{{uuid}}``, the version of the
knowledge as ``{{knowledge}}``, and every date as the date of the request that it shows, in one of the forms
below: ``{{now-40d|short}}`` is "11 Oct". So a kept answer also says where each of its dates comes from; a
date that is not in the request cannot be kept.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from itertools import product
from typing import Any, TypeAlias

from cds.stories import fill_in

Json: TypeAlias = dict[str, Any]
Form: TypeAlias = Callable[[datetime, datetime], str]

WIDTH = 150
UUID = "{{uuid}}"
KNOWLEDGE = "{{knowledge}}"

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DATE = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ|\d{4}-\d\d-\d\d"
    rf"|\d{{1,2}} (?:{'|'.join(_MONTHS)})\b(?: \d{{4}})?(?: \d\d:\d\d UTC)?"
)
_IN_REQUEST = re.compile(r"\{\{((?:now|today)(?:[+-]\d+[mhdw])?)\}\}")
_KEPT = re.compile(r"\{\{((?:now|today)(?:[+-]\d+[mhdw])?)\|(\w+)\}\}")


def _day(at: datetime) -> str:
    return f"{at.day} {_MONTHS[at.month - 1]} {at.year}"


FORMS: Mapping[str, Form] = {
    "instant": lambda at, _: f"{at:%Y-%m-%dT%H:%M:%SZ}",
    "date": lambda at, _: f"{at:%Y-%m-%d}",
    "minute": lambda at, _: f"{_day(at)} {at:%H:%M} UTC",
    "short": lambda at, now: _day(at).removesuffix(f" {now.year}"),
    "day": lambda at, _: _day(at),
}


class NotKeptError(Exception):
    """The answer holds something that changes from day to day and is no date of the request."""


def without_uuids(answer: Any) -> Any:
    """The answer with every identifier of ours as ``{{uuid}}``."""
    if isinstance(answer, dict):
        return {name: UUID if name == "uuid" else without_uuids(member) for name, member in answer.items()}
    return [without_uuids(each) for each in answer] if isinstance(answer, list) else answer


def keep(answers: Mapping[datetime, Json], request: str, knowledge: str) -> str:
    """The text of ``response.json`` for one story.

    Args:
        answers: the answer at two moments or more that differ in day, month and year.
        request: ``request.json`` as written, with its placeholders.
        knowledge: the version of the knowledge that the answers name.

    Raises ``NotKeptError`` when they differ in more than the dates of the request.
    """
    texts = {
        now: written(without_uuids(answer)).replace(knowledge, KNOWLEDGE) for now, answer in answers.items()
    }
    plain, *others = (_DATE.split(text) for text in texts.values())
    if any(other != plain for other in others):
        raise NotKeptError("the words differ, not only the dates")
    slots = zip(*(_DATE.findall(text) for text in texts.values()), strict=True)
    # of two dates on one day the one of a result says more than the moment of the call
    found = {*_IN_REQUEST.findall(request), "now"}
    moments = sorted(found, key=lambda moment: (moment in {"now", "today"}, moment))
    kept = [_placeholder(dict(zip(texts, slot, strict=True)), moments) for slot in slots]
    return "".join(part for pair in zip(plain, [*kept, ""], strict=True) for part in pair) + "\n"


def told_again(kept: str, now: datetime, knowledge: str) -> Any:
    """The answer that ``response.json`` promises at ``now``."""

    def date(found: re.Match[str]) -> str:
        return FORMS[found[2]](_moment(found[1], now), now)

    return json.loads(_KEPT.sub(date, kept).replace(KNOWLEDGE, knowledge))


def _placeholder(dates: Mapping[datetime, str], moments: list[str]) -> str:
    for moment, (form, write) in product(moments, FORMS.items()):
        if all(write(_moment(moment, now), now) == date for now, date in dates.items()):
            return f"{{{{{moment}|{form}}}}}"
    if len(set(dates.values())) == 1:
        return next(iter(dates.values()))  # the same on every day: a date of the knowledge
    raise NotKeptError(f"{' / '.join(dates.values())} is no date of the request")


def _moment(placeholder: str, now: datetime) -> datetime:
    instant = placeholder.replace("today", "now", 1)
    return datetime.fromisoformat(fill_in(f"{{{{{instant}}}}}", now)).astimezone(UTC)


def written(value: Any, indent: int = 0) -> str:
    """JSON as people read it: what is short stands on one line, and a lone item beside its bracket."""
    line = json.dumps(value, ensure_ascii=False)
    if not value or not isinstance(value, dict | list) or len(line) <= WIDTH:
        return line
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    depth = indent if len(value) == 1 else indent + 2
    if isinstance(value, dict):
        parts = [f"{json.dumps(name)}: {written(member, depth)}" for name, member in value.items()]
    else:
        parts = [written(each, depth) for each in value]
    if len(parts) == 1:
        return f"{opening}{parts[0]}{closing}"
    inner = f",\n{' ' * depth}".join(parts)
    return f"{opening}\n{' ' * depth}{inner}\n{' ' * indent}{closing}"
