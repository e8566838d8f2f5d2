"""Since when a count is low, which way it goes, and why that may be expected."""

from __future__ import annotations

from datetime import datetime

from cards.count_words import amount, line_word, on_its_scale, qualifiers, unit_of
from cards.wording import COUNT_UNIT, day, listed, number, sentence, short_day
from cds.facts import CellLine, LabFlag
from cds.findings import BaselineKind, Direction, Duration, ExpectedNadir, LimitBasis, LowCount

_ACUTE = "look for drug-induced agranulocytosis, acute infection and acute leukaemia"
_ACUTE_TOTAL = "look for acute infection, a drug effect and acute leukaemia"
_CHRONIC = "think of a primary marrow disorder or chronic infection"
_CHRONIC_ALSO = "also autoimmune, nutritional, splenic and familial causes, and the Duffy-null pattern"
_LYMPHOCYTES = (
    "Acute illness, steroids and stress lower lymphocytes for days: "
    "repeat the count after recovery before a wider work-up."
)
_LYMPHOCYTES_LONG = "This long, acute illness does not explain it: think of drugs and of immune deficiency."
_LIMITS = {
    LimitBasis.ADULT: "adult limit",
    LimitBasis.LABORATORY: "laboratory's own lower limit",
    LimitBasis.CHILD: "limit for the child's age at the specimen",
    LimitBasis.DUFFY_NULL: "limit for recorded Duffy-null",
}


def limit_sentence(low: LowCount) -> str:
    """What the count was compared with."""
    unit = "" if unit_of(low.line) == COUNT_UNIT else f" {unit_of(low.line)}"
    limit = number(on_its_scale(low.line, low.limit.value))
    return f"Compared with the {_LIMITS[low.limit.basis]} of {limit}{unit}."


def duration_sentences(low: LowCount) -> tuple[str, ...]:
    """How long it has lasted, and what that suggests."""
    if low.duration is Duration.UNKNOWN:
        return ("No earlier count available to this service: duration not known.",)
    if low.line is CellLine.LYMPHOCYTES:
        lasting = low.duration is Duration.CHRONIC
        return (f"{low.duration.value.capitalize()}. {_LYMPHOCYTES_LONG if lasting else _LYMPHOCYTES}",)
    if low.line not in {CellLine.NEUTROPHILS, CellLine.LEUKOCYTES}:
        return (sentence(low.duration.value),)
    settled_neutrophils = low.line is CellLine.LEUKOCYTES and not low.differential_missing
    acute = _ACUTE_TOTAL if settled_neutrophils else _ACUTE
    match low.duration:
        case Duration.NEW:
            return (f"New: {acute}.",)
        case Duration.RECENT:
            return (f"Recent, between acute and chronic: {acute}; {_CHRONIC}.",)
        case Duration.CHRONIC:
            return (f"Chronic (long-standing): {_CHRONIC}; {_CHRONIC_ALSO}.",)
        case Duration.RECURRING:
            return (f"Recurring, low and normal in turn: regular counts may show a rhythm; {_CHRONIC}.",)


def trend_sentence(low: LowCount, as_of: datetime) -> str:
    """Last normal count, fall, lowest count and direction; empty without a history."""
    trend = low.trend
    parts: list[str] = []
    normal = trend.last_normal
    was_high = normal is not None and normal.flag is LabFlag.HIGH  # not low, and not usual either
    if normal is not None:
        last = "last not low" if was_high else "last normal"
        parts.append(f"{last} {amount(normal)} {qualifiers(normal, as_of)}")
    if trend.fall_percent:
        fall = "marked fall" if trend.steep else "fall"
        level = "counts before" if was_high else "usual level"
        parts.append(f"{fall} of {trend.fall_percent} % from the {level}")
    nadir = trend.nadir
    if nadir is not None and nadir.references != low.count.references:
        parts.append(f"lowest {amount(nadir, low.limit.value)} {qualifiers(nadir, as_of)}")
    if trend.crashed and trend.first_low is not None and trend.fall_began is not None:
        since = f"mildly low since {short_day(trend.first_low.measured, as_of)}"
        parts.append(f"{since}, this fall began {short_day(trend.fall_began.measured, as_of)}")
    if trend.recovering:
        parts.append("recovering")
    elif not trend.fall_percent and trend.direction is not Direction.UNKNOWN:
        parts.append(trend.direction.value)
    return sentence("; ".join(parts)) if parts else ""


def baseline_sentences(low: LowCount) -> tuple[str, ...]:
    """Whether such a count may be usual for this person. Never from race, name or origin."""
    baseline = low.baseline
    if baseline is None:
        return ()
    usual = f" Own usual level {number(baseline.median)}." if baseline.median is not None else ""
    if baseline.kind is BaselineKind.POSSIBLE_LIFELONG:
        return (
            "Long-standing, stable and mild, other lines not low: a lifelong low count such as the "
            f"Duffy-null pattern is possible; a Duffy phenotype test may answer it.{usual}",
        )
    if baseline.expected:
        return (f"Duffy-null is recorded: this count is within the range expected for Duffy-null.{usual}",)
    return (f"Duffy-null is recorded, but this count is below what is expected for it.{usual}",)


def nadir_sentences(nadir: ExpectedNadir) -> tuple[str, ...]:
    """The expected fall after a cytotoxic dose."""
    drugs = listed(drug.name for drug in nadir.drugs) if nadir.drugs else "cytotoxic treatment"
    text = f"Expected effect of treatment: day {nadir.day} after {drugs} (last dose {day(nadir.last_dose)})."
    if nadir.prolonged:
        return text, "It has lasted longer than is usual for such a fall."
    return (text,)


def newer_total_sentence(low: LowCount, as_of: datetime) -> str:
    """A newer total without differential does not cancel a low line."""
    total = low.newer_total
    if total is None:
        return ""
    return (
        f"The newer count of {short_day(total.measured, as_of)} ({line_word(total.line)} {amount(total)}) "
        f"has no differential: {low.short} now not known."
    )
