"""What a result has from its surroundings: the report, panel or specimen that it belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from cds.facts import When
from cds.readers import wire
from cds.readers.bundle import Gathered
from cds.readers.decode import REFERENCE, Bytes, read_resource
from cds.readers.effective import effective
from cds.readers.moments import read_moment, read_period
from cds.readers.references import relative_reference
from cds.readers.sent import is_void


class Panel(NamedTuple):
    """A DiagnosticReport, or an Observation with members.

    ``specimen`` is given only where there is a single one.
    """

    reference: str
    measured: When | None
    issued: When | None
    specimen: str = ""


class Surroundings:
    """Panels by their results, and collection times by specimen."""

    def __init__(self, gathered: Gathered) -> None:
        self._gathered = gathered
        self._specimens: dict[bytes, str] = {b"": ""}
        self._collected = {
            sent.reference: when
            for sent in gathered.of(wire.Specimen)
            if sent.resource.collection and (when := _collected(sent.resource.collection))
        }
        self._panels = dict(self._panels_of_observations())
        self._panels |= dict(self._panels_of_reports())

    @property
    def has_panels(self) -> bool:
        """Whether there is any report or panel."""
        return bool(self._panels)

    def panel_of(self, reference: str) -> Panel | None:
        """The report (else the panel) that lists or contains the result."""
        if not self._panels:
            return None
        return self._panels.get(reference) or self._panels.get(reference.partition("#")[0])

    def specimen_of(self, sent: Bytes) -> str:
        """The relative reference of a specimen; a contained one identifies nothing."""
        key = bytes(sent)
        found = self._specimens.get(key)
        if found is None:
            reference = REFERENCE.read(key)
            found = self._gathered.resolve(reference.reference) if reference is not None else ""
            found = self._specimens[key] = "" if found.startswith("#") else found
        return found

    def measured(self, result: wire.Observation, panel: Panel | None, specimen: str) -> When | None:
        """When the blood was drawn, as well as it is known.

        The result's own time, else the report's, else the specimen's collection, else when it was issued.
        """
        return (
            effective(result)
            or (panel.measured if panel is not None else None)
            or self._collected.get(specimen)
            or _collected_inside(result)
            or read_moment(result.issued)
            or (panel.issued if panel is not None else None)
        )

    def draw(self, specimen: str, panel: str, measured: When | None) -> str:
        """A key shared by the results of one draw.

        It holds the day, because some senders repeat one specimen or one cumulative report for years.
        """
        name = f"specimen:{specimen}" if specimen else f"report:{panel}" if panel else ""
        return f"{name}@{measured.day.isoformat()}" if name and measured is not None else name

    def _panels_of_reports(self) -> Mapping[str, Panel]:
        panels: dict[str, Panel] = {}
        for sent in self._gathered.of(wire.DiagnosticReport):
            report = sent.resource
            if is_void(report.status):
                continue
            specimens = {relative_reference(each.reference) for each in report.specimen if each.reference}
            panel = Panel(
                sent.reference,
                read_moment(report.effective_date_time) or read_period(report.effective_period),
                read_moment(report.issued),
                self._gathered.resolve(specimens.pop()) if len(specimens) == 1 else "",
            )
            panels |= {self._gathered.resolve(result.reference): panel for result in report.result}
            panels[sent.reference] = panel  # of the results that it contains
        return panels

    def _panels_of_observations(self) -> Mapping[str, Panel]:
        panels: dict[str, Panel] = {}
        for sent in self._gathered.of(wire.Observation):
            result = sent.resource
            if result.has_member and not is_void(result.status):
                panel = Panel(
                    sent.reference,
                    effective(result),
                    read_moment(result.issued),
                    self.specimen_of(result.specimen),
                )
                panels |= {self._gathered.resolve(member.reference): panel for member in result.has_member}
        return panels


def _collected(collection: wire.Collection) -> When | None:
    return read_moment(collection.collected_date_time) or read_period(collection.collected_period)


def _collected_inside(result: wire.Observation) -> When | None:
    """The collection time of a specimen that the result contains."""
    for raw in result.contained:
        specimen = read_resource(raw)
        if isinstance(specimen, wire.Specimen) and specimen.collection:
            return _collected(specimen.collection)
    return None
