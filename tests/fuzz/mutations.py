"""Real requests, spoilt: members left out, doubled, exchanged, of another type, out of all measure."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from random import Random
from typing import Any

from tests.fixture_stories import story_folders, tell

Json = Any
Holder = dict[str, Any] | list[Any]
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)

# What senders get wrong, and what breaks those who read it: one of these may stand anywhere.
JUNK: Sequence[Json] = (
    None,
    True,
    False,
    0,
    -1,
    10**18,
    10**400,
    -0.0,
    1e308,
    5e-324,
    "",
    " ",
    "x",
    "0",
    "<0.1",
    ">=1e999",
    "1,9",
    "1e-400",
    "NaN",
    "Infinity",
    "٣",
    "2026-02-30",
    "2026-13",
    "0000-00-00T00:00:00Z",
    "9999-12-31T23:59:60+14:00",
    "2026-11-20T08:00",
    "20261120",
    "\u0000\u202e\ufffe",
    "\U0001f9ec" * 40,
    "a" * 5000,
    "Patient/",
    "#",
    "urn:uuid:",
    "http://[",
    "//x/../..",
    "{{context.patientId}}",
    "<img src=x onerror=alert(1)>",
    "| a | b |\n|---|---|",
    [],
    {},
    [[]],
    [None],
    [{}],
    {"": None},
    {"resourceType": "Bundle"},
    {"resourceType": "Observation"},
    {"resourceType": "OperationOutcome"},
    {"resourceType": ""},
    {"resourceType": 3},
    {"coding": [{}], "text": ""},
    {"value": "1.9", "unit": "10*9/L"},
    {"value": 1e400, "code": "%"},
    {"reference": ""},
    {"start": "2026", "end": "2025"},
)
LINKS = ("self", "next", "previous", "")


def requests() -> list[Json]:
    """The requests of all stories that are answered."""
    return [tell(folder, NOW).request for folder in story_folders()]


def spoilt(request: Json, others: Sequence[Json], random: Random) -> Json:
    """A copy with one to five things wrong."""
    spoiled = copy.deepcopy(request)
    for _ in range(random.randint(1, 5)):
        # mostly what a patient's data is, for a broken envelope is refused before any of it is looked at
        inner = [spoiled["prefetch"], spoiled["prefetch"], spoiled["context"].get("draftOrders")]
        holder, key = _place(random.choice([spoiled, *inner, *inner]), random)
        if holder is not None:
            random.choice(_SPOIL)(holder, key, others, random)
        if not isinstance(spoiled.get("prefetch"), dict) or not isinstance(spoiled.get("context"), dict):
            break
    return spoiled


def as_json(value: Json) -> bytes:
    """As it travels; what is beyond all numbers is written as a number all the same."""
    return json.dumps(value).replace("Infinity", "1e999").encode()


def _place(value: Json, random: Random) -> tuple[Any, Any]:
    """Some member, however deep; ``None`` where there is none."""
    holder, key = None, None
    while isinstance(value, dict | list) and value:
        holder, key = (
            value,
            random.choice([*value]) if isinstance(value, dict) else random.randrange(len(value)),
        )
        value = holder[key]
        if random.random() < 0.12:
            break
    return holder, key


def _replace(holder: Any, key: Any, others: Sequence[Json], random: Random) -> None:
    holder[key] = copy.deepcopy(random.choice(JUNK))


def _drop(holder: Any, key: Any, others: Sequence[Json], random: Random) -> None:
    del holder[key]


def _rename(holder: Any, key: Any, others: Sequence[Json], random: Random) -> None:
    if isinstance(holder, dict):
        holder[random.choice((key.upper(), f"_{key}", f"{key}s", "extension", "item1"))] = holder.pop(key)


def _repeat(holder: Any, key: Any, others: Sequence[Json], random: Random) -> None:
    if isinstance(holder, list):
        holder += [copy.deepcopy(holder[key]) for _ in range(random.choice((1, 2, 40)))]
    else:
        holder[key] = [holder[key], copy.deepcopy(holder[key])]


def _wrap(holder: Any, key: Any, others: Sequence[Json], random: Random) -> None:
    value = holder[key]
    holder[key] = random.choice(
        ([value], {"resource": value}, {"resourceType": "Bundle", "entry": [{"resource": value}]}, str(value))
    )


def _exchange(holder: Any, key: Any, others: Sequence[Json], random: Random) -> None:
    """With a part of another request."""
    donor, place = _place(random.choice(others), random)
    holder[key] = copy.deepcopy(donor[place])


def _scale(holder: Any, key: Any, others: Sequence[Json], random: Random) -> None:
    value = holder[key]
    if isinstance(value, int | float) and not isinstance(value, bool):
        if abs(value) < 1e15:
            holder[key] = random.choice((-value, value * 1000, value / 1000, value * 1e-300, str(value)))
        else:
            holder[key] = str(value)
    elif isinstance(value, str):
        at = random.randint(0, len(value))
        holder[key] = (
            value[:at] + random.choice(("", "\u0000", "ß", "|", "\\", '"', "9", value)) + value[at:][:200]
        )
    else:
        _replace(holder, key, others, random)


def _link(holder: Any, key: Any, others: Sequence[Json], random: Random) -> None:
    if isinstance(holder, dict):
        holder["link"] = [{"relation": random.choice(LINKS), "url": random.choice(("", "x", "http://["))}]


_SPOIL: Sequence[Callable[[Any, Any, Sequence[Json], Random], None]] = (
    _replace,
    _replace,
    _drop,
    _rename,
    _repeat,
    _wrap,
    _exchange,
    _scale,
    _link,
)


_PIECES = (b"", b"\x00", b"\xff", b'"', b"}", b"[[[[", b",", b"\\ud800", b"-", b"e9", b"\xef\xbb\xbf")


def spoilt_bytes(request: Json, random: Random) -> bytes:
    """The text of a request with some of its bytes lost, doubled or exchanged."""
    text = bytearray(as_json(request))
    for _ in range(random.randint(1, 6)):
        at = random.randrange(len(text) + 1)
        piece = random.choice(
            (b"", b"\x00", b"\xff", b'"', b"}", b"[[[[", b",", b"\\ud800", b"-", b"e9", b"\xef\xbb\xbf")
        )
        text[at : at + random.choice((0, 1, 1, 5, 400))] = piece
    return bytes(text)
