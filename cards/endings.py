"""How every card ends: the limits of the check, what it rests on, and what found no room."""

from __future__ import annotations

from cards.caveat_templates import AGE_UNKNOWN, CHILD_LIMITS, PREGNANT
from cards.caveat_words import caveat_sentences
from cards.markdown import Block
from cards.message import Message
from cards.wording import listed
from cds.findings import Assessment, Caveat, Topic

TOPIC_NAME = {
    Topic.FEVER: "fever with low neutrophils",
    Topic.ORDER_RISK: "order risk",
    Topic.LIVE_VACCINE: "live vaccine",
    Topic.LOW_COUNT: "low count",
    Topic.SUSPECTS: "suspect drugs",
    Topic.MONITORING: "monitoring",
    Topic.PRECAUTIONS: "precautions",
    Topic.DATA_QUALITY: "data quality",
}
_LIMITS_SHOWN = 4
_SOURCES_SHOWN = 5


def write_ending(assessment: Assessment, message: Message, caveats: tuple[Caveat, ...]) -> tuple[Block, ...]:
    """Limits of the check, with the doubts about the data that the card has not told; what it rests on."""
    population = population_notes(assessment)
    unsaid = [caveat for caveat in caveats if caveat not in message.said]
    notes = tuple(note for note in caveat_sentences(unsaid, assessment.as_of) if note not in population)
    more = len(notes) - _LIMITS_SHOWN
    if more > 0:
        notes = (*notes[:_LIMITS_SHOWN], f"{more} more data note{'' if more == 1 else 's'}.")
    limits = Block("Limits of this check:", (*population, *notes, "Outside laboratories are not seen."))
    return limits, Block("Basis:", (_basis_sentence(assessment, message),))


def population_notes(assessment: Assessment) -> tuple[str, ...]:
    """For whom the limits hold; every card says so at its end, and so nowhere else."""
    limits = "Adult limits used."
    if assessment.age_unknown:
        limits = AGE_UNKNOWN
    elif assessment.child or any(low.child for low in assessment.low_counts):
        limits = f"{CHILD_LIMITS} Not validated in infants born before term."
    return (limits, PREGNANT) if assessment.pregnant else (limits,)


def _basis_sentence(assessment: Assessment, message: Message) -> str:
    words = [f"knowledge {assessment.knowledge}"]
    if message.evidence.rules:
        words.append(f"rules {listed(message.evidence.rules)}")
    if sources := message.evidence.sources:
        more = len(sources) - _SOURCES_SHOWN
        named = ", ".join(sources[:_SOURCES_SHOWN])
        words.append(f"sources {named}{f' and {more} more' if more > 0 else ''}")
    text = "; ".join(words)
    return f"{text[:1].upper()}{text[1:]}."


def write_not_shown(dropped: list[Message]) -> tuple[Block, ...]:
    """Which topics had something to say and found no room."""
    names = [TOPIC_NAME[topic] for message in dropped for topic in message.topics]
    return (Block("Not shown:", (f"{', '.join(names)}.",)),) if names else ()
