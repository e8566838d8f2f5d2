"""The fever card: fever with low or unknown neutrophils.

It names no suspect and no treatment to give: of drugs only the cytotoxic ones on which the rule rests.
"""

from __future__ import annotations

from cards.count_words import described, measured, qualifiers, short_name, state_of
from cards.markdown import Block
from cards.message import FEVER, Evidence, Message, OfferedTest, distinct
from cards.telling import Telling
from cards.temperature_words import degrees, reading
from cards.wording import day, days_old, fit_summary, listed, number, quote, short_day
from cds.facts import CellLine
from cds.findings import Assessment, ExpectedNadir, Fever, FeverDefinition, Topic, Urgency

_NOT_KNOWN = "Examination, blood pressure, allergies, earlier resistant germs."
_MEETS = {FeverDefinition.NEUTROPHILS_LOW}
_UNKNOWN = {
    FeverDefinition.NEUTROPHILS_UNKNOWN,
    FeverDefinition.LOW_COUNT_RECORDED,
    FeverDefinition.LAST_COUNT_SEVERE,
}
_RESTS_ON_TREATMENT = {FeverDefinition.CHEMOTHERAPY_WINDOW, FeverDefinition.NEUTROPHILS_UNKNOWN}


def render_fever(telling: Telling, urgency: Urgency) -> Message:
    """Which definition is met, by which readings, and what to consider."""
    assessment = telling.assessment
    fever = assessment.fever
    if fever is None:
        raise ValueError("a fever card needs a fever")
    blocks = (
        Block("Found:", _found(assessment, fever)),
        Block("Meaning:", _meaning(fever)),
        Block(
            "Consider:",
            items=(
                "Urgent assessment and the local febrile-neutropenia pathway.",
                "Blood cultures before antibiotics, if that means no delay.",
                "No rectal temperature.",
                *_other_tests(assessment),
            ),
        ),
        Block("Not known here:", (_NOT_KNOWN, "Context for your judgement.")),
    )
    return Message(
        topics=(Topic.FEVER,),
        urgency=urgency,
        summary=_summary(assessment, fever),
        blocks=blocks,
        evidence=fever_evidence(assessment),
        tests=_tests(assessment),
    )


def fever_evidence(assessment: Assessment) -> Evidence:
    """What the card rests on."""
    fever = assessment.fever
    if fever is None:
        return Evidence()
    recorded = (known.reference for known in (fever.condition, fever.recorded) if known is not None)
    return Evidence(
        rules=distinct((fever.rule,)),
        sources=fever.sources,
        references=distinct(
            (
                *(fever.neutrophils.references if fever.neutrophils is not None else ()),
                fever.temperature.reference if fever.temperature is not None else "",
                *recorded,
                *(fever.chemotherapy.references if fever.chemotherapy is not None else ()),
            )
        ),
    )


def _other_tests(assessment: Assessment) -> tuple[str, ...]:
    names = [test.name for test in assessment.work_up if test.when == FEVER]
    return (f"Tests for a fever, no order in the data: {'; '.join(names)}.",) if names else ()


def _tests(assessment: Assessment) -> tuple[OfferedTest, ...]:
    """The first test for a fever, the count itself, then whatever else a fever asks for."""
    for_fever = [test for test in assessment.work_up if test.when == FEVER]
    others = [test for test in assessment.work_up if test.when != FEVER]
    return tuple(OfferedTest(test) for test in (*for_fever[:1], *others[:1], *for_fever[1:]))


def _summary(assessment: Assessment, fever: Fever) -> str:
    if fever.definition in _UNKNOWN or fever.neutrophils is None:
        return _summary_of_unknown(assessment, fever)
    heat = _heat(fever)
    meets = f"{_verb(fever)} the definition of fever with low neutrophils"
    step = "consider urgent assessment"
    count = measured(fever.neutrophils, short_name(assessment, CellLine.NEUTROPHILS))
    known = state_of(assessment, CellLine.NEUTROPHILS)
    freshness = known.freshness if known is not None else None
    dated = f"{count} {qualifiers(fever.neutrophils, assessment.as_of, freshness)}"
    lower = heat[:1].lower() + heat[1:]
    return fit_summary(
        f"{dated} and {lower}: {meets}; {step}.",
        f"{dated} and {lower}: {meets}.",
        f"{count} and {lower}: {meets}.",
    )


def _summary_of_unknown(assessment: Assessment, fever: Fever) -> str:
    """After cytotoxic treatment, or a record of low neutrophils, it counts as possible until somebody has
    counted."""
    name = short_name(assessment, CellLine.NEUTROPHILS)
    known = f"{name} unknown" if fever.neutrophils is None else measured(fever.neutrophils, name)
    head = f"{_heat(fever)}, {known}"
    advice = f"treat as possible neutropenic fever until the {name} is known"
    if fever.definition is FeverDefinition.LAST_COUNT_SEVERE and fever.neutrophils is not None:
        last = f"{_heat(fever)}, last {known} ({short_day(fever.neutrophils.measured, assessment.as_of)})"
        return fit_summary(f"{last}: {advice}.", f"{last}, {name} now unknown.", f"{last}.")
    if (recorded := fever.recorded) is not None:
        since = short_day(recorded.recorded, assessment.as_of)
        return fit_summary(
            f"{head}; {recorded.name} recorded {since}: {advice}.",
            f"{head}; {recorded.name} recorded: {advice}.",
            f"{head}: {advice}.",
            f"{head}.",
        )
    if (dose := fever.chemotherapy) is None:
        return fit_summary(f"{head}: {advice}.", f"{head}.")
    if dose.taken:
        return fit_summary(
            f"{head}; {_treatment(dose)} {_is(dose)} being taken: {advice}.",
            f"{head}; chemotherapy is being taken: {advice}.",
            f"{head}.",
        )
    last = short_day(dose.last_dose, assessment.as_of)
    return fit_summary(
        f"{head}; day {dose.day} after {_treatment(dose)} ({last}): {advice}.",
        f"{head}; day {dose.day} after chemotherapy ({last}): {advice}.",
        f"{head}; day {dose.day} after chemotherapy: {advice}.",
        f"{head}.",
    )


def _treatment(dose: ExpectedNadir) -> str:
    return listed(drug.name for drug in dose.drugs) if dose.drugs else "cytotoxic treatment"


def _is(dose: ExpectedNadir) -> str:
    return "are" if len(dose.drugs) > 1 else "is"


def _heat(fever: Fever) -> str:
    return degrees(fever.temperature) if fever.temperature is not None else "Recorded fever"


def _verb(fever: Fever) -> str:
    return "meets" if fever.definition in _MEETS else "may meet"


def _found(assessment: Assessment, fever: Fever) -> tuple[str, ...]:
    sentences: list[str] = []
    if fever.temperature is not None:
        sentences.append(f"Temperature {reading(fever.temperature)}.")
    for known in (fever.condition, fever.recorded):
        if known is not None:
            since = short_day(known.recorded, assessment.as_of)
            sentences.append(f"Recorded on the problem list: {quote(known.text) or known.name} ({since}).")
    name = short_name(assessment, CellLine.NEUTROPHILS)
    if fever.neutrophils is None:
        than = "this record" if fever.recorded is not None else "the treatment"
        sentences.append(f"{name} unknown: no usable count that is recent and later than {than}.")
    else:
        sentences.append(f"{described(fever.neutrophils, name)}.")
    if fever.definition is FeverDefinition.LAST_COUNT_SEVERE and fever.neutrophils is not None:
        age = days_old(fever.neutrophils.measured, assessment.as_of)
        sentences.append(f"That is {age} days old, and no {name} since: {name} now unknown.")
    if (dose := fever.chemotherapy) is not None:
        what = _treatment(dose) if fever.definition in _RESTS_ON_TREATMENT else "cytotoxic treatment"
        since = day(dose.last_dose)
        sentences.append(
            f"Being taken: {what} (since {since})."
            if dose.taken
            else f"Day {dose.day} after {what} (last dose {since})."
        )
    return tuple(sentences)


def _meaning(fever: Fever) -> tuple[str, ...]:
    match fever.definition:
        case FeverDefinition.NEUTROPHILS_LOW:
            definition = "This meets the fever rule: fever with an ANC at or below its limit."
        case FeverDefinition.NEUTROPHILS_FALLING:
            definition = "This may meet the fever rule: fever with a low ANC that is still falling."
        case FeverDefinition.NEUTROPHILS_FELL:
            definition = "This may meet the fever rule: fever with a low ANC after a marked fall."
        case FeverDefinition.TOTAL_TOO_LOW:
            definition = "This may meet the fever rule: fever with a total so low that the ANC has to be low."
        case FeverDefinition.LAST_COUNT_SEVERE:
            definition = (
                "This may meet the definition: ANC not known, and at or below the limit when last counted."
            )
        case FeverDefinition.CHEMOTHERAPY_WINDOW:
            definition = "This may meet the fever rule: fever with a low ANC after cytotoxic treatment."
        case FeverDefinition.NEUTROPHILS_UNKNOWN:
            definition = "This may meet the definition: ANC not known, fever after cytotoxic treatment."
        case FeverDefinition.LOW_COUNT_RECORDED:
            definition = (
                "This may meet the definition: ANC not known, a low count or its treatment on record."
            )
    limits = _limits(fever)
    return (
        f"{definition.rstrip('.')}{limits}.",
        "Other signs of infection may be blunted, and a lower temperature later does not exclude it.",
    )


def _limits(fever: Fever) -> str:
    """The figures of the rule, where the finding carries them."""
    words = []
    unknown = fever.definition in _UNKNOWN
    if fever.neutrophils_limit is not None and not unknown:  # nothing was held against it
        figure = number(fever.neutrophils_limit)
        or_lower = fever.definition is FeverDefinition.NEUTROPHILS_LOW
        words.append(f"ANC {figure} or lower" if or_lower else f"ANC below {figure}")
    if fever.celsius_limit is not None:
        words.append(f"{number(fever.celsius_limit)} °C or higher")
    return f" ({', '.join(words)})" if words else ""
