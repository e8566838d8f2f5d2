"""The neutrophil count of one draw, when nobody reported it.

Order of paths: reported; segmented + bands; total x all-neutrophil percent; total x (segmented + band
percent); and, when nothing else is there, the bound that neutrophils cannot outnumber all white cells.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import NamedTuple

from cds.facts import Bound, Calculation, CellCount, CellFraction, CellLine, ResultStatus
from cds.findings import Caveat
from cds.knowledge.schema import ConsistencyLimits
from cds.rules.draws import Draw, by_trust

_DIFFERENTIAL = frozenset(
    {CellLine.LYMPHOCYTES, CellLine.MONOCYTES, CellLine.EOSINOPHILS, CellLine.BASOPHILS}
)
_COUNTED_APART = frozenset(
    {CellLine.CD4, CellLine.NUCLEATED_RED, CellLine.RETICULOCYTES, CellLine.GRANULOCYTES}
)


class _Shares(NamedTuple):
    """A part of the total, by percentages. It is not written out beside a reported count that agrees."""

    value: Decimal
    total: CellCount
    parts: tuple[CellFraction, ...]
    path: str
    caveats: tuple[Caveat, ...] = ()

    @property
    def bound(self) -> Bound:
        return self.total.bound

    def write(self, line: CellLine = CellLine.NEUTROPHILS) -> CellCount:
        """The count with its arithmetic."""
        total, parts = self.total, self.parts
        shares = " + ".join(f"{part.percent:f} %" for part in parts)
        text = f"{_plain(total)} x {shares if len(parts) == 1 else f'({shares})'}"
        references = tuple(reference for part in parts for reference in part.references)
        return CellCount(
            line=line,
            value=self.value,
            measured=total.measured or parts[0].measured,
            reported="",
            bound=total.bound,
            status=max((total.status, *(part.status for part in parts)), key=_doubt),
            draw=total.draw,
            references=(*total.references, *references),
            calculation=Calculation(self.path, text),
        )


class _Sum(NamedTuple):
    """Parts that were counted one by one, added up."""

    value: Decimal
    parts: tuple[CellCount, ...]
    path: str
    text: str
    caveats: tuple[Caveat, ...] = ()

    @property
    def bound(self) -> Bound:
        return Bound.EXACT

    def write(self) -> CellCount:
        """The count with its arithmetic."""
        return CellCount(
            line=CellLine.NEUTROPHILS,
            value=self.value,
            measured=self.parts[0].measured,
            reported="",
            status=max((each.status for each in self.parts), key=_doubt),
            draw=self.parts[0].draw,
            references=tuple(reference for each in self.parts for reference in each.references),
            calculation=Calculation(self.path, self.text),
        )


_Reckoned = _Shares | _Sum


def find_neutrophils(
    draw: Draw, counts: Mapping[CellLine, CellCount], limits: ConsistencyLimits
) -> CellCount | None:
    """The neutrophil count of a draw with the path it came by.

    Where a reported and a calculated count disagree, the lower one is returned.

    Args:
        counts: those of the draw, lines over the total settled.
    """
    reported = counts.get(CellLine.NEUTROPHILS)
    calculated = _calculate(draw, counts, limits)
    if reported is not None:
        if calculated is None or not _differs(reported, calculated, limits):
            return reported
        is_lower = calculated.value < reported.value and _is_sound(calculated, draw, limits)
        return calculated.write() if is_lower else reported
    if calculated is not None and _is_sound(calculated, draw, limits):
        return calculated.write()
    for upper in (counts.get(CellLine.GRANULOCYTES), counts.get(CellLine.LEUKOCYTES)):
        if upper is not None and upper.bound is not Bound.ABOVE:
            return bounded_by(upper)
    return None


def find_neutrophil_caveats(
    draw: Draw, counts: Mapping[CellLine, CellCount], limits: ConsistencyLimits
) -> tuple[Caveat, ...]:
    """What must be said about the neutrophil count of a draw; a disagreement names both readings."""
    calculated = _calculate(draw, counts, limits)
    if calculated is None:
        return ()
    if not _is_sound(calculated, draw, limits):
        share, _ = _sum_of_percents(draw)
        return (Caveat("sum-of-percents", CellLine.NEUTROPHILS, f"{share} %", _references(draw, counts)),)
    caveats = (*calculated.caveats, *_nearly_sound(calculated, draw, counts, limits))
    reported = counts.get(CellLine.NEUTROPHILS)
    if reported is not None and _differs(reported, calculated, limits):
        return (*caveats, _calculated_differs(reported, calculated.write()))
    return caveats


def _nearly_sound(
    calculated: _Reckoned, draw: Draw, counts: Mapping[CellLine, CellCount], limits: ConsistencyLimits
) -> Iterator[Caveat]:
    """A differential that does not quite add up is used, and said."""
    low, high = limits.sum_percent_note
    share, is_whole = _sum_of_percents(draw)
    if not isinstance(calculated, _Sum) and (share > high or (is_whole and share < low)):
        references = _references(draw, counts)
        yield Caveat("sum-of-percents-off", CellLine.NEUTROPHILS, f"{share} %", references)


def _calculate(
    draw: Draw, counts: Mapping[CellLine, CellCount], limits: ConsistencyLimits
) -> _Reckoned | None:
    segmented, bands = counts.get(CellLine.SEGMENTED), counts.get(CellLine.BANDS)
    if segmented is not None and segmented.bound is Bound.EXACT:
        if bands is None:
            text = _plain(segmented)
            caveat = Caveat("bands-missing", CellLine.NEUTROPHILS, text, segmented.references)
            return _Sum(segmented.value, (segmented,), "segmented", text, (caveat,))
        text = f"{_plain(segmented)} + {_plain(bands)}"
        return _Sum(segmented.value + bands.value, (segmented, bands), "segmented+bands", text)

    total = counts.get(CellLine.LEUKOCYTES)
    if total is None or total.bound is Bound.ABOVE:
        return None
    whole, bands_percent = draw.fractions.get(CellLine.NEUTROPHILS), draw.fractions.get(CellLine.BANDS)
    if whole is not None:
        if whole.manual and not whole.all_neutrophils and bands_percent is not None:
            parts, caveats = _close(draw, whole, bands_percent, limits)
            return _share(total, parts, "percent", caveats)
        return _share(total, (whole,), "percent")
    segmented_percent = draw.fractions.get(CellLine.SEGMENTED)
    if segmented_percent is None:
        return None
    if bands_percent is None:
        caveat = Caveat("bands-missing", CellLine.NEUTROPHILS, f"{segmented_percent.percent} %")
        return _share(total, (segmented_percent,), "segmented-percent", (caveat,))
    return _share(total, (segmented_percent, bands_percent), "segmented-percent")


def _is_sound(calculated: _Reckoned, draw: Draw, limits: ConsistencyLimits) -> bool:
    """What was calculated from a share holds only if the whole differential adds up."""
    if isinstance(calculated, _Sum):
        return True
    low, high = limits.sum_percent_serious
    share, is_whole = _sum_of_percents(draw)
    of_nothing = share == 0 and len(draw.fractions) > 1
    return not (share > high or of_nothing or (is_whole and share < low))


def _close(
    draw: Draw, whole: CellFraction, bands: CellFraction, limits: ConsistencyLimits
) -> tuple[tuple[CellFraction, ...], tuple[Caveat, ...]]:
    """Whether a manual "neutrophils" percentage already contains the bands: decided by what sums to 100."""
    others = [draw.fractions[line].percent for line in _DIFFERENTIAL if line in draw.fractions]
    low, high = limits.closure
    if len(others) == len(_DIFFERENTIAL):
        without = whole.percent + sum(others, Decimal(0))
        if low <= without + bands.percent <= high and not low <= without <= high:
            return (whole, bands), ()
        if low <= without <= high:
            return (whole,), ()
    # Nothing closes: the lower reading is the one without bands.
    detail = f"{whole.percent} % and {bands.percent} %"
    return (whole,), (Caveat("bands-unclear", CellLine.NEUTROPHILS, detail, whole.references),)


def _sum_of_percents(draw: Draw) -> tuple[Decimal, bool]:
    """Sum of the differential in percent, and whether every line of it was sent."""
    fractions = draw.fractions
    whole = fractions.get(CellLine.NEUTROPHILS)
    part_of_whole = set() if whole is None else {CellLine.SEGMENTED}
    if whole is not None and whole.all_neutrophils:
        part_of_whole.add(CellLine.BANDS)
    shares = [
        fraction.percent
        for line, fraction in fractions.items()
        if line not in _COUNTED_APART and line not in part_of_whole
    ]
    return sum(shares, Decimal(0)), fractions.keys() >= _DIFFERENTIAL


def find_share_of_total(line: CellLine, draw: Draw) -> CellCount | None:
    """The count of a line from its percentage and the total of the same draw."""
    total, share = draw.counts.get(CellLine.LEUKOCYTES), draw.fractions.get(line)
    if total is None or share is None or total.bound is Bound.ABOVE:
        return None
    return _share(total, (share,), "percent").write(line)


def _share(
    total: CellCount, parts: tuple[CellFraction, ...], path: str, caveats: tuple[Caveat, ...] = ()
) -> _Shares:
    percent = Decimal(0)
    for part in parts:
        percent += part.percent
    return _Shares(total.value * percent / 100, total, parts, path, caveats)


def bounded_by(upper: CellCount) -> CellCount:
    """Neutrophils cannot outnumber ``upper``: a bound, not a count; below ``<0.5`` it is below."""
    return CellCount(
        line=CellLine.NEUTROPHILS,
        value=upper.value,
        measured=upper.measured,
        reported="",
        bound=Bound.BELOW if upper.bound is Bound.BELOW else Bound.AT_MOST,
        status=upper.status,
        draw=upper.draw,
        references=upper.references,
        calculation=Calculation("bound", _plain(upper)),
    )


def _doubt(status: ResultStatus) -> int:
    order = (
        ResultStatus.FINAL,
        ResultStatus.AMENDED,
        ResultStatus.CORRECTED,
        ResultStatus.UNKNOWN,
        ResultStatus.PRELIMINARY,
    )
    return order.index(status)


def _differs(reported: CellCount, calculated: _Reckoned, limits: ConsistencyLimits) -> bool:
    if reported.bound is not Bound.EXACT or calculated.bound is not Bound.EXACT:
        return False
    one, other = reported.value, calculated.value
    return abs(one - other) * 100 > max(one, other) * limits.calculated_differs_percent


def _calculated_differs(reported: CellCount, calculated: CellCount) -> Caveat:
    arithmetic = calculated.calculation.text if calculated.calculation else ""
    detail = f"{_plain(reported)}; {arithmetic} = {calculated.value.normalize():f}"
    return Caveat("calculated-differs", CellLine.NEUTROPHILS, detail, reported.references)


def _references(draw: Draw, counts: Mapping[CellLine, CellCount]) -> tuple[str, ...]:
    """Of all results of the draw, the most trusted first."""
    counted = [counts[count.line] for count in by_trust(draw.counts.values())]
    results: Iterable[CellCount | CellFraction] = (*counted, *by_trust(draw.fractions.values()))
    return tuple(reference for result in results for reference in result.references)


def _plain(count: CellCount) -> str:
    """The number in 10*9/L with its own digits: what the arithmetic is shown with."""
    return f"{count.value:f}"
