"""What was made of each resource, for those who want to see why (``explain``)."""

from __future__ import annotations

from typing import NamedTuple


class ReadNote(NamedTuple):
    """``taken_as`` is what a resource was taken as, or why it was not used; no values, no names."""

    reference: str
    taken_as: str
