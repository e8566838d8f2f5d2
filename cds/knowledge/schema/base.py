"""The parts of every table: forms of codes and numbers, how a fact is confirmed, who reviewed it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
SourceId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9.-]*$")]
Loinc = Annotated[str, StringConstraints(pattern=r"^\d{1,5}-\d$")]
RxCui = Annotated[str, StringConstraints(pattern=r"^[1-9]\d{0,7}$")]
Atc = Annotated[str, StringConstraints(pattern=r"^[A-Z]\d{2}([A-Z]([A-Z](\d{2})?)?)?$")]
Sctid = Annotated[str, StringConstraints(pattern=r"^[1-9]\d{5,17}$")]
Cvx = Annotated[str, StringConstraints(pattern=r"^\d{2,3}$")]
PairId = Annotated[str, StringConstraints(pattern=r"^I\d{2}$")]


def _whole_or_exact(value: object) -> object:
    # TOML has integers and floats; the loader parses floats as Decimal. A count may be written either way.
    if isinstance(value, str | bool):
        raise ValueError("a number is needed, without quotation marks")
    return Decimal(value) if isinstance(value, int) else value


Number = Annotated[Decimal, BeforeValidator(_whole_or_exact), Field(ge=0)]
Day = Annotated[int, Field(ge=0, strict=True)]


class Entry(BaseModel):
    """Base of every model: frozen, and closed to members it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=False)


class Confirmation(StrEnum):
    """How well a fact is confirmed; shown to the clinician where it is not ``sourced``."""

    SOURCED = "sourced"
    CLASS_SOURCED = "class-sourced"
    MIXED = "mixed"
    NEEDS_REVIEW = "needs pharmacist review"


class Review(Entry):
    """Who wrote and who checked an item, and when it is due again."""

    authored: Text
    checked: str = ""  # empty: nobody has yet
    reviewed_on: date
    next_review: date
