"""One known case through the whole way, from the request to its cards: does this process answer it rightly?

The case is ``self_test.json``: neutrophils far too low, on a drug known for it. It has to be found whatever a
hospital has switched off, so rules and topics are heard for it that are silent otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from cds.answer import Answerer
from cds.hooks.hook_request import HookRequest, read_hook_request
from cds.hooks.services import CDSService
from cds.knowledge.base import FromKnowledge, Knowledge
from cds.settings import Preferences

_CASE = Path(__file__).with_name("self_test.json")


def find_fault(answerer: Answerer, services: Mapping[str, CDSService]) -> str:
    """What is wrong with the answer to the known case, in one sentence; empty if nothing is.

    Whatever is raised on the way is raised here too.
    """
    as_of, request, expected = _case()
    service = next(each for each in services.values() if each.hook.value == request.hook)
    heard = _Heard.of(answerer.knowledge).knowledge
    answerer = replace(answerer, knowledge=heard)
    assessment = answerer.conclude(service, request, Preferences(), as_of).assessment
    low = {count.line.value: count.severity.name.lower() for count in assessment.low_counts}
    if low != expected["low"]:
        return f"Low counts are {low}, not {expected['low']}."
    suspects = [suspect.drug.id for suspect in assessment.suspects]
    # a hospital may have switched its drug off
    wanted = [drug for drug in expected["suspects"] if drug in heard.drugs]
    if suspects != wanted:
        return f"Suspects are {suspects}, not {wanted}."
    if not answerer.say(assessment, Preferences(), request.patient_id).shown:
        return "There is no card."
    return ""


class _Heard(FromKnowledge):
    """The knowledge with nothing silenced, and all that the rules make of it: made once for all probes."""

    def __init__(self, knowledge: Knowledge) -> None:
        is_silenced = bool(knowledge.silenced_rules or knowledge.silenced_topics)
        nothing: frozenset[str] = frozenset()
        self.knowledge = (
            replace(knowledge, silenced_rules=nothing, silenced_topics=nothing) if is_silenced else knowledge
        )


@cache
def _case() -> tuple[datetime, HookRequest, Mapping[str, Any]]:
    case = msgspec.json.decode(_CASE.read_bytes())
    request = read_hook_request(msgspec.json.encode(case["request"]))
    return datetime.fromisoformat(case["asOf"]), request, case["expected"]
