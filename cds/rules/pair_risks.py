"""Risky pairs that the drafts create: with a current drug, or among themselves."""

from __future__ import annotations

from collections.abc import Iterable

from cds.facts import CellLine, DraftAction, DraftOrder
from cds.findings import LowCount, OrderRisk, PairNote, RiskReason, Severity, Urgency
from cds.rules.chart import Chart
from cds.rules.exposures import Exposure
from cds.rules.low_counts import unusual
from cds.rules.pairs import find_pairs


def find_pair_risks(low_counts: tuple[LowCount, ...], chart: Chart) -> list[OrderRisk]:
    """One risk per pair and draft. With normal counts only the gravest pairs are worth a word."""
    low_lines = frozenset(low.line for low in unusual(low_counts))
    severe = any(low.is_severe_neutropenia for low in low_counts)
    stopped = drugs_drafted(chart.facts.drafts, DraftAction.STOP)
    current = {
        exposure.drug.id: exposure
        for exposure in chart.exposures
        if exposure.ongoing and exposure.drug.id not in stopped
    }
    risks: list[OrderRisk] = []
    seen: set[tuple[str, frozenset[str], str]] = set()
    ordered = [
        (draft, ids)
        for draft in chart.facts.drafts
        if draft.action is DraftAction.ORDER and draft.systemic and (ids := _ids(draft))
    ]
    # whatever is in the same order is no company to it, wherever else it is ordered too
    company = frozenset(current).union(*(ids for _, ids in ordered))
    for draft, mine in ordered:
        if not draft.selected:
            continue
        for pair in find_pairs(mine, company - mine, chart.knowledge):
            key = (pair.id, frozenset({pair.first.id, pair.second.id}), draft.reference or draft.text)
            urgency = _urgency(pair, low=bool(low_lines & _lines(pair, chart)), severe=severe)
            if urgency is None or key in seen:
                continue
            seen.add(key)
            risks.append(_risk(draft, pair, urgency, mine, current, low_counts))
    return risks


def drugs_drafted(drafts: Iterable[DraftOrder], action: DraftAction) -> frozenset[str]:
    """The drugs that some draft orders, or that some draft stops, selected or not."""
    return frozenset(drug for draft in drafts if draft.action is action for drug in _ids(draft))


def _urgency(pair: PairNote, *, low: bool, severe: bool) -> Urgency | None:
    grave = pair.severity in {"contraindicated", "avoid"}
    if grave:
        return Urgency.CRITICAL if low and severe else Urgency.WARNING
    return Urgency.WARNING if low and pair.severity == "warn" else (Urgency.INFO if low else None)


def _risk(
    draft: DraftOrder,
    pair: PairNote,
    urgency: Urgency,
    mine: frozenset[str],
    current: dict[str, Exposure],
    low_counts: tuple[LowCount, ...],
) -> OrderRisk:
    drug, partner = (pair.first, pair.second) if pair.first.id in mine else (pair.second, pair.first)
    low = low_counts[0] if low_counts else None
    return OrderRisk(
        draft=draft,
        why=RiskReason.RISKY_PAIR,
        urgency=urgency,
        drug=drug,
        count=low.count if low is not None else None,
        severity=low.severity if low is not None else Severity.NONE,
        pair=pair,
        related=current[partner.id].references if partner.id in current else (),
        rule=f"order-risk/pair/{pair.id}",
        sources=pair.sources,
    )


def _ids(draft: DraftOrder) -> frozenset[str]:
    return frozenset(match.ingredient for match in draft.matches)


def _lines(pair: PairNote, chart: Chart) -> frozenset[CellLine]:
    return frozenset(line for each in chart.knowledge.pairs if each.id == pair.id for line in each.lines)
