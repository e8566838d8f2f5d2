"""One value of the prefetch or one page of a FHIR server's answer, decoded once for all who read it.

A Bundle whose entries all fit is decoded with all its resources in one pass, which takes half the time of
one pass for the Bundle and one for each entry. A Bundle with anything odd in it is no ``whole``; it is read
entry by entry (``cds.readers.bundle``), so that one odd member costs time and nothing else.
"""

from __future__ import annotations

from functools import cached_property
from typing import Final, TypeAlias

import msgspec
from msgspec import Raw

from cds.readers import wire
from cds.readers.decode import Bytes, Resource
from cds.readers.elements import Element


class FullEntry(Element, frozen=True):
    """An entry of a Bundle with its resource."""

    full_url: str = ""
    resource: Resource | None = None
    search: wire.Search | None = None
    response: wire.Response | None = None


class FullBundle(wire.Resource, frozen=True, tag="Bundle"):
    """A Bundle with its resources."""

    entry: tuple[FullEntry, ...] = ()
    link: tuple[wire.Link, ...] = ()
    total: int | None = None


Whole: TypeAlias = (
    FullBundle
    | wire.Observation
    | wire.DiagnosticReport
    | wire.Specimen
    | wire.MedicationRequest
    | wire.MedicationOrder
    | wire.Medication
    | wire.ServiceRequest
    | wire.ProcedureRequest
    | wire.ImmunizationRecommendation
    | wire.Immunization
    | wire.Patient
    | wire.Condition
    | wire.AllergyIntolerance
    | wire.OperationOutcome
)

_whole: Final[msgspec.json.Decoder[Whole]] = msgspec.json.Decoder(Whole)
_entries: Final = msgspec.json.Decoder(wire.Bundle)


WHOLE_PAGE: Final = -1
"""In place of the number of an entry: the resource is the page itself."""


class Page:
    """What was sent, and what was decoded of it."""

    def __init__(self, sent: Bytes) -> None:
        self.sent = sent

    @cached_property
    def whole(self) -> Whole | None:
        """All of it in one tree; ``None`` if something in it is odd, or if it is no resource."""
        try:
            return _whole.decode(self.sent)
        except (ValueError, RecursionError):  # msgspec's errors, and bytes that are not UTF-8
            return None

    def raw(self, at: int) -> Bytes:
        """The JSON of the resource in entry ``at``, or of the page itself.

        Hardly any is ever asked for, so that where they begin is found out by a second pass, and only then.
        """
        return self.sent if at == WHOLE_PAGE else self._raws[at]

    @cached_property
    def _raws(self) -> tuple[Raw, ...]:
        return tuple(entry.resource for entry in _entries.decode(self.sent).entry)
