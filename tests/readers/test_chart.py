"""Reactions, tests and the patient."""

from __future__ import annotations

from typing import Any

import pytest

from cds.facts import OrderedTest, PriorReaction
from cds.readers.moments import read_moment
from tests.readers.sending import PATIENT, RXNORM, SNOMED, coded, quantity, read, result

Json = dict[str, Any]
METHIMAZOLE = coded("6835", RXNORM, "methimazole")
AGRANULOCYTOSIS = coded("17182001", SNOMED)


def allergy(code: Json = METHIMAZOLE, **members: object) -> Json:
    sent = {"resourceType": "AllergyIntolerance", "id": "a1", "patient": {"reference": "Patient/p1"},
            "code": code}  # fmt: skip
    return sent | members


def reactions(sent: Json) -> tuple[PriorReaction, ...]:
    return read(sent).facts.reactions


# --- reactions ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "members",
    [{"reaction": [{"manifestation": [AGRANULOCYTOSIS]}]},
     {"reaction": [{"manifestation": [{"text": "Neutropenia"}]}]},
     {"reaction": [{"manifestation": [{"text": "severe leucopenia"}]}]},
     {"reaction": [{"manifestation": [{"text": "Neutropaenia"}]}]},
     {"reaction": [{"manifestation": [coded("D70.2", "x", "Agranulocytosis secondary to drug")]}]},
     {"reaction": [{"description": "pancytopenia in 2019", "manifestation": []}]},
     {"note": [{"text": "had agranulocytosis"}]},
     {"code": {"text": "methimazole - agranulocytosis"}},
     {"code": {"text": "drug"}, "reaction": [{"substance": METHIMAZOLE, "manifestation": [AGRANULOCYTOSIS]}]},
     {"reaction": {"manifestation": AGRANULOCYTOSIS}},
     {"reaction": [{"manifestation": [{"concept": AGRANULOCYTOSIS}]}]},
     {"reaction": [{"manifestation": ["Agranulocytosis"]}]},
     {"code": {}, "substance": METHIMAZOLE, "status": "active",
      "reaction": [{"manifestation": [AGRANULOCYTOSIS]}]},
     {"reaction": [{"manifestation": [AGRANULOCYTOSIS]}], "clinicalStatus": coded("resolved", "x")}],
)  # fmt: skip
def test_a_low_count_after_a_drug_of_the_knowledge(members: Json) -> None:
    (reaction,) = reactions(allergy(**members))

    assert (reaction.ingredient, reaction.reference) == ("methimazole", "AllergyIntolerance/a1")


@pytest.mark.parametrize(
    "members",
    [{}, {"reaction": [{"manifestation": [{"text": "Rash"}]}]},
     {"reaction": [{"manifestation": [{"text": "low"}]}]},
     {"code": {"text": "Peanut"}, "reaction": [{"manifestation": [AGRANULOCYTOSIS]}]},
     {"reaction": [{"manifestation": [AGRANULOCYTOSIS]}], "verificationStatus": coded("refuted", "x")},
     {"reaction": [{"manifestation": [AGRANULOCYTOSIS]}], "verificationStatus": "entered-in-error"},
     {"reaction": [{"manifestation": [AGRANULOCYTOSIS]}], "status": "refuted"}],
)  # fmt: skip
def test_everything_else_is_no_earlier_reaction(members: Json) -> None:
    assert reactions(allergy(**members)) == ()


def test_a_reaction_is_shown_as_the_chart_shows_it() -> None:
    (reaction,) = reactions(allergy(reaction=[{"manifestation": [{"text": "Agranulocytosis"}]}]))

    assert reaction.text == "methimazole: Agranulocytosis"


# --- tests ----------------------------------------------------------------------------------------------

RECENT, LONG_AGO = "2026-11-18T08:00:00Z", "2026-10-01"


def order(**members: object) -> Json:
    sent = {"resourceType": "ServiceRequest", "id": "s1", "status": "active", "intent": "order",
            "code": coded("57021-8"), "authoredOn": RECENT}  # fmt: skip
    return sent | members


def found(*supplied: object, **how: Any) -> list[str]:
    return [test.loinc for test in read(*supplied, **how).facts.tests]


@pytest.mark.parametrize("status", ["active", "completed", "on-hold"])
def test_a_test_that_was_ordered(status: str) -> None:
    (test,) = read(order(status=status)).facts.tests

    assert test == OrderedTest("57021-8", read_moment(RECENT), "ServiceRequest/s1")


@pytest.mark.parametrize(
    "members",
    [{"status": "draft"}, {"status": "revoked"}, {"status": "entered-in-error"},
     {"doNotPerform": True}, {"code": {"text": "CBC"}}],
)  # fmt: skip
def test_what_is_not_to_be_done_is_none(members: Json) -> None:
    assert found(order(**members)) == []


@pytest.mark.parametrize("authored", [LONG_AGO, ""])
def test_how_long_ago_it_was_is_not_judged_here(authored: str) -> None:
    (test,) = read(order(authoredOn=authored)).facts.tests

    assert test.ordered == read_moment(authored)


def test_tests_that_were_done_count_too() -> None:
    report = {"resourceType": "DiagnosticReport", "id": "r1", "status": "final", "code": coded("57021-8"),
              "effectiveDateTime": RECENT}  # fmt: skip

    assert found(report) == ["57021-8"]
    assert found(result("2132-9", 300, "pg/mL")) == ["2132-9"]


def test_the_count_that_was_read_is_no_test_done() -> None:
    """It may be the very one that has to be repeated."""
    panel = result("57021-8", component=[{"code": coded("751-8"), "valueQuantity": quantity(0.3)}])
    report = {"resourceType": "DiagnosticReport", "id": "r1", "status": "final", "code": coded("57021-8"),
              "effectiveDateTime": RECENT}  # fmt: skip
    listing = report | {"result": [{"reference": "Observation/o-751-8"}]}
    containing = report | {"contained": [result(value=0.3, subject=None)]}

    assert found(panel) == []
    assert found(listing, result(value=0.3)) == []
    assert found(containing) == []


# --- the patient ----------------------------------------------------------------------------------------


def test_the_date_of_birth_may_be_partial() -> None:
    assert read(PATIENT).facts.patient.born == read_moment("1976-05-01")
    assert read(PATIENT | {"birthDate": "1976"}).facts.patient.born == read_moment("1976")
    assert read().facts.patient.born is None


@pytest.mark.parametrize(
    ("members", "deceased"),
    [({}, False), ({"deceasedBoolean": True}, True), ({"deceasedBoolean": False}, False),
     ({"deceasedDateTime": "2026-11-01"}, True)],
)  # fmt: skip
def test_whether_the_patient_has_died(members: Json, deceased: bool) -> None:
    assert read(PATIENT | members).facts.patient.deceased is deceased


def test_name_race_and_language_change_nothing() -> None:
    adorned = PATIENT | {
        "name": [{"family": "Duffy"}],
        "gender": "female",
        "address": [{"country": "NA"}],
        "communication": [{"language": {"text": "Afrikaans"}}],
        "extension": [{"url": "us-core-race", "valueString": "Black"}],
    }

    assert read(adorned, result(value=1.1)).facts == read(PATIENT, result(value=1.1)).facts


@pytest.mark.parametrize(
    ("died", "deceased"), [("2026-11-20T12:00:00Z", True), ("2026-11-20T12:00:01Z", False)]
)
def test_who_died_this_moment_is_dead(died: str, deceased: bool) -> None:
    assert read(PATIENT | {"deceasedDateTime": died}).facts.patient.deceased is deceased


@pytest.mark.parametrize("order", [("a", "b"), ("b", "a")])
def test_a_temperature_that_came_twice_is_one_whichever_came_first(order: tuple[str, str]) -> None:
    twice = [result("8310-5", 38.5, "Cel", id=name) for name in order]

    assert [each.reference for each in read(*twice).facts.temperatures] == ["Observation/a"]
