"""One suspect in words: what fits, what speaks against it, what would settle it, and the arithmetic."""

from __future__ import annotations

from cards.drug_words import marked_name
from cards.message import distinct
from cards.wording import day, listed, quote
from cds.findings import CountedTo, ScorePart, Standing, Suspect

WORD = {
    Standing.EXPECTED: "Expected effect of treatment",
    Standing.LEADING: "Leading suspect (likely)",
    Standing.POSSIBLE: "Possible contributor",
    Standing.UNLIKELY: "Less likely; cannot be excluded",
}
_COUNTED_TO = {
    CountedTo.FIRST_LOW: "at the first low count",
    CountedTo.FALL: "when this fall began",
    CountedTo.NEWEST: "at the newest count",
}
_PART = {
    "evidence": "evidence",
    "timing": "timing",
    "trajectory": "course of the counts",
    "dechallenge": "course off the drug",
    "reaction": "earlier reaction",
    "exposure": "exposure",
    "alternatives": "other explanations",
}
_PART_BY_REASON = {
    "normal-before": "fall after a normal count",
    "low-before-start": "already low before the start",
    "mildly-low-before": "fall further from a mildly low count",
    "risky-pair": "risky pair",
    "recovered-on-drug": "recovery while it went on",
}


def lead_words(suspect: Suspect) -> str:
    """``Leading suspect (likely): methimazole``."""
    return f"{WORD[suspect.standing]}: {marked_name(suspect.drug)}"


def exposure_words(suspect: Suspect) -> str:
    """Class, dates and the lines concerned, to stand in a sentence or to be one."""
    words = [suspect.drug.drug_class]
    if suspect.since is not None:
        words.append(f"from {day(suspect.since)}")
    if suspect.day is not None:
        words.append(f"day {suspect.day} {_COUNTED_TO[suspect.counted_to]}")
    if suspect.stopped is not None:
        words.append(f"ended {day(suspect.stopped)}")
    words.append(f"for {listed(line.value for line in suspect.lines)}")
    return ", ".join(word for word in words if word)


def arithmetic(suspect: Suspect) -> str:
    """``70 = evidence 30 + timing 25 + fall after a normal count 15``."""
    terms = ""
    for part in suspect.parts:
        if part.points == 0:
            continue
        sign = "-" if part.points < 0 else "+" if terms else ""
        name = _PART_BY_REASON.get(part.reason, _PART.get(part.name, part.name))
        terms += f" {sign} {name} {abs(part.points)}" if sign else f"{name} {part.points}"
    total = sum(part.points for part in suspect.parts)
    capped = "" if total == suspect.score else f" = {total}, kept within the scale"
    return f"{suspect.score} = {terms.strip()}{capped}" if terms else str(suspect.score)


def reasoning(suspect: Suspect) -> tuple[str, ...]:
    """What fits, what speaks against, what would settle it, and the arithmetic: one line each."""
    lines = [f"Fits: {fits(suspect)}."]
    if suspect.standing is not Standing.EXPECTED:
        lines.append(f"Against: {against(suspect)}.")
    lines.append(f"Would settle it: {settles(suspect)}.")
    lines.append(f"Score {arithmetic(suspect)} (rule points, not a probability).")
    return tuple(lines)


def fits(suspect: Suspect) -> str:
    """What speaks for the drug."""
    words = [_fit(part, suspect) for part in suspect.parts]
    return "; ".join(distinct(words)) or "nothing found in the data"


def against(suspect: Suspect) -> str:
    """What speaks against the drug."""
    words = [_objection(part, suspect) for part in suspect.parts]
    if suspect.uses and all(use.as_needed or use.single_dose for use in suspect.uses):
        words.append("taken as needed or once only")
    if suspect.matched_by == "name":
        words.append("recognised by its name only, not by a code")
    return "; ".join(distinct(words)) or "nothing found in the data"


def settles(suspect: Suspect) -> str:
    """What would tell whether it is this drug."""
    if suspect.standing is Standing.EXPECTED:
        return "recovery of the counts in the usual time; any change only with the prescriber"
    if suspect.drug.prescriber_decides:
        return "a count after a pause, which is decided only with the prescriber"
    if suspect.stopped is not None:
        return "the counts off the drug"
    return "recheck CBC 48 h after stopping, if clinically safe"


def _fit(part: ScorePart, suspect: Suspect) -> str:
    drug = suspect.drug
    match part.reason:
        case "typical-window":
            return f"low on day {part.days}, inside the usual window ({drug.onset})"
        case "possible-window":
            return f"low on day {part.days}, inside the widest window ({drug.onset})"
        case "normal-before":
            return "normal count before, then the fall"
        case "recovered-after-earlier-stop":
            return f"recovered within {part.days} days off the drug once before"
        case "same-drug":
            return f"earlier reaction to it on record{_of(part)}"
        case "same-class":
            return f"earlier reaction to the same class on record{_of(part)}"
        case "risky-pair":
            return f"taken together with {_names(part)}"
    if part.name == "evidence":
        boxed = ", boxed warning" if drug.boxed_warning else ""
        return f"evidence grade {drug.grade}, frequency: {drug.frequency}{boxed}"
    return _PART.get(part.name, part.name) if part.points > 0 and not _is_objection(part) else ""


def _is_objection(part: ScorePart) -> bool:
    """Some parts earn points although they speak against the drug."""
    return part.reason in {"outside-window", "unknown-window", "no-baseline", "mildly-low-before"}


def _objection(part: ScorePart, suspect: Suspect) -> str:
    match part.reason:
        case "outside-window":
            return f"day {part.days} lies outside the known window ({suspect.drug.onset})"
        case "unknown-window":
            return "start date not known"
        case "stopped-window":
            return "last taken long before the fall"
        case "after-window":
            return "started after the fall"
        case "low-before-start":
            return "count already low before the start"
        case "mildly-low-before":
            return "count already mildly low before the start"
        case "no-baseline":
            return "no normal count shortly before the start to compare with"
        case "recovered-on-drug":
            return "an earlier fall recovered while it went on"
        case "not-recovered-after-stop":
            return f"no recovery {part.days} days after its end"
    if part.name == "alternatives" and part.points < 0:
        usual = "such a count is usual for this patient" if "usual-for-patient" in part.reason else ""
        others = f"other explanations in the data: {_names(part)}" if part.names else ""
        return "; ".join(distinct((others, usual)))
    return _PART.get(part.name, part.name) if part.points < 0 else ""


def _of(part: ScorePart) -> str:
    return f" ({_names(part)})" if part.names else ""


def _names(part: ScorePart) -> str:
    return listed(quote(name) for name in part.names) if part.names else "another drug"
