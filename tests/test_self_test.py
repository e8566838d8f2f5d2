"""The self-test finds a service that answers the known case wrongly, and no other."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from cds import answer
from cds.answer import Answerer
from cds.app import create_answerer
from cds.facts import CellLine
from cds.findings import Assessment
from cds.hooks.services import offered_services
from cds.knowledge.base import Knowledge
from cds.knowledge.load import load_knowledge
from cds.self_test import find_fault
from cds.settings import Settings
from cds.shown import Spoken


@pytest.fixture(scope="module")
def known() -> Knowledge:
    return load_knowledge()


def fault_with(known: Knowledge) -> str:
    return find_fault(create_answerer(Settings(), known), offered_services(known))


def test_the_shipped_service_passes(known: Knowledge) -> None:
    assert "" == fault_with(known)


def test_a_limit_that_is_wrong_is_found(known: Knowledge) -> None:
    line = known.lines[CellLine.NEUTROPHILS]
    assert line.tiers is not None
    tiers = line.tiers.model_copy(update={"severe": Decimal("0.3")})
    lines = {**known.lines, CellLine.NEUTROPHILS: line.model_copy(update={"tiers": tiers})}

    expected = "Low counts are {'neutrophils': 'moderate'}, not {'neutrophils': 'severe'}."
    assert expected == fault_with(replace(known, lines=lines))


def test_a_count_that_is_not_read_is_found(known: Knowledge) -> None:
    codes = {code: meaning for code, meaning in known.line_codes.items() if code != "751-8"}

    assert "Low counts are {}" in fault_with(replace(known, line_codes=codes))


def test_a_drug_that_is_not_recognised_is_found(known: Knowledge) -> None:
    medicines = replace(
        known.medicines, ingredients={}, products={}, historic={}, names=type(known.medicines.names)({})
    )

    assert "Suspects are [], not ['methimazole']." == fault_with(replace(known, medicines=medicines))


def test_silence_is_found(known: Knowledge) -> None:
    answerer = create_answerer(Settings(), known)
    mute = Answerer(answerer.knowledge, answerer.cite, lambda *_: Spoken(b'{"cards":[]}', 0))

    assert "There is no card." == find_fault(mute, offered_services(known))


def test_a_hospital_that_silences_rules_and_topics_still_passes(known: Knowledge) -> None:
    silent = replace(
        known,
        silenced_rules=frozenset({"low-count", "suspect"}),
        silenced_topics=frozenset({"leukoLowCount", "leukoSuspects", "leukoPrecautions"}),
    )

    assert "" == fault_with(silent)


@pytest.mark.parametrize("silenced", [frozenset(), frozenset({"low-count"})])
def test_probes_share_what_the_rules_make_of_the_knowledge(
    known: Knowledge, silenced: frozenset[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """They come every few seconds, and never with another knowledge."""
    judged_by: list[Knowledge] = []
    assess = answer.assess

    def noted(facts: Any, occasion: Any, knowledge: Knowledge, *choices: Any) -> Assessment:
        judged_by.append(knowledge)
        return assess(facts, occasion, knowledge, *choices)

    monkeypatch.setattr(answer, "assess", noted)
    answerer = create_answerer(Settings(), replace(known, silenced_rules=silenced))
    for _ in range(2):
        find_fault(answerer, offered_services(known))

    first, second = judged_by
    assert first is second
    assert not first.silenced_rules
