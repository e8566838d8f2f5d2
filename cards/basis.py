"""What a card rests on, for a machine to check what a person reads: ``extension["org.leukocds.basis"]``.

Numbers of counts are strings with the digits of the wire, unless those are more than any laboratory sends.
Members without content are left out.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal

from msgspec import json
from msgspec.structs import replace

from cards.card import Card, Wire
from cards.message import Evidence, distinct
from cards.wording import with_short_numbers
from cds.facts import Bound, GapKind, Precision, When
from cds.findings import Assessment, Caveat, LowCount, OrderRisk, RiskReason, Suspect, Topic

BASIS = "org.leukocds.basis"

_NOT_CHECKED = {
    kind.value for kind in (GapKind.NOT_SUPPLIED, GapKind.WITHHELD, GapKind.FAILED, GapKind.INCOMPLETE)
}
# FHIR allows 64 characters, Epic's are of 200; with these any reference is told, and no text of the sender
_REFERENCE = re.compile(r"[\w.~:/#%+=@|-]{1,400}", re.ASCII)
_LONGEST_VALUE = 24  # characters: a number as programs write it, all its digits
_UNIT = "10*9/L"  # UCUM, for machines; people read x10^9/L


class CountBasis(Wire, frozen=True, kw_only=True):
    """One low line. ``bound`` is there only where ``value`` is a limit of the count and not the count."""

    line: str
    value: str
    bound: str = ""
    unit: str
    tier: str
    duration: str
    effective: str = ""
    derived: bool
    observations: tuple[str, ...] = ()


class SuspectBasis(Wire, frozen=True, kw_only=True):
    ingredient: str
    rxcui: str = ""
    standing: str
    score: int
    parts: dict[str, int] | None = None
    requests: tuple[str, ...] = ()
    matched_by: str = ""


class OrderRiskBasis(Wire, frozen=True, kw_only=True):
    draft: str = ""
    ingredient: str = ""
    why: str


class NotChecked(Wire, frozen=True, kw_only=True):
    what: str
    why: str


class Basis(Wire, frozen=True, kw_only=True):
    """The machine-readable twin of a card.

    Attributes:
        counts: all low lines, on every card of an answer; the other members only what this card rests on.
    """

    knowledge: str
    as_of: str
    counts: tuple[CountBasis, ...] = ()
    suspects: tuple[SuspectBasis, ...] = ()
    order_risks: tuple[OrderRiskBasis, ...] = ()
    precautions: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    not_checked: tuple[NotChecked, ...] = ()
    caveats: tuple[str, ...] = ()


def common_basis(assessment: Assessment) -> Basis:
    """What all cards of an answer rest on."""
    return Basis(
        knowledge=assessment.knowledge,
        as_of=_instant(assessment.as_of),
        counts=tuple(map(_count, assessment.low_counts)),
    )


def build_basis(common: Basis, evidence: Evidence, caveats: tuple[Caveat, ...]) -> Basis:
    """The basis of one card, which adds its own evidence and doubts to what is common to all."""
    missing = dict.fromkeys((caveat.what, caveat.kind) for caveat in caveats if caveat.kind in _NOT_CHECKED)
    by_name = any(suspect.matched_by == "name" for suspect in evidence.suspects)
    kinds = [GapKind.MATCHED_BY_NAME.value] if by_name else []
    kinds += [caveat.kind for caveat in caveats if caveat.kind not in _NOT_CHECKED]
    return replace(
        common,
        suspects=tuple(map(_suspect, evidence.suspects)),
        order_risks=tuple(dict.fromkeys(map(_order_risk, evidence.order_risks))),
        precautions=tuple(precaution.id for precaution in evidence.precautions),
        rules=evidence.rules,
        sources=evidence.sources,
        not_checked=tuple(NotChecked(what=what, why=why) for what, why in missing),
        caveats=distinct(kinds),
    )


def drugs_of(card: Card) -> tuple[str, ...]:
    """The ingredients that ``card`` speaks of: those ordered, then the suspects, the foremost first."""
    basis = (card.extension or {}).get(BASIS)
    if not isinstance(basis, Basis):
        return ()
    ordered = (risk.ingredient for risk in basis.order_risks)
    return distinct((*ordered, *(suspect.ingredient for suspect in basis.suspects)))


def topics_in(card: Card) -> tuple[str, ...]:
    """The topic of ``card``, and those that were folded into it."""
    basis = (card.extension or {}).get(BASIS)
    if card.source.topic is None or not isinstance(basis, Basis):
        return ()
    own = card.source.topic.code
    if own != Topic.LOW_COUNT:
        return (own,)
    folded = ((Topic.SUSPECTS, basis.suspects), (Topic.PRECAUTIONS, basis.precautions))
    return (own, *(topic.value for topic, part in folded if part))


def mark_of(card: Card) -> str:
    """What ``card`` says: its findings with their tiers, drugs and doubts, without a value or a date.

    Two cards with the same mark say the same; whatever adds to it makes another mark.
    """
    basis = (card.extension or {}).get(BASIS)
    if card.source.topic is None or not isinstance(basis, Basis):
        return ""
    said = (
        card.source.topic.code,
        card.indicator.value,
        sorted((count.line, count.tier) for count in basis.counts),
        sorted((suspect.ingredient, suspect.standing) for suspect in basis.suspects),
        sorted((risk.ingredient, risk.why) for risk in basis.order_risks),
        *map(sorted, (basis.precautions, basis.rules, basis.caveats)),
        sorted((each.what, each.why) for each in basis.not_checked),
    )
    return json.encode(said).decode()


def _count(low: LowCount) -> CountBasis:
    count = low.count
    return CountBasis(
        line=low.line.value,
        value=_digits(count.value),
        bound="" if count.bound is Bound.EXACT else count.bound.value,
        unit=_UNIT,
        tier=low.severity.name.lower(),
        duration=low.duration.value,
        effective=_effective(count.measured),
        derived=count.calculation is not None,
        observations=_told(count.references),
    )


def _digits(value: Decimal) -> str:
    """All digits, for machines; a number longer than any that is meant is as people read it."""
    digits = format(value, "f")
    return digits if len(digits) <= _LONGEST_VALUE else with_short_numbers(digits)


def _suspect(suspect: Suspect) -> SuspectBasis:
    parts: dict[str, int] = {}
    for part in suspect.parts:
        if part.points:
            parts[part.name] = parts.get(part.name, 0) + part.points
    return SuspectBasis(
        ingredient=suspect.drug.id,
        rxcui=suspect.drug.rxcui,
        standing=suspect.standing.value,
        score=suspect.score,
        parts=parts or None,
        requests=_told(distinct(use.reference for use in suspect.uses)),
        matched_by=suspect.matched_by,
    )


def _order_risk(risk: OrderRisk) -> OrderRiskBasis:
    return OrderRiskBasis(
        draft="".join(_told((risk.draft.reference,))),
        # the drug of a vaccine risk is the one that weakens the patient, not what is ordered
        ingredient=risk.drug.id if risk.drug and risk.why is not RiskReason.LIVE_VACCINE else "",
        why=risk.why.value,
    )


def _told(references: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(filter(_REFERENCE.fullmatch, references))


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _effective(when: When | None) -> str:
    """A FHIR dateTime as exact as the one that was sent; empty if undated."""
    if when is None:
        return ""
    match when.precision:
        case Precision.INSTANT:
            return _instant(when.earliest)
        case Precision.DAY:
            return when.day.isoformat()
        case Precision.MONTH:
            return f"{when.day:%Y-%m}"
        case Precision.YEAR:
            return f"{when.day:%Y}"
