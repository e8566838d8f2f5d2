"""What every card says in the same way about a drug."""

from __future__ import annotations

from cards.count_words import line_word, measured, short_name
from cards.message import distinct
from cards.wording import capitalise, sentence
from cds.findings import Assessment, DrugNote

_MARK = {
    "": "",
    "sourced": "",
    "class-sourced": " (sourced for its class)",
    "mixed": " (partly confirmed)",
}
_STRONG = {"A", "B"}
_UNCONFIRMED = " (needs pharmacist review)"
REVIEW_MARKS = tuple(dict.fromkeys((*_MARK.values(), _UNCONFIRMED)))  # the best confirmed first


def review_mark(confirmation: str) -> str:
    """How far a statement is confirmed, behind it; nothing where a source stands behind all of it."""
    return _MARK.get(confirmation, _UNCONFIRMED)


def marked_name(drug: DrugNote) -> str:
    """The drug's name, marked where what is said about it is not wholly confirmed."""
    return f"{drug.name}{review_mark(drug.confirmation)}"


def with_prescriber(text: str, drug: DrugNote) -> str:
    """Advice on a drug that nobody but its prescriber may change says so in the same breath."""
    if not drug.prescriber_decides or "with the prescriber" in text:
        return sentence(text)
    return f"{text.strip().rstrip('.')} (any change only with the prescriber)."


def general_advice(drug: DrugNote) -> str:
    """What label or guideline say of counts under a drug; empty if nothing is known."""
    if not drug.advice:
        return ""
    return with_prescriber(f"{drug.advice.rstrip('.')}{review_mark(drug.advice_confirmation)}", drug)


def stop_sentences(assessment: Assessment) -> tuple[str, ...]:
    """A draft that takes a suspect away fits; nobody is told to do what is being done."""
    sentences: list[str] = []
    for note in assessment.stops:
        whose = " (with the prescriber)" if note.drug.prescriber_decides else ""
        fits = "the low count"
        if note.count is not None:
            fits = measured(note.count, short_name(assessment, note.count.line))
        sentences.append(
            f"Stopping {note.drug.name}{whose} fits {fits}; counts may still fall afterwards: recheck."
        )
    return tuple(sentences)


def masking_sentences(assessment: Assessment) -> tuple[str, ...]:
    """Drugs of the chart that raise the low line: what they hide, and that they are no suspects."""
    sentences = []
    for aside in assessment.set_aside:
        if aside.gate == "raises-line":
            sentences.append(
                f"{named(aside.drug)} raises {line_word(aside.line)} and may mask a fall; no suspect."
            )
        elif aside.gate == "treats-neutropenia":
            sentences.append(f"{named(aside.drug)} drives the count up; it may fall when that is stopped.")
    return distinct(sentences)


def aggravating_sentences(assessment: Assessment) -> tuple[str, ...]:
    """Drugs with strong evidence that were begun only after the fall: no suspects, and yet not harmless."""
    return distinct(
        f"{named(aside.drug)} was begun after the fall of {line_word(aside.line)}: no suspect, "
        "but may add to it."
        for aside in assessment.set_aside
        if aside.gate == "started-after"
        and aside.drug.grade in _STRONG
        and any(use.ongoing for use in aside.uses)
    )


def named(drug: DrugNote) -> str:
    """The drug's name at the beginning of a sentence."""
    return capitalise(drug.name)
