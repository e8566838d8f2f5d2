"""``leukocds call`` answers files as the service answers requests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cds.cli import main

NOW = "2026-11-20T12:00:00Z"


def _count(value: float, code: str = "751-8") -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "id": f"o-{code}",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": code}]},
        "subject": {"reference": "Patient/1"},
        "effectiveDateTime": "2026-11-20T08:00:00Z",
        "valueQuantity": {"value": value, "unit": "10*9/L"},
    }


PATIENT = {"resourceType": "Patient", "id": "1", "birthDate": "1976-05-04"}
DRAFT = {
    "resourceType": "MedicationRequest",
    "id": "d1",
    "status": "draft",
    "intent": "order",
    "subject": {"reference": "Patient/1"},
    "medicationCodeableConcept": {"text": "methimazole"},
}


def _bundle(*resources: Any) -> str:
    return json.dumps({"resourceType": "Bundle", "entry": [{"resource": resource} for resource in resources]})


def _request(value: float) -> str:
    body = {
        "hook": "patient-view",
        "hookInstance": "x",
        "context": {"patientId": "1", "userId": "Practitioner/p1"},
        "prefetch": {
            "counts-total": None,
            "counts-neutrophils": _count(value),
            "counts-lymphocytes": None,
            "patient": PATIENT,
        },
    }
    return json.dumps(body)


def _call(*arguments: str, text: str = "") -> Result:
    return CliRunner().invoke(main, ["call", "--as-of", NOW, *arguments], input=text, catch_exceptions=False)


def test_fhir_data_is_answered_for_people() -> None:
    result = _call(text=_bundle(PATIENT, _count(0.3)))

    assert 30 == result.exit_code
    assert " CRITICAL  ANC 0.3 x10^9/L" in result.output
    assert "\x1b" not in result.output


def test_the_answer_is_the_one_of_the_service() -> None:
    result = _call("--json", "-", text=_request(0.3))

    (line,) = result.stdout.splitlines()
    assert 30 == result.exit_code
    assert "leukoLowCount" in [card["source"]["topic"]["code"] for card in json.loads(line)["cards"]]


def test_drafts_are_orders_when_orders_are_signed() -> None:
    view = _call("--json", text=_bundle(PATIENT, _count(0.3), DRAFT))
    sign = _call("--json", "--hook", "order-sign", text=_bundle(PATIENT, _count(0.3), DRAFT))

    assert "leukoOrderRisk" not in view.stdout
    assert "leukoOrderRisk" in sign.stdout


def test_silence_is_said_and_is_exit_status_0() -> None:
    result = _call(text=_bundle(PATIENT, _count(3.0), _count(6.0, "6690-2")))

    assert (0, "No cards: nothing to say about these data.\n") == (result.exit_code, result.output)


def test_the_most_urgent_of_all_answers_is_the_exit_status(tmp_path: Path) -> None:
    (tmp_path / "two.ndjson").write_text(f"{_request(3.0)}\n{_request(0.3)}\n")
    result = _call("--json", str(tmp_path / "two.ndjson"))

    assert 30 == result.exit_code
    assert [0, 1] == [bool(json.loads(line)["cards"]) for line in result.stdout.splitlines()]


def test_now_is_what_it_is_said_to_be() -> None:
    later = CliRunner().invoke(
        main, ["call", "--as-of", "2028-11-20T12:00:00Z", "--json"], input=_request(0.3)
    )

    assert 30 > later.exit_code


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "The body is empty."),
        ("{", "truncated"),
        ("[]", "expected `object`"),
        ("{}", "hook is missing"),
        (_bundle(PATIENT), "No blood counts to check"),
        (_bundle(PATIENT, PATIENT | {"id": "2"}), "--patient"),
        (_request(0.3).replace("patient-view", "medication-prescribe"), "No service answers this hook"),
    ],
)
def test_what_cannot_be_used_is_said_and_is_exit_status_2(text: str, said: str) -> None:
    result = _call(text=text)

    assert (2, "") == (result.exit_code, result.stdout)
    assert said in result.stderr


def test_a_missing_file_is_exit_status_2(tmp_path: Path) -> None:
    result = _call(str(tmp_path / "nothing.json"))

    assert 2 == result.exit_code
    assert "nothing.json" in result.stderr


def test_an_unusable_input_does_not_hide_the_others(tmp_path: Path) -> None:
    (tmp_path / "two.ndjson").write_text(f"{_request(0.3)}\n{{broken\n")
    result = _call("--json", str(tmp_path / "two.ndjson"))

    assert 2 == result.exit_code
    assert 1 == len(result.stdout.splitlines())
    assert "two.ndjson, line 2" in result.stderr


@pytest.mark.parametrize("instant", ["yesterday", "2026-11-20T12:00:00"])
def test_an_instant_needs_a_zone(instant: str) -> None:
    result = CliRunner().invoke(main, ["call", "--as-of", instant], input=_request(0.3))

    assert 2 == result.exit_code
    assert "must be an instant with a zone" in result.stderr


def test_the_version_is_told() -> None:
    assert CliRunner().invoke(main, ["--version"]).output.startswith("leukocds ")
