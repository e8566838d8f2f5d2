"""What is said of the service as a whole: ``source_attributes.toml``."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from cds.knowledge.schema.base import Entry, Text


class SourceAttribute(Entry):
    """One of the 13 source attributes of an evidence-based decision support intervention.

    They are those of 45 CFR 170.315(b)(11)(iv)(A). ``use`` says of a characteristic of patients (5 to 13)
    whether it decides anything. ``text`` may hold ``{version}``, ``{knowledge}``, ``{released}`` and
    ``{revised}``.
    """

    number: Annotated[int, Field(ge=1, le=13, strict=True)]
    name: Text
    use: Literal["used", "used in part", "not used"] | None = None
    text: Text


class Limitation(Entry):
    """Something that a reader of a card has to know of the service as a whole."""

    name: Text
    text: Text


class SourceAttributes(Entry):
    """The whole of ``source_attributes.toml``; ``released`` is the day of this version's release."""

    title: Text
    purpose: Text
    released: date
    attribute: tuple[SourceAttribute, ...]
    limitation: tuple[Limitation, ...]
