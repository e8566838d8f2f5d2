"""One patient as the page draws them: every count with its tier, every medicine with its time, every suspect.

All of it comes from the service's own reading and judging; a browser that graded a count by itself could show
another grade than the card beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from cds.answer import Conclusion
from cds.facts import CellCount, CellFraction, MedicationUse, When
from cds.findings import Severity, Suspect
from cds.knowledge.base import Knowledge
from cds.knowledge.schema import Line
from cds.rules.chart import Chart, open_chart
from cds.rules.exposures import Exposure
from cds.rules.lower_limits import Judgement, judge
from cds.workbench.chart_data import (
    ChartData,
    CountData,
    DraftData,
    ExposureData,
    LineData,
    ReactionData,
    SuspectData,
    SuspectPart,
    TemperatureData,
    TierData,
    WrittenData,
)

_PERCENT = "%"
_PER_MICROLITRE = "/uL"


class Digits(Protocol):
    """How a number is shown to a person, told the limits that rounding must not carry it across."""

    def __call__(self, value: Decimal, *limits: Decimal) -> str: ...


def draw_chart(conclusion: Conclusion, knowledge: Knowledge, policy: str, digits: Digits) -> ChartData:
    """What the page shows of the patient whom ``conclusion`` is about."""
    facts, assessment = conclusion.facts, conclusion.assessment
    chart = open_chart(facts, knowledge, policy)
    return ChartData(
        as_of=facts.as_of,
        occasion=assessment.occasion.value,
        knowledge=assessment.knowledge,
        deceased=facts.patient.deceased,
        lines=[*_counted(chart, digits), *_fractions(facts.fractions, knowledge, digits)],
        exposures=[*_exposures(chart, assessment.suspects), *_not_known(facts.medications, knowledge)],
        drafts=[
            DraftData(
                reference=draft.reference,
                kind=draft.kind,
                text=draft.text,
                drugs=_names((match.ingredient for match in draft.matches), knowledge),
                action=draft.action.value,
                recognised=draft.recognised,
                urgency=_loudest(
                    risk.urgency.name.lower()
                    for risk in assessment.order_risks
                    if risk.draft.reference == draft.reference
                ),
            )
            for draft in facts.drafts
        ],
        conditions=[WrittenData(each.text, _day(each.recorded), each.reference) for each in facts.conditions],
        reactions=[
            ReactionData(each.text, _names([each.ingredient], knowledge), each.reference)
            for each in facts.reactions
        ],
        temperatures=[
            TemperatureData(float(each.celsius), each.reported, each.site, _instant(each.measured))
            for each in facts.temperatures
        ],
        suspects=[_suspect(each, knowledge) for each in assessment.suspects],
        topics={
            decision.topic.value: decision.urgency.name.lower()
            for decision in assessment.decisions
            if decision.urgency is not None
        },
    )


# --- counts ---------------------------------------------------------------------------------------------


def _counted(chart: Chart, digits: Digits) -> Iterator[LineData]:
    for line in chart.knowledge.lines.values():
        counts = chart.history.of(line.id)
        if not counts:
            continue
        judged = [(count, judge(count, chart)) for count in counts]
        yield LineData(
            id=line.id.value,
            short=line.short,
            name=line.name,
            unit=line.unit,
            speaks=line.speaks,
            tiers=_tiers(line, judged[0][1]),
            counts=[_count(count, judgement, line, digits) for count, judgement in judged],
        )


def _count(count: CellCount, judgement: Judgement | None, line: Line, digits: Digits) -> CountData:
    scale = _scale(line)
    limits = () if judgement is None else (judgement.limit.value * scale,)
    tiers = () if line.tiers is None else (line.tiers.moderate, line.tiers.severe, line.tiers.profound)
    return CountData(
        value=float(count.value * scale),
        shown=digits((count.value * scale).normalize(), *limits, *(tier * scale for tier in tiers if tier)),
        reported=count.reported,
        at=_instant(count.measured),
        day=_day(count.measured),
        precision=count.measured.precision.value if count.measured else "",
        bound=count.bound.value,
        severity=judgement.severity.name.lower() if judgement else "",
        limit=f"{(judgement.limit.value * scale).normalize():f}" if judgement else "",
        basis=judgement.limit.basis.value if judgement else "",
        flag=count.flag.value if count.flag else "",
        status=count.status.value,
        calculated=count.calculation.text if count.calculation else "",
        references=list(count.references),
    )


def _tiers(line: Line, newest: Judgement | None) -> list[TierData]:
    """The limits of a line that hold for this patient now, the deepest first."""
    if line.tiers is None or newest is None:
        return []
    scale = _scale(line)
    deeper = () if newest.neonate else ("profound", "severe", "moderate")
    tiers = [
        TierData(name, float(below * scale))
        for name in deeper
        if (below := getattr(line.tiers, name)) is not None
    ]
    mild = float(newest.limit.value * scale)
    if not tiers or mild > tiers[-1].below:
        tiers.append(TierData(Severity.MILD.name.lower(), mild))
    return tiers


def _scale(line: Line) -> int:
    return 1000 if line.unit == _PER_MICROLITRE else 1


def _fractions(fractions: Iterable[CellFraction], knowledge: Knowledge, digits: Digits) -> Iterator[LineData]:
    """The differential in percent, as it was sent: rows of the table, never of the plot."""
    by_line: dict[str, list[CellFraction]] = {}
    for fraction in fractions:
        by_line.setdefault(fraction.line.value, []).append(fraction)
    for line in knowledge.lines.values():
        shares = by_line.get(line.id.value, [])
        shares.sort(key=lambda share: share.measured.earliest.timestamp() if share.measured else 0)
        if shares:
            yield LineData(
                id=f"{line.id.value}-percent",
                short=f"{line.short} {_PERCENT}",
                name=f"{line.name}, share of white cells",
                unit=_PERCENT,
                speaks="context",
                tiers=[],
                counts=[
                    CountData(
                        value=float(share.percent),
                        shown=digits(share.percent.normalize()),
                        reported=f"{share.percent.normalize():f} {_PERCENT}",
                        at=_instant(share.measured),
                        day=_day(share.measured),
                        precision=share.measured.precision.value if share.measured else "",
                        status=share.status.value,
                        references=list(share.references),
                    )
                    for share in reversed(shares)
                ],
            )


# --- medicines ------------------------------------------------------------------------------------------


def _exposures(chart: Chart, suspects: Iterable[Suspect]) -> Iterator[ExposureData]:
    foremost: dict[str, Suspect] = {}
    for each in sorted(suspects, key=lambda each: -each.score):
        foremost.setdefault(each.drug.id, each)
    for exposure in (*chart.exposures, *chart.local):
        suspect = foremost.get(exposure.drug.id)
        used = suspect is not None and not {*exposure.references}.isdisjoint(
            use.reference for use in suspect.uses
        )
        yield _exposure(exposure, suspect if used else None, chart)


def _exposure(exposure: Exposure, suspect: Suspect | None, chart: Chart) -> ExposureData:
    last = None if exposure.ongoing else exposure.last_day(chart.knowledge.ranking)
    return ExposureData(
        drug=exposure.drug.id,
        name=exposure.drug.name,
        kind=exposure.drug.drug_class,
        texts=list(dict.fromkeys(use.text for use in exposure.uses)),
        statuses=list(dict.fromkeys(use.status for use in exposure.uses)),
        start=_instant(exposure.start),
        end=last,
        end_presumed=last is not None and exposure.end is None,
        ongoing=exposure.ongoing,
        doses=[dose.earliest for dose in exposure.doses],
        systemic=all(use.systemic for use in exposure.uses),
        occasional=exposure.occasional,
        matched_by=exposure.matched_by,
        standing=suspect.standing.value if suspect else "",
        score=suspect.score if suspect else None,
        references=list(exposure.references),
    )


def _not_known(uses: Iterable[MedicationUse], knowledge: Knowledge) -> Iterator[ExposureData]:
    """Medicines of which the knowledge says nothing: they are shown, so that nobody misses them."""
    for use in uses:
        if not any(match.ingredient in knowledge.drugs for match in use.matches):
            yield ExposureData(
                drug="",
                name=use.text,
                kind="",
                texts=[use.text],
                statuses=[use.status],
                start=_instant(use.start),
                end=use.end.latest if use.end else None,
                end_presumed=False,
                ongoing=use.ongoing,
                doses=[],
                systemic=use.systemic,
                occasional=use.as_needed or use.single_dose,
                matched_by="",
                standing="",
                score=None,
                references=[use.reference],
            )


def _suspect(suspect: Suspect, knowledge: Knowledge) -> SuspectData:
    return SuspectData(
        drug=suspect.drug.name,
        line=knowledge.lines[suspect.line].name,
        standing=suspect.standing.value,
        score=suspect.score,
        parts=[
            SuspectPart(part.name, part.points, part.reason.replace("-", " "), part.days, list(part.names))
            for part in suspect.parts
        ],
    )


def _names(ingredients: Iterable[str], knowledge: Knowledge) -> list[str]:
    return [knowledge.drugs[each].name if each in knowledge.drugs else each for each in ingredients]


def _loudest(urgencies: Iterable[str]) -> str:
    order = ("critical", "warning", "info")
    return min(urgencies, key=order.index, default="")


def _instant(when: When | None) -> datetime | None:
    return when.earliest if when else None


def _day(when: When | None) -> str:
    return when.day.isoformat() if when else ""
