"""What the reader of a card has to know about the data. A gap is never read as normal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cds.facts import (
    WHITE_CELL_LINES,
    CellFraction,
    CellLine,
    DraftOrder,
    Gap,
    GapKind,
    LabFlag,
    MedicationUse,
    PatientFacts,
)
from cds.findings import Caveat, LowCount, OrderRisk, Suspect
from cds.rules.bounds import is_bound
from cds.rules.chart import Chart
from cds.rules.consistency import ZERO_TOTAL

_REFUSED_VALUES = frozenset(
    {
        GapKind.UNREADABLE_VALUE,
        GapKind.UNKNOWN_UNIT,
        GapKind.UNIT_CONFLICT,
        GapKind.IMPLAUSIBLE,
        GapKind.FUTURE_DATE,
    }
)
CONTRADICTIONS = frozenset({"line-over-total", ZERO_TOTAL})  # cannot all be true, and may hide a low count
_LINES = frozenset(CellLine)
_CARD_LINES = frozenset({CellLine.LEUKOCYTES, CellLine.NEUTROPHILS, CellLine.LYMPHOCYTES})
_GRANULAR = frozenset({CellLine.SEGMENTED, CellLine.BANDS, CellLine.GRANULOCYTES})
_COUNT_DATA = frozenset({"counts"})
_COULD_NOT_LOOK = frozenset({GapKind.NOT_SUPPLIED, GapKind.FAILED, GapKind.INCOMPLETE})
_OF_MANY_DATA = frozenset(
    {GapKind.FAILED, GapKind.INCOMPLETE, GapKind.BROKEN_RESOURCE, GapKind.WRONG_PATIENT}
)


def find_caveats(
    low_counts: tuple[LowCount, ...],
    suspects: tuple[Suspect, ...],
    order_risks: tuple[OrderRisk, ...],
    chart: Chart,
) -> tuple[Caveat, ...]:
    """Gaps of the reading, contradictions of the counts, and limits of this check; the gravest first."""
    caveats = [
        *chart.history.caveats,
        *(_from_gap(gap, chart) for gap in chart.facts.gaps),
        *_about_age(chart, low_counts),
        *_about_differential(chart, low_counts),
        *_about_names(suspects, order_risks),
        *_about_free_text(chart),
    ]
    return tuple(sorted(_together(caveats), key=_gravity))


def from_violations(gaps: Iterable[Gap]) -> tuple[Caveat, ...]:
    """Caveats for cited resources that violate FHIR R4."""
    return tuple(Caveat(gap.kind, gap.what, gap.detail, (gap.reference,)) for gap in gaps)


def nothing_to_check(facts: PatientFacts, caveats: Iterable[Caveat]) -> bool:
    """No white cell count came, and counts were not supplied or could not be fetched."""
    unsent = {GapKind.NOT_SUPPLIED, GapKind.FAILED}
    if not any(caveat.kind in unsent and caveat.what in _COUNT_DATA for caveat in caveats):
        return False
    lines = {count.line for count in facts.counts} | {share.line for share in facts.fractions}
    return lines.isdisjoint(WHITE_CELL_LINES)


def medicines_unchecked(caveats: Iterable[Caveat]) -> bool:
    """Nobody could look at the medicines, or not at all of them."""
    return any(caveat.kind in _COULD_NOT_LOOK and caveat.what == "medications" for caveat in caveats)


def unheard_of(caveats: Iterable[Caveat]) -> list[Caveat]:
    """What to be silent about would be to call harmless: white cells that were withheld, drafts that nobody
    could look at. Any card says so in passing; without one it needs a card of its own."""
    return [
        caveat
        for caveat in caveats
        if (caveat.kind == GapKind.WITHHELD and caveat.what in _CARD_LINES)
        or (caveat.what == "drafts" and caveat.kind in _OF_MANY_DATA | {GapKind.NOT_SUPPLIED})
    ]


def _from_gap(gap: Gap, chart: Chart) -> Caveat:
    references = (gap.reference,) if gap.reference else ()
    may_hide = _may_hide(gap, chart)
    return Caveat(
        gap.kind, gap.what, gap.detail, references, may_hide=may_hide, measured=gap.measured, flag=gap.flag
    )


def _gravity(caveat: Caveat) -> tuple[bool, bool, bool]:
    """What may hide something first: contradictions, then what the laboratory itself marked."""
    return not caveat.may_hide, caveat.kind not in CONTRADICTIONS, caveat.flag is None


def _may_hide(gap: Gap, chart: Chart) -> bool:
    """Whether what could not be used may hide a low count."""
    if gap.kind is GapKind.NOT_SUPPLIED:
        return gap.what in _COUNT_DATA  # all of them; of what other lines lack the cards speak in passing
    if gap.kind in _OF_MANY_DATA:
        is_of_counts = gap.what in _COUNT_DATA or gap.what in _CARD_LINES | _GRANULAR
        # later pages of a list that runs from new to old hold nothing newer than what was read of it
        return is_of_counts and not (gap.kind is GapKind.INCOMPLETE and _is_old(gap, chart))
    if gap.kind not in _REFUSED_VALUES or gap.what not in _LINES:
        return False
    line = CellLine(gap.what)
    if line in _GRANULAR:
        line = CellLine.NEUTROPHILS
    if line not in _CARD_LINES:
        return False
    if _is_old(gap, chart):
        return False
    newest = chart.history.newest(line)
    if newest is None or newest.measured is None or gap.measured is None:
        return True
    return gap.measured.latest > newest.measured.earliest


def _is_old(gap: Gap, chart: Chart) -> bool:
    """Whether it is about a day so long ago that a count of it would be an old one."""
    if gap.measured is None:
        return False
    return (chart.as_of - gap.measured.latest).days > chart.knowledge.limits.freshness.ageing_days


def _about_age(chart: Chart, low_counts: tuple[LowCount, ...]) -> list[Caveat]:
    if chart.facts.patient.born is None and low_counts:
        return [Caveat("age-unknown", "patient")]
    return []


def _about_differential(chart: Chart, low_counts: tuple[LowCount, ...]) -> list[Caveat]:
    """A newer total without the line, and percentages without a total."""
    caveats = [
        Caveat(
            "newest-without-differential",
            low.line,
            references=low.newer_total.references,
            measured=low.newer_total.measured,
        )
        for low in low_counts
        if low.newer_total is not None
    ]
    neutrophils = chart.history.newest(CellLine.NEUTROPHILS)
    if neutrophils is not None and not is_bound(neutrophils):
        return caveats
    shares = [each for each in chart.facts.fractions if each.line is CellLine.NEUTROPHILS]
    newest = max(
        shares, key=lambda each: each.measured.latest.timestamp() if each.measured else 0.0, default=None
    )
    if newest is not None and not _has_total(newest, chart):
        detail = f"{newest.percent:f} %"
        caveats.append(
            Caveat(
                "percent-without-total",
                CellLine.NEUTROPHILS,
                detail,
                newest.references,
                measured=newest.measured,
            )
        )
    return caveats


def _has_total(share: CellFraction, chart: Chart) -> bool:
    """With a total of its draw it makes no count because the differential does not add up, which is said."""
    return any(
        count.line is CellLine.LEUKOCYTES and count.measured == share.measured for count in chart.facts.counts
    )


def _about_names(suspects: tuple[Suspect, ...], order_risks: tuple[OrderRisk, ...]) -> list[Caveat]:
    by_name = {suspect.drug.name for suspect in suspects if suspect.matched_by == "name"}
    by_name |= {
        risk.drug.name
        for risk in order_risks
        if risk.drug is not None
        and any(
            match.ingredient == risk.drug.id and match.matched_by == "name" for match in risk.draft.matches
        )
    }
    if not by_name:
        return []
    return [Caveat(GapKind.MATCHED_BY_NAME, "medications", ", ".join(sorted(by_name)), count=len(by_name))]


def _about_free_text(chart: Chart) -> list[Caveat]:
    """Medicines of which a name is all there is, and no drug of the knowledge is in it: misspelt, perhaps."""
    named: tuple[tuple[str, Sequence[MedicationUse | DraftOrder]], ...] = (
        ("medications", chart.facts.medications),
        ("drafts", chart.facts.drafts),
    )
    caveats = []
    for what, medicines in named:
        unknown = [each for each in medicines if each.recognised and not each.coded and not each.matches]
        references = tuple(each.reference for each in unknown if each.reference)
        if unknown:
            caveats.append(Caveat("free-text-only", what, "", references, len(unknown)))
    return caveats


def _together(caveats: list[Caveat]) -> list[Caveat]:
    """Caveats of one kind about one thing are said once, with how often; what is flagged apart."""
    grouped: dict[tuple[str, str, bool, LabFlag | None], list[Caveat]] = {}
    for caveat in caveats:
        alike = (caveat.kind, caveat.what, caveat.may_hide, caveat.flag)
        grouped.setdefault(alike, []).append(caveat)
    merged = []
    for same in grouped.values():
        first = same[0]
        details = tuple(dict.fromkeys(caveat.detail for caveat in same if caveat.detail))
        merged.append(
            Caveat(
                kind=first.kind,
                what=first.what,
                detail="; ".join(details[:3]),
                references=tuple(dict.fromkeys(ref for caveat in same for ref in caveat.references)),
                count=sum(caveat.count for caveat in same),
                may_hide=first.may_hide,
                measured=first.measured,
                flag=first.flag,
            )
        )
    return merged
