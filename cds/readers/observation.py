"""Observations: which of them are results, and when, how and in what surroundings they were obtained.

One that never counted (entered in error, cancelled, registered) leaves no trace.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from msgspec import Raw

from cds.facts import CellCount, CellFraction, Gap, OrderedTest, Patient, ResultStatus, Temperature
from cds.knowledge.base import Knowledge
from cds.readers import wire
from cds.readers.age import Ages
from cds.readers.bundle import Gathered
from cds.readers.duffy import records_duffy_null
from cds.readers.moments import is_future
from cds.readers.note import ReadNote
from cds.readers.observation_code import Coded, Codes
from cds.readers.panels import Panel, Surroundings
from cds.readers.plain_results import STATUSES, PlainResults
from cds.readers.result_facts import Drawing, ResultFacts, Setting

_NO_RESULT = frozenset({"entered-in-error", "cancelled", "registered"})


@dataclass(frozen=True, slots=True)
class Results:
    """What the Observations gave. ``tests`` are tests of the work-up that were done."""

    counts: tuple[CellCount, ...]
    fractions: tuple[CellFraction, ...]
    temperatures: tuple[Temperature, ...]
    tests: tuple[OrderedTest, ...]
    gaps: tuple[Gap, ...]
    duffy_null: bool
    notes: tuple[ReadNote, ...]


def read_results(gathered: Gathered, patient: Patient, knowledge: Knowledge, as_of: datetime) -> Results:
    """All Observations of the patient, each result once."""
    reader = _ObservationReader(gathered, patient, knowledge, as_of)
    for sent in gathered.of(wire.Observation):
        taken_as = reader.read(sent.reference, sent.resource)
        reader.notes.append(ReadNote(sent.reference, taken_as))
    return reader.finish()


class _ObservationReader:
    def __init__(self, gathered: Gathered, patient: Patient, knowledge: Knowledge, as_of: datetime) -> None:
        self.notes: list[ReadNote] = []
        self._knowledge = knowledge
        self._as_of = as_of
        self._surroundings = Surroundings(gathered)
        self._codes = Codes.of(knowledge)
        self._plain = PlainResults(knowledge, as_of)
        self._facts = ResultFacts(knowledge, Ages(patient, knowledge.limits.adult_from_days, as_of))
        self._drawings: dict[tuple[str, str, bytes, str], Drawing] = {}
        self._at: dict[int, tuple[Raw, str, Drawing]] = {}
        self._tests: list[OrderedTest] = []
        self._duffy_null = False

    def read(self, reference: str, sent: wire.Observation) -> str:
        """One Observation with its components; returns what it was taken as."""
        taken = self._plain.take(sent)
        if taken is not None:
            column, value, place = taken
            drawing = self._drawing_at(place, reference, sent)
            if self._facts.add_plain(sent, column, value, self._plain.flags, reference, drawing):
                return column.code.what
        if sent.status in _NO_RESULT:
            return f"not used: {sent.status}"
        coded = self._codes.read(bytes(sent.code))
        if sent.component or sent.has_member:
            return self._read_panel(reference, sent, coded)
        if not coded.meanings and not coded.tests:
            return self._read_unlisted(sent, coded)
        setting = self._setting(reference, sent)
        for test in coded.tests:
            self._tests.append(OrderedTest(test, setting.drawing.measured, reference))
        if coded.meanings:
            self._facts.add(sent, coded.meanings, setting)
        return coded.taken_as

    def _read_panel(self, reference: str, sent: wire.Observation, coded: Coded) -> str:
        parts = [(part, self._codes.read(bytes(part.code)).meanings) for part in sent.component]
        meanings = () if coded.meanings and _is_heading(sent) else coded.meanings
        if not meanings and not coded.tests and not any(meant for _, meant in parts):
            return self._read_unlisted(sent, coded)
        setting = self._setting(reference, sent)
        if meanings:
            self._facts.add(sent, meanings, setting)
        for part, meant in parts:
            if meant:
                self._facts.add(part, meant, setting)
        return coded.taken_as if meanings else "panel" if parts else "test done"

    def _read_unlisted(self, sent: wire.Observation, coded: Coded) -> str:
        if records_duffy_null(coded.words, sent, self._codes.duffy_patterns):
            self._duffy_null = True
            return "Duffy-null"
        return "not used: its code is not on the list"

    def finish(self) -> Results:
        """Everything that was read."""
        counts, fractions, temperatures = self._facts.finish()
        return Results(
            counts,
            fractions,
            temperatures,
            tuple(self._tests),
            tuple(self._facts.gaps),
            self._duffy_null,
            tuple(self.notes),
        )

    def _setting(self, reference: str, sent: wire.Observation) -> Setting:
        references = (reference,) if reference else ()
        return Setting(references, self._drawing_of(reference, sent), sent.issued, sent.meta)

    def _drawing_at(self, place: int, reference: str, sent: wire.Observation) -> Drawing:
        """As ``_drawing_of``; the results of one draw nearly always share specimen and status."""
        known = self._at.get(place)
        if known is not None and known[0] == sent.specimen and known[1] == sent.status:
            return known[2]
        drawing = self._drawing_of(reference, sent)
        if not self._surroundings.has_panels:
            self._at[place] = (sent.specimen, sent.status, drawing)
        return drawing

    def _drawing_of(self, reference: str, sent: wire.Observation) -> Drawing:
        """Looked up where nothing but the time, the specimen and the report decides, as in nearly all."""
        panel = self._surroundings.panel_of(reference)
        if not sent.effective_date_time or sent.component:
            return self._find_drawing(reference, sent, panel)
        owner = panel.reference if panel is not None else ""
        key = (sent.effective_date_time, sent.status, bytes(sent.specimen), owner)
        drawing = self._drawings.get(key)
        if drawing is None:
            drawing = self._drawings[key] = self._find_drawing(reference, sent, panel)
        return drawing

    def _find_drawing(self, reference: str, sent: wire.Observation, panel: Panel | None) -> Drawing:
        around = self._surroundings
        specimen = around.specimen_of(sent.specimen) or (panel.specimen if panel is not None else "")
        measured = around.measured(sent, panel, specimen)
        owner = panel.reference if panel is not None else reference if sent.component else ""
        return Drawing(
            STATUSES.get(sent.status, ResultStatus.UNKNOWN),
            measured,
            around.draw(specimen, owner, measured),
            is_future(measured, self._as_of, self._knowledge.limits.consistency.future_hours),
        )


def _is_heading(sent: wire.Observation) -> bool:
    """A panel that has its values in members or components and none of its own."""
    return bool(sent.component or sent.has_member) and not (
        sent.value_quantity
        or sent.value_string
        or sent.value_codeable_concept
        or sent.value_integer is not None
        or sent.value_range
        or sent.value_ratio
        or sent.data_absent_reason
    )
