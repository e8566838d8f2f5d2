"""Publications, labels and guidelines: ``sources.toml``."""

from __future__ import annotations

from typing import Literal

from cds.knowledge.schema.base import Entry, SourceId, Text


class Source(Entry):
    """One publication, label or guideline.

    ``read_as`` says how it was read: whole, in part (tables, passages, a data file), as its abstract, or
    through somebody who quotes it; ``own-knowledge`` is the author's memory and confirms nothing.
    """

    id: SourceId
    citation: Text
    read_as: Literal["full", "part", "abstract", "secondary", "own-knowledge"]
