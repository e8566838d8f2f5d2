"""Single values as facts: a count, a share of the white cells or a temperature; or a gap that says why."""

from __future__ import annotations

from collections.abc import Hashable
from decimal import Decimal
from typing import NamedTuple

from cds.facts import (
    Bound,
    CellCount,
    CellFraction,
    CellLine,
    Gap,
    GapKind,
    LabFlag,
    ResultStatus,
    Temperature,
    When,
)
from cds.knowledge.base import Knowledge
from cds.knowledge.schema import UnitScale
from cds.readers.age import Ages
from cds.readers.decode import RANGES, Bytes, Once
from cds.readers.duplicates import Result, settle_duplicates
from cds.readers.interpretation import Interpretation, read_interpretation
from cds.readers.meaning import Meaning
from cds.readers.plain_results import PlainColumn
from cds.readers.quantity import DISPLAY_LENGTH, NoAmount, read_amount
from cds.readers.reference_range import LowLimit, Person, find_low_limit
from cds.readers.result_value import Scaled, ValueScales
from cds.readers.wire import Component, Observation, ReferenceRange


class Drawing(NamedTuple):
    """What the results of one blood draw share.

    Attributes:
        draw: key of the draw, see ``CellCount.draw``.
        future: dated so far ahead that nothing of it is used.
    """

    status: ResultStatus
    measured: When | None
    draw: str
    future: bool


class Setting(NamedTuple):
    """What the values of one Observation share; ``issued`` and ``meta`` tell its versions apart."""

    references: tuple[str, ...]
    drawing: Drawing
    issued: str
    meta: Bytes


class ResultFacts:
    """Reads values one by one and settles in the end which of them count."""

    def __init__(self, knowledge: Knowledge, ages: Ages) -> None:
        self.gaps: list[Gap] = []
        self._knowledge = knowledge
        self._ages = ages
        self._scales = ValueScales(knowledge)
        self._interpretations: Once[Interpretation] = Once(read_interpretation)
        self._ranges: Once[_Ranges] = Once(_read_ranges)
        self._low_limits: dict[Hashable, LowLimit] = {}
        self._results: list[Result] = []
        self._temperatures: dict[Hashable, Temperature] = {}

    def add(self, sent: Component, meanings: tuple[Meaning, ...], setting: Setting) -> None:
        """The value of an Observation or of a component whose code has ``meanings``."""
        meaning = meanings[0]
        interpretation = self._interpretations[bytes(sent.interpretation)]
        amount = read_amount(sent)
        if isinstance(amount, NoAmount):
            self._refuse(amount, meaning, interpretation, setting)
            return
        if len(meanings) > 1:
            codes = NoAmount(GapKind.UNIT_CONFLICT, ", ".join(each.loinc for each in meanings))
            self._refuse(codes, meaning, interpretation, setting)
            return
        if setting.drawing.future:
            self._gap(GapKind.FUTURE_DATE, meaning, amount.reported, setting)
            return
        if interpretation.off_scale is not None and amount.bound is Bound.EXACT:
            amount = amount._replace(bound=interpretation.off_scale)
        scaled = self._scales.scale(amount, meaning, sent.reference_range)
        if isinstance(scaled, NoAmount):
            self._refuse(scaled, meaning, interpretation, setting)
        elif scaled.bound is not Bound.EXACT and (meaning.line is None or meaning.is_share):
            self._gap(
                GapKind.UNREADABLE_VALUE, meaning, scaled.reported, setting
            )  # "<1 %" adds up to nothing
        else:
            self._use(scaled, meaning, interpretation, sent.reference_range, setting)

    def add_plain(
        self,
        sent: Observation,
        column: PlainColumn,
        value: Decimal,
        flags: Interpretation,
        reference: str,
        drawing: Drawing,
    ) -> bool:
        """The same in short for a result that is plain. False if it takes the long way to read it."""
        code, way, quantity = column.code, column.way, sent.value_quantity
        line = code.line
        if line is None or not value or way is None or quantity is None:
            return False
        status, measured, draw, _ = drawing
        references = (reference,) if reference else ()
        fact: CellCount | CellFraction
        if code.is_share:
            meaning = code.meaning
            fact = CellFraction(
                line, value, measured, meaning.manual, meaning.all_neutrophils, status, draw, references
            )
        else:
            digits = str(quantity.value)
            reported = digits + way.shown
            if "E" in digits or len(reported) > DISPLAY_LENGTH or self._ages.is_child(measured):
                return False
            fact = CellCount(
                line,
                value,
                measured,
                reported,
                Bound.EXACT,
                status,
                column.low,
                flags.flag,
                draw,
                references,
            )
        self._results.append(Result(code.meaning.loinc, fact, sent.issued, sent.meta))
        return True

    def finish(self) -> tuple[tuple[CellCount, ...], tuple[CellFraction, ...], tuple[Temperature, ...]]:
        """Each result once, in an order that does not depend on the order in which they were sent."""
        facts = settle_duplicates(self._results)
        counts = [fact for fact in facts if isinstance(fact, CellCount)]
        fractions = [fact for fact in facts if isinstance(fact, CellFraction)]
        # the results of one draw share the moment: it is put into a number once
        moments = {id(fact.measured): fact.measured for fact in facts}
        times = {key: _time(measured) for key, measured in moments.items()}
        counts.sort(key=lambda count: (times[id(count.measured)], count.line, count.value, count.references))
        fractions.sort(key=lambda each: (times[id(each.measured)], each.line, each.percent, each.references))
        temperatures = sorted(
            self._temperatures.values(), key=lambda each: (_time(each.measured), each.celsius, each.reference)
        )
        return tuple(counts), tuple(fractions), tuple(temperatures)

    def _use(
        self,
        scaled: Scaled,
        meaning: Meaning,
        interpretation: Interpretation,
        ranges: Bytes,
        setting: Setting,
    ) -> None:
        status, measured, draw, _ = setting.drawing
        if status is ResultStatus.UNKNOWN:
            self._gap(GapKind.STATUS_UNKNOWN, meaning, scaled.reported, setting)
        if scaled.scale.suspect:
            self._gap(GapKind.DOUBTFUL_UNIT, meaning, scaled.reported, setting)
        line, value = meaning.line, scaled.value
        if line is None:
            self._add_temperature(scaled, meaning, setting)
            return
        fact: CellCount | CellFraction
        if meaning.is_share:
            manual, whole = meaning.manual, meaning.all_neutrophils
            fact = CellFraction(line, value, measured, manual, whole, status, draw, setting.references)
        else:
            low = self._low_limit(ranges, scaled.scale, meaning, line, setting) if ranges else None
            flag = self._flag(interpretation, value, low, line) if interpretation.is_said else None
            fact = CellCount(
                line,
                value,
                measured,
                scaled.reported,
                scaled.bound,
                status,
                low,
                flag,
                draw,
                setting.references,
            )
        self._results.append(Result(meaning.loinc, fact, setting.issued, setting.meta))

    def _add_temperature(self, scaled: Scaled, meaning: Meaning, setting: Setting) -> None:
        measured, reference = setting.drawing.measured, "".join(setting.references)
        temperature = Temperature(scaled.value, measured, meaning.site, scaled.reported, reference)
        key = (_time(measured), scaled.value)
        kept = self._temperatures.get(key)
        if kept is None or reference < kept.reference:
            self._temperatures[key] = temperature

    def _low_limit(
        self, sent: Bytes, scale: UnitScale, meaning: Meaning, line: CellLine, setting: Setting
    ) -> Decimal | None:
        raw = bytes(sent)
        ranges, by_age = self._ranges[raw]
        measured = setting.drawing.measured
        days = self._ages.days(measured) if by_age or self._ages.is_child(measured) else None
        key = (raw, meaning.loinc, scale.factor, days)
        limit = self._low_limits.get(key)
        if limit is None:
            person = Person(days, self._ages.is_child(measured))
            known = self._knowledge
            limit = find_low_limit(ranges, scale, known.lines[line], person, known.units)
            self._low_limits[key] = limit
        if limit.ignored:
            self._gap(GapKind.RANGE_IGNORED, meaning, limit.ignored, setting)
        return limit.value

    def _flag(
        self, sent: Interpretation, value: Decimal, low: Decimal | None, line: CellLine
    ) -> LabFlag | None:
        if sent.flag is not None or not sent.critical:
            return sent.flag
        tiers = self._knowledge.lines[line].tiers
        limit = low if low is not None else tiers.mild if tiers is not None else None
        return LabFlag.CRITICALLY_LOW if limit is not None and value < limit else None

    def _refuse(
        self, value: NoAmount, meaning: Meaning, interpretation: Interpretation, setting: Setting
    ) -> None:
        """A result of the list that cannot be used; a low flag without a number still says something."""
        if value.kind is None:
            return
        flag = _flag_of(interpretation, value)
        if flag is not None and (value.low or value.kind is GapKind.NO_VALUE):
            self._gap(GapKind.UNREADABLE_VALUE, meaning, "", setting, flag)
        else:
            self._gap(value.kind, meaning, value.detail, setting, flag)

    def _gap(
        self, kind: GapKind, meaning: Meaning, detail: str, setting: Setting, flag: LabFlag | None = None
    ) -> None:
        reference = "".join(setting.references)
        self.gaps.append(Gap(kind, meaning.what, reference, detail, setting.drawing.measured, flag))


class _Ranges(NamedTuple):
    ranges: tuple[ReferenceRange, ...]
    by_age: bool


def _read_ranges(sent: bytes) -> _Ranges:
    ranges = RANGES.read(sent) or ()
    return _Ranges(ranges, any(each.age is not None for each in ranges))


def _flag_of(interpretation: Interpretation, value: NoAmount) -> LabFlag | None:
    """What is alarming about a value that cannot be used."""
    if interpretation.flag is LabFlag.CRITICALLY_LOW:
        return LabFlag.CRITICALLY_LOW
    if interpretation.flag is LabFlag.LOW or value.low:
        return LabFlag.LOW
    return LabFlag.CRITICAL if interpretation.critical else None


def _time(measured: When | None) -> float:
    """Undated results come first."""
    return measured.earliest.timestamp() if measured is not None else float("-inf")
