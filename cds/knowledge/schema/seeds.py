"""What the five articles name from which the knowledge began, and what became of it: ``seeds.toml``."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import StringConstraints, model_validator

from cds.knowledge.schema.base import Entry, SourceId, Text

Reference = Annotated[
    str, StringConstraints(pattern=r"^(drug|class|condition|precaution|test|line|tier|limit):\S.*$")
]


class Named(Entry):
    """Something that an article names.

    ``covered_by`` names entries: ``drug:<id>``, ``class:<seed_class of drugs>``, ``condition:<id>``,
    ``precaution:<id>``, ``test:<id>``, ``line:<id>``, ``tier:<line>.<tier>`` or ``limit:<member>``.
    ``correction`` says why it is not taken over as it stands, ``left_out`` why nothing covers it.
    """

    term: Text  # as an article writes it
    also: tuple[Text, ...] = ()  # its other wordings
    kind: Literal[
        "cell line",
        "limit",
        "drug",
        "drug class",
        "treatment",
        "cause",
        "symptom",
        "test",
        "precaution",
        "outcome",
    ]
    articles: tuple[SourceId, ...]
    covered_by: tuple[Reference, ...] = ()
    correction: str = ""
    left_out: str = ""

    @model_validator(mode="after")
    def _is_covered_or_left_out(self) -> Named:
        if bool(self.covered_by) == bool(self.left_out):
            raise ValueError("name what covers it, or say in left_out why nothing does")
        if not self.articles:
            raise ValueError("name the articles")
        return self
