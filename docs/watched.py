"""Parts of the pages about what can be watched: the metrics, and the fields of the log."""

from __future__ import annotations

import re
from collections.abc import Iterator
from inspect import getsource

from cds.logs import Fields
from cds.telemetry.described import AT_A_LOOK, COUNTED

_FIELD = re.compile(r"^    (\w+): (.+?)  # (.+)$", re.MULTILINE)
_JSON_TYPES = {
    "str": "text",
    "int": "number",
    "float": "number",
    "Sequence[str]": "list of texts",
    "Mapping[str, int]": "numbers by name",
}


def metrics() -> Iterator[str]:
    """Every metric with its labels."""
    yield "| metric | kind | labels | what it tells |"
    yield "|---|---|---|---|"
    for each in (*COUNTED, *AT_A_LOOK):
        labels = ", ".join(f"`{label}`" for label in each.labels)
        yield f"| `{each.name}` | {each.kind} | {labels} | {each.explained} |"


def log_fields() -> Iterator[str]:
    """Everything that a line of the log may say."""
    yield "| field | type | what |"
    yield "|---|---|---|"
    for name, kind, explained in _FIELD.findall(getsource(Fields)):
        yield f"| `{name}` | {_JSON_TYPES[kind]} | {explained} |"
