"""The problem list, by code."""

from __future__ import annotations

from typing import Any

import pytest

from cds.readers.moments import read_moment
from tests.readers.sending import ICD10CM, SNOMED, coded, read, result, without_none

Json = dict[str, Any]
DEPRESSION = coded("35489007", SNOMED)


def condition(code: Json, **members: object) -> Json:
    sent: Json = {
        "resourceType": "Condition",
        "id": "c1",
        "clinicalStatus": coded("active", "http://terminology.hl7.org/CodeSystem/condition-clinical"),
        "code": code,
        "subject": {"reference": "Patient/p1"},
        "onsetDateTime": "2024-03-01",
    }
    return without_none(sent | members)


def known(*supplied: object) -> list[str]:
    return [each.condition for each in read(*supplied).facts.conditions]


@pytest.mark.parametrize(
    ("code", "expected"),
    [(coded("55464009", SNOMED), ["lupus"]), (coded("C91.00", ICD10CM), ["leukaemia"]),
     (coded("c91.0", ICD10CM), ["leukaemia"]), (coded("M05.09", ICD10CM), ["felty-syndrome"]),
     (coded("M05.10", ICD10CM), ["rheumatoid-arthritis"]), (coded("B20", ICD10CM), ["hiv"]),
     (coded("D70.1", ICD10CM), ["chemotherapy"]), (coded("D70.2", ICD10CM), ["drug-induced"]),
     (coded("D70.1", "http://fhir.de/CodeSystem/bfarm/icd-10-gm"), []), (coded("55464009", ICD10CM), []),
     (coded("55464009", "https://snomed.info/sct/"), ["lupus"]),
     (coded("D70.1", "https://hl7.org/fhir/sid/icd-10-cm"), ["chemotherapy"]),
     (coded("D70.1", "2.16.840.1.113883.6.90"), ["chemotherapy"]),
     (coded("C92.01", ICD10CM), ["blood-cancer-in-remission"]), (coded("C92.02", ICD10CM), ["leukaemia"]),
     (coded("C90.01", ICD10CM), ["blood-cancer-in-remission"]), (coded("C90.00", ICD10CM), ["cancer"]),
     (coded("C84.AA", ICD10CM), ["blood-cancer-in-remission"]), (coded("C84.A0", ICD10CM), ["lymphoma"]),
     (coded("C84.7B", ICD10CM), ["blood-cancer-in-remission"]), (coded("C84.7A", ICD10CM), ["lymphoma"]),
     (coded("D84.1", ICD10CM), []), (coded("D84.821", ICD10CM), ["immunodeficiency"]),
     (coded("190633005", SNOMED), ["b12-or-folate-deficiency"]),
     (coded("D60.9", ICD10CM), []), (coded("D61.9", ICD10CM), ["aplastic-anaemia"]),
     (coded("C9", ICD10CM), []), (coded("", ICD10CM), []), (DEPRESSION, []), ({"text": "lupus"}, [])],
)  # fmt: skip
def test_codes_decide_and_the_system_with_them(code: Json, expected: list[str]) -> None:
    """D70.1 is chemotherapy in the US modification and any drug in the German one."""
    assert known(condition(code)) == expected


def test_two_codings_of_one_condition_are_one() -> None:
    both = {"coding": [*coded("55464009", SNOMED)["coding"], *coded("M32.9", ICD10CM)["coding"]]}

    assert known(condition(both)) == ["lupus"]


@pytest.mark.parametrize(
    ("status", "is_active"),
    [("active", True), ("recurrence", True), ("relapse", True), ("inactive", False), ("remission", False),
     ("resolved", False)],
)  # fmt: skip
def test_only_active_conditions_count(status: str, is_active: bool) -> None:
    lupus = coded("55464009", SNOMED)

    assert bool(known(condition(lupus, clinicalStatus=coded(status, "x")))) is is_active
    assert bool(known(condition(lupus, clinicalStatus=status))) is is_active


def test_without_a_status_a_condition_counts_until_its_end() -> None:
    lupus = coded("55464009", SNOMED)

    assert known(condition(lupus, clinicalStatus=None)) == ["lupus"]
    assert known(condition(lupus, clinicalStatus=None, abatementDateTime="2025-01-01")) == []


@pytest.mark.parametrize("status", ["refuted", "entered-in-error"])
def test_what_was_refuted_counts_for_nothing(status: str) -> None:
    facts = read(condition(coded("Z67.A1", ICD10CM), verificationStatus=coded(status, "x"))).facts

    assert (facts.conditions, facts.duffy_null) == ((), False)


@pytest.mark.parametrize(
    ("members", "expected"),
    [({}, "2024-03-01"), ({"onsetDateTime": None, "recordedDate": "2024-05"}, "2024-05"),
     ({"onsetDateTime": None, "onsetPeriod": {"start": "2023"}}, "2023"),
     ({"onsetDateTime": None, "assertedDate": "2022-01-01"}, "2022-01-01"),
     ({"onsetDateTime": None, "dateRecorded": "2021-01-01", "subject": None,
       "patient": {"reference": "Patient/p1"}}, "2021-01-01")],
)  # fmt: skip
def test_when_it_began_or_was_recorded(members: Json, expected: str) -> None:
    (lupus,) = read(condition(coded("55464009", SNOMED, "SLE"), **members)).facts.conditions

    assert lupus.recorded == read_moment(expected)
    assert (lupus.text, lupus.reference) == ("SLE", "Condition/c1")


def test_a_bare_code_shows_no_name() -> None:
    """An id of the knowledge is nothing that the EHR shows."""
    (hiv,) = read(condition(coded("B20", ICD10CM))).facts.conditions

    assert (hiv.condition, hiv.text) == ("hiv", "")


def test_pregnancy_and_prematurity_are_facts_of_the_patient() -> None:
    assert read(condition(coded("Z33.1", ICD10CM))).facts.pregnant
    assert not read(condition(coded("Z33.1", ICD10CM), clinicalStatus="resolved")).facts.pregnant
    assert read(condition(coded("P07.3", ICD10CM), clinicalStatus="inactive")).facts.patient.preterm
    assert not read(condition(DEPRESSION)).facts.pregnant


# --- Duffy-null -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sent",
    [condition(coded("Z67.A1", ICD10CM)), condition(coded("Z67.A1", ICD10CM), clinicalStatus="inactive"),
     condition({"text": "Duffy-null phenotype"}),
     result("11111-1", valueString="Fy(a-b-)"), result("11111-1", valueString="Fy (a−b−)"),
     result("11111-1", valueCodeableConcept={"text": "Duffy null"}),
     result("11111-1", valueCodeableConcept={"coding": [{"display": "Duffy null phenotype"}]}),
     result(coded("x", "urn:local", display="ACKR1 rs2814778"), valueString="C/C"),
     result("11111-1", valueString="rs2814778 C/C"),
     result({"coding": [{"code": "x"}], "text": "Duffy null phenotype"}, valueString="Positive"),
     result({"coding": [{"code": "x"}], "text": "Duffy null phenotype"}, valueBoolean=True)],
)  # fmt: skip
def test_duffy_null_where_it_is_recorded(sent: Json) -> None:
    assert read(sent).facts.duffy_null


@pytest.mark.parametrize(
    "sent",
    [condition(coded("Z67.A2", ICD10CM)), condition(coded("D72.818", ICD10CM)),
     condition(coded("D70.8", ICD10CM)),
     result("11111-1", valueString="Fy(a+b-)"), result("11111-1", valueString="Duffy null: not detected"),
     result("11111-1", valueString="Duffy null: pending"),
     result("11111-1", valueString="Fy(a-b-)", status="entered-in-error"),
     result({"coding": [{"code": "x"}], "text": "Duffy null phenotype"}, valueString="Fy(a+b-)"),
     result({"coding": [{"code": "x"}], "text": "Duffy null phenotype"}, valueString="Negative"),
     result({"coding": [{"code": "x"}], "text": "Duffy null phenotype"}, valueBoolean=False),
     result({"coding": [{"code": "x"}], "text": "Duffy null phenotype"}),
     result(coded("x", "urn:local", display="ACKR1 rs2814778"), valueString="T/C"),
     result("11111-1", valueString="Fy(a-b-)", subject={"reference": "Patient/p2"}),
     {"resourceType": "Patient", "id": "p1", "extension": [{"valueString": "Duffy null"}]}],
)  # fmt: skip
def test_duffy_null_is_never_inferred(sent: Json) -> None:
    assert not read(sent).facts.duffy_null
