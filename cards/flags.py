"""Flags of the laboratory on values that nobody could read, told with the value that they stand on."""

from __future__ import annotations

import re
from collections.abc import Iterable

from cds.facts import GapKind
from cds.findings import Caveat

_FLAG = re.compile(r"\bflagged (critically low|low|critical)\b")


def flag_of(caveat: Caveat) -> str:
    """``low``, ``critically low`` or ``critical``, if the caveat is about a flag without a number."""
    found = _FLAG.search(caveat.detail) if caveat.kind == GapKind.UNREADABLE_VALUE else None
    return found[1] if found else ""


def with_flags(caveats: Iterable[Caveat]) -> tuple[tuple[Caveat, str], ...]:
    """Each caveat with the flag on its result; a flag has no line of its own where its value has one."""
    every = tuple((caveat, flag_of(caveat)) for caveat in caveats)
    flags = {_result(caveat): flag for caveat, flag in every if flag and caveat.references}
    if not flags:
        return every
    told = {_result(caveat) for caveat, flag in every if not flag and _result(caveat) in flags}
    return tuple(
        (caveat, flags.get(_result(caveat)) or flag)
        for caveat, flag in every
        if not (flag and _result(caveat) in told)
    )


def _result(caveat: Caveat) -> tuple[str, tuple[str, ...]]:
    return caveat.what, caveat.references
