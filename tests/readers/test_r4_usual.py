"""Whatever has a usual form is valid FHIR R4: nothing passes here that the models would refuse."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B import get_fhir_model_class
from hypothesis import given, settings
from hypothesis import strategies as st

from cds.readers.r4_usual import is_of_usual_form
from tests.cases.requests import encode
from tests.fixture_stories import DAYS, resources, story_folders, tell
from tests.readers.sending import as_json, medication, result

Json = dict[str, Any]

# all that is said there of each member, in forms that are usual, rare and wrong
_STRINGS = st.one_of(
    st.sampled_from(
        ["x", "a b", "a  b", " x", "x ", "", "\n", "a\nb", "é", "10*3/µL", "\xa0", "x" * 1001, "d", "<"]
    ),
    st.sampled_from(
        [
            "2026-11-20", "2026-11", "2026", "2026-02-29", "2024-02-29", "2026-04-31", "2026-12-31",
            "0000-01-01",
            "2026-11-20T08:00:00Z", "2026-11-20T08:00:00", "2026-11-20T24:00:00Z", "2026-11-20T08:00Z",
            "2026-11-20T08:00:60Z", "2026-11-20T08:00:00.1234567+01:00", "2026-11-20T08:00:00-14:30",
            "2000-01-30T23:59:59.5+13:59", "1900-01-01", "2026-02-30T08:00:00Z", "2026-11-31",
        ]
    ),
    st.text(max_size=4),
)  # fmt: skip
_NUMBERS = st.sampled_from([0, 1, 4.1, -1, 1e-7, 1e-300, 999999, 1000000, 1000001, 1e30, 1000, 1001])
_ANYTHING = st.recursive(
    st.one_of(_STRINGS, _NUMBERS, st.booleans(), st.none()),
    lambda each: st.lists(each, max_size=2),
    max_leaves=2,
)


def _some(**members: st.SearchStrategy[Any]) -> st.SearchStrategy[Json]:
    """Some of the members, now and then one that is something else."""
    odd = {name: st.one_of(value, value, value, value, _ANYTHING) for name, value in members.items()}
    return st.fixed_dictionaries({}, optional={"id": _STRINGS} | odd)


_coding = _some(
    system=_STRINGS, version=_STRINGS, code=_STRINGS, display=_STRINGS, userSelected=st.booleans()
)
_concept = _some(coding=st.lists(_coding, max_size=2), text=_STRINGS)
_reference = _some(reference=_STRINGS, type=_STRINGS, display=_STRINGS)
_identifier = _some(use=_STRINGS, type=_concept, system=_STRINGS, value=_STRINGS)
_period = _some(start=_STRINGS, end=_STRINGS)
_quantity = _some(value=_NUMBERS, comparator=_STRINGS, unit=_STRINGS, system=_STRINGS, code=_STRINGS)
_meta = _some(
    versionId=_STRINGS, lastUpdated=_STRINGS, source=_STRINGS, profile=st.lists(_STRINGS, max_size=2),
    tag=st.lists(_coding, max_size=1),
)  # fmt: skip
_range = _some(
    low=_quantity, high=_quantity, type=_concept, appliesTo=st.lists(_concept, max_size=1), text=_STRINGS
)
_repeat = _some(
    boundsPeriod=_period, count=_NUMBERS, frequency=_NUMBERS, period=_NUMBERS, periodUnit=_STRINGS
)
_dosage = _some(
    sequence=_NUMBERS, text=_STRINGS, timing=_some(repeat=_repeat, code=_concept),
    asNeededBoolean=st.booleans(), route=_concept,
    doseAndRate=st.lists(_some(type=_concept, doseQuantity=_quantity), max_size=1),
)  # fmt: skip
_shared: dict[str, st.SearchStrategy[Any]] = {
    "meta": _meta,
    "identifier": st.lists(_identifier, max_size=1),
    "status": _STRINGS,
    "category": st.lists(_concept, max_size=1),
    "subject": _reference,
    "encounter": _reference,
}
_observation = _some(
    **_shared, code=_concept, effectiveDateTime=_STRINGS, issued=_STRINGS,
    performer=st.lists(_reference, max_size=1), valueQuantity=_quantity,
    interpretation=st.lists(_concept, max_size=1), specimen=_reference,
    referenceRange=st.lists(_range, max_size=1),
)  # fmt: skip
_request = _some(
    **_shared, intent=_STRINGS, priority=_STRINGS, medicationCodeableConcept=_concept, authoredOn=_STRINGS,
    requester=_reference, reasonCode=st.lists(_concept, max_size=1),
    dosageInstruction=st.lists(_dosage, max_size=1),
    dispenseRequest=_some(
        validityPeriod=_period, numberOfRepeatsAllowed=_NUMBERS, quantity=_quantity,
        expectedSupplyDuration=_quantity,
    ),
)  # fmt: skip


def _hold(sent: Json) -> bool:
    """Whether it has a usual form; then the model has to take it."""
    body = as_json(sent)
    if not is_of_usual_form(body):
        return False
    get_fhir_model_class(sent["resourceType"]).model_validate_json(body)
    return True


@given(_observation, st.sampled_from([{}, {"value": 0.9}]))
@settings(max_examples=400)
def test_no_observation_passes_that_the_model_refuses(members: Json, plain: Json) -> None:
    """Few random members fit, so that most are laid over an observation that does."""
    _hold({"resourceType": "Observation"} | members)
    for name, value in members.items():
        _hold(result(**plain) | {name: value})


@given(_request)
@settings(max_examples=400)
def test_no_request_passes_that_the_model_refuses(members: Json) -> None:
    _hold({"resourceType": "MedicationRequest"} | members)
    for name, value in members.items():
        _hold(medication("2626") | {name: value})


@pytest.mark.parametrize("folder", story_folders(), ids=lambda folder: folder.name)
def test_what_passes_in_the_stories_is_valid(folder: Path) -> None:
    for sent in resources(tell(folder, DAYS[0]).request):
        if sent.get("resourceType") in {"Observation", "MedicationRequest"}:
            _hold(sent)


def test_what_ehrs_usually_send_passes() -> None:
    observation = result(
        value=0.9,
        meta={"versionId": "1", "lastUpdated": "2026-11-20T08:00:00Z", "profile": ["http://hl7.org/x"]},
        identifier=[{"use": "official", "system": "urn:oid:1.2", "value": "20/751-8"}],
        category=[{"coding": [{"system": "http://terminology.hl7.org/x", "code": "laboratory"}]}],
        encounter={"reference": "Encounter/e1"},
        issued="2026-11-20T09:00:00.000+01:00",
        performer=[{"reference": "Organization/lab", "display": "Central Laboratory"}],
        interpretation=[{"coding": [{"code": "L"}], "text": "Low"}],
        specimen={"reference": "Specimen/s1"},
        referenceRange=[{"low": {"value": 1.5, "unit": "10*3/uL"}, "text": "1.5 - 7.5"}],
    )

    assert _hold(observation)
    assert _hold(
        medication("2626", dosageInstruction=[{"text": "1 tablet daily", "route": {"text": "oral"}}])
    )


@pytest.mark.parametrize(
    "members",
    [
        {"status": None},
        {"code": None},
        {"widget": 1},
        {"note": [{"text": "x"}]},
        {"valueString": "0.9"},
        {"effectiveDateTime": "2026-11-20T08:00:00"},
        {"extension": []},
        {"subject": None, "status": 5},
    ],
    ids=json.dumps,
)
def test_what_is_rare_or_wrong_is_left_to_the_model(members: Json) -> None:
    assert not is_of_usual_form(encode({**result(value=0.9), **members}))
