"""MedicationRequests of the chart: what was taken, from when to when."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from cds.facts import Gap, GapKind, MedicationUse
from cds.readers import decode, medication_names
from tests.readers.sending import CVX, RXNORM, bundle, coded, medication, read

Json = dict[str, Any]
CLOZAPINE, METHIMAZOLE = "2626", "6835"


def only_use(*supplied: object, **how: Any) -> MedicationUse:
    reading = read(*supplied, **how)
    assert reading.facts.gaps == ()
    (use,) = reading.facts.medications
    return use


def ingredients(*supplied: object) -> list[str]:
    return [match.ingredient for match in only_use(*supplied).matches]


def matched_by(*supplied: object) -> dict[str, str]:
    return {match.ingredient: match.matched_by for match in only_use(*supplied).matches}


def repeat(**members: object) -> list[Json]:
    return [{"timing": {"repeat": members}}]


def first_day(request: Json) -> date | None:
    start = only_use(request).start
    return start.day if start is not None else None


def last_day(request: Json) -> date | None:
    end = only_use(request).end
    return end.day if end is not None else None


# --- which medicine -------------------------------------------------------------------------------------

MEDICATION = {"resourceType": "Medication", "id": "x1", "code": coded(METHIMAZOLE, RXNORM)}
REFERENCE = "medicationReference"


def test_a_medicine_coded_in_place() -> None:
    use = only_use(medication("476177", "clozapine 100 MG Disintegrating Oral Tablet"))

    assert [match.ingredient for match in use.matches] == ["clozapine"]
    assert (use.reference, use.status) == ("MedicationRequest/m1", "active")
    assert use.text == "clozapine 100 MG Disintegrating Oral Tablet"


@pytest.mark.parametrize(
    "reference",
    ["Medication/x1", "https://ehr.example.org/fhir/Medication/x1", "https://other/fhir/Medication/x1",
     "Medication/x1/_history/2"],
)  # fmt: skip
def test_a_medication_elsewhere_in_what_was_supplied(reference: str) -> None:
    request = medication(**{REFERENCE: {"reference": reference}})

    assert ingredients(request, MEDICATION) == ["methimazole"]
    assert ingredients(bundle(request, MEDICATION)) == ["methimazole"]


def test_a_medication_by_the_full_url_of_its_entry() -> None:
    entry = {"fullUrl": "urn:uuid:m", "resource": MEDICATION | {"id": "other"}}
    sent = {"resourceType": "Bundle", "entry": [entry]}

    assert ingredients(medication(**{REFERENCE: {"reference": "urn:uuid:m"}}), sent) == ["methimazole"]


@pytest.mark.parametrize("contained_id", ["x1", "#x1"])
def test_a_contained_medication(contained_id: str) -> None:
    inside = [{"resourceType": "Organization", "id": "o"}, MEDICATION | {"id": contained_id}]
    request = medication(contained=inside, **{REFERENCE: {"reference": "#x1"}})

    assert ingredients(request) == ["methimazole"]


def test_a_reference_that_leads_nowhere_is_read_by_its_display() -> None:
    use = only_use(
        medication(**{REFERENCE: {"reference": "Medication/gone", "display": "METHIMAZOLE 5 MG TABS"}})
    )

    assert [(match.ingredient, match.matched_by) for match in use.matches] == [("methimazole", "name")]
    assert (use.text, use.recognised) == ("METHIMAZOLE 5 MG TABS", True)


def test_medications_that_nobody_sent_are_named_those_first_that_are_needed_most() -> None:
    """Of what is recognised by its display the code would only make surer."""

    def refers(number: int, reference: str, **more: str) -> Json:
        return medication(id=f"m{number}", **{REFERENCE: {"reference": reference, **more}})

    reading = read(
        refers(1, "Medication/by-name", display="METHIMAZOLE 5 MG TABS"),
        refers(2, "https://ehr/fhir/Medication/unknown"),
        refers(3, "Medication/med-1"),
        refers(4, "#contained"),
        refers(5, "Substance/s1"),
        MEDICATION | {"id": "med-1"},
    )

    assert ("https://ehr/fhir/Medication/unknown", "Medication/by-name") == reading.medications


def test_the_newer_release_s_medication_member_is_read() -> None:
    by_concept = medication(medication={"concept": coded(METHIMAZOLE, RXNORM)})
    by_reference = medication(medication={"reference": {"reference": "Medication/x1"}})

    assert ingredients(by_concept) == ["methimazole"]
    assert ingredients(by_reference, MEDICATION) == ["methimazole"]


@pytest.mark.parametrize("kind", ["Medication", "Substance"])
@pytest.mark.parametrize("place", ["in the request", "in the medication", "beside it"])
def test_what_a_compound_is_made_of_may_be_kept_elsewhere(kind: str, place: str) -> None:
    part = {"resourceType": kind, "id": "s1", "code": coded(METHIMAZOLE, RXNORM)}
    target = f"{kind}/s1" if place == "beside it" else "#s1"
    compound: Json = {
        "resourceType": "Medication",
        "id": "c",
        "code": {"text": "IV mixture 3"},
        "ingredient": [{"itemReference": {"reference": target}}],
    }
    if place == "in the request":
        request = medication(contained=[compound, part], **{REFERENCE: {"reference": "#c"}})
        assert ingredients(request) == ["methimazole"]
        return
    request = medication(**{REFERENCE: {"reference": "Medication/c"}})
    if place == "in the medication":
        assert ingredients(request, compound | {"contained": [part]}) == ["methimazole"]
    else:
        assert ingredients(bundle(request, compound, part)) == ["methimazole"]


def test_what_a_request_contains_is_looked_through_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many ingredients point into it."""
    parts = [
        {"resourceType": "Substance", "id": f"s{number}", "code": {"text": "salt"}} for number in range(300)
    ]
    compound = {
        "resourceType": "Medication",
        "id": "c",
        "ingredient": [{"itemReference": {"reference": f"#s{number}"}} for number in range(300)],
    }
    looked: list[object] = []
    monkeypatch.setattr(
        medication_names, "read_resource", lambda raw: looked.append(raw) or decode.read_resource(raw)
    )
    read(medication(contained=[compound, *parts], **{REFERENCE: {"reference": "#c"}}))

    assert 301 == len(looked)


def test_each_ingredient_of_a_compound_counts() -> None:
    parts = [
        {"itemCodeableConcept": coded(METHIMAZOLE, RXNORM)},
        {"itemReference": {"reference": "Medication/x2"}},
        {"itemReference": {"reference": "Medication/gone", "display": "allopurinol"}},
        {"item": {"concept": {"text": "carbamazepine"}}},
    ]
    compound = {"resourceType": "Medication", "id": "x1", "code": {"text": "capsule"}, "ingredient": parts}
    second = {"resourceType": "Medication", "id": "x2", "code": coded(CLOZAPINE, RXNORM)}
    request = medication(**{REFERENCE: {"reference": "Medication/x1"}})

    found = set(ingredients(request, compound, second))
    assert found == {"methimazole", "clozapine", "allopurinol", "carbamazepine"}


def test_a_coded_part_of_a_compound_is_matched_by_ingredient_and_a_named_one_by_name() -> None:
    parts = [
        {"itemCodeableConcept": coded(METHIMAZOLE, RXNORM)},
        {"itemCodeableConcept": {"text": "carbamazepine"}},
        {"itemCodeableConcept": coded(CLOZAPINE, RXNORM)},
    ]
    named = {"resourceType": "Medication", "id": "x1", "code": {"text": "clozapine mix"}, "ingredient": parts}
    whole = named | {"code": coded(CLOZAPINE, RXNORM)}
    request = medication(**{REFERENCE: {"reference": "Medication/x1"}})

    assert matched_by(request, named) == {
        "methimazole": "ingredient",
        "carbamazepine": "name",
        "clozapine": "ingredient",
    }
    assert matched_by(request, whole)["clozapine"] == "rxnorm"


def test_a_request_of_an_older_release_is_read() -> None:
    older = {
        "resourceType": "MedicationOrder",
        "id": "order-1",
        "status": "active",
        "dateWritten": "2026-11-01",
        "patient": {"reference": "Patient/p1"},
        "medicationCodeableConcept": coded(CLOZAPINE, RXNORM),
    }
    use = only_use(older)

    assert (use.reference, use.start and use.start.day) == ("MedicationOrder/order-1", date(2026, 11, 1))
    assert [match.ingredient for match in use.matches] == ["clozapine"]


def test_a_medicine_that_is_not_in_the_knowledge_is_recognised_all_the_same() -> None:
    use = only_use(medication(text="Sea water 20 ML vial"))

    assert (use.matches, use.recognised) == ((), True)


@pytest.mark.parametrize(
    "request_",
    [medication("999999999999"), medication(), medication(**{REFERENCE: {"reference": "Medication/gone"}}),
     medication("X1", system="urn:local")],
)  # fmt: skip
def test_a_medicine_that_nobody_can_tell_is_said(request_: Json) -> None:
    facts = read(request_).facts

    assert [use.recognised for use in facts.medications] == [False]
    assert facts.gaps == (Gap(GapKind.UNRECOGNISED_MEDICATION, "medications", "MedicationRequest/m1"),)


# --- whether it is an exposure --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("members", "is_used"),
    [({"status": "active"}, True), ({"status": "on-hold"}, True), ({"status": "stopped"}, True),
     ({"status": "completed"}, True), ({"status": "unknown"}, True), ({"status": None}, True),
     ({"status": "entered-in-error"}, False), ({"status": "cancelled"}, False), ({"status": "draft"}, False),
     ({"intent": "proposal"}, False), ({"intent": "plan"}, False), ({"intent": "option"}, False),
     ({"intent": None}, True), ({"intent": "original-order"}, True), ({"doNotPerform": True}, False),
     ({"doNotPerform": False}, True), ({"intent": "plan", "reportedBoolean": True}, True),
     ({"intent": "plan", "reportedReference": {"reference": "Patient/p1"}}, True)],
)  # fmt: skip
def test_what_counts_as_an_exposure(members: Json, is_used: bool) -> None:
    """A plan that records what the patient says to take is one."""
    facts = read(medication(CLOZAPINE, **members)).facts

    assert bool(facts.medications) is is_used


@pytest.mark.parametrize(("status", "is_used"), [("active", True), ("on-hold", False), ("stopped", False)])
def test_a_request_that_is_also_drafted_is_an_exposure_only_while_it_is_active(
    status: str, is_used: bool
) -> None:
    facts = read(medication(CLOZAPINE, status=status), drafts=bundle(medication(CLOZAPINE))).facts

    assert bool(facts.medications) is is_used
    assert len(facts.drafts) == 1


# --- from when to when ----------------------------------------------------------------------------------

BOUNDS = {"boundsPeriod": {"start": "2026-10-01", "end": "2026-10-14"}}


@pytest.mark.parametrize(
    ("members", "expected"),
    [({}, date(2026, 10, 30)), ({"authoredOn": None}, None), ({"authoredOn": "2026"}, date(2026, 1, 1)),
     ({"dosageInstruction": repeat(**BOUNDS)}, date(2026, 10, 1)),
     ({"dosageInstruction": [{"timing": {"event": ["2026-11-09", "2026-10-19"]}}]}, date(2026, 10, 19)),
     ({"dispenseRequest": {"validityPeriod": {"start": "2026-11-02"}}}, date(2026, 11, 2)),
     ({"dosageInstruction": repeat(**BOUNDS), "dispenseRequest": {"validityPeriod": {"start": "2026-09-30"}}},
      date(2026, 9, 30))],
)  # fmt: skip
def test_the_start_is_the_earliest_day_said_else_the_order_s(members: Json, expected: date | None) -> None:
    assert first_day(medication(CLOZAPINE, **members)) == expected


SUPPLY = {"expectedSupplyDuration": {"value": 10, "unit": "days", "code": "d"}}


@pytest.mark.parametrize(
    ("members", "expected"),
    [({}, None), ({"dosageInstruction": repeat(**BOUNDS)}, date(2026, 10, 14)),
     ({"dosageInstruction": repeat(boundsDuration={"value": 5, "code": "d"})}, date(2026, 11, 4)),
     ({"dispenseRequest": SUPPLY}, None),
     ({"dispenseRequest": {"validityPeriod": {"end": "2026-11-10"}}}, None),
     ({"dosageInstruction": repeat(boundsPeriod={"start": "2026-10-01", "end": "9999-12-31"})}, None),
     ({"dosageInstruction": [*repeat(**BOUNDS), *repeat(frequency=1)]}, None)],
)  # fmt: skip
def test_an_active_request_ends_by_the_bounds_of_its_dosage(members: Json, expected: date | None) -> None:
    assert last_day(medication(CLOZAPINE, **members)) == expected


@pytest.mark.parametrize("status", ["stopped", "completed"])
@pytest.mark.parametrize(
    ("members", "expected"),
    [({}, None), ({"dosageInstruction": repeat(**BOUNDS)}, date(2026, 10, 14)),
     ({"dispenseRequest": {"validityPeriod": {"end": "2026-11-10"}}}, date(2026, 11, 10)),
     ({"dispenseRequest": SUPPLY}, date(2026, 11, 9)),
     ({"dispenseRequest": SUPPLY | {"numberOfRepeatsAllowed": 1}}, date(2026, 11, 19)),
     ({"dispenseRequest": SUPPLY | {"numberOfRepeatsAllowed": 5}}, None),
     ({"dispenseRequest": {"validityPeriod": {"end": "2027-11-10"}}}, None),
     ({"authoredOn": None, "dispenseRequest": SUPPLY}, None),
     ({"dispenseRequest": {"expectedSupplyDuration": {"value": 1e30, "code": "d"}}}, None),
     ({"dispenseRequest": {"expectedSupplyDuration": {"value": -4, "code": "d"}}}, None)],
)  # fmt: skip
def test_a_request_that_is_over_ended_when_planned_unless_that_lies_ahead(
    status: str, members: Json, expected: date | None
) -> None:
    """Stopped before the planned end: when, nobody says."""
    assert last_day(medication(CLOZAPINE, status=status, **members)) == expected


@pytest.mark.parametrize(
    ("dosage", "expected"),
    [({"asNeededBoolean": True}, True), ({"asNeededCodeableConcept": {"text": "pain"}}, True),
     ({"asNeeded": True}, True), ({"asNeededBoolean": False}, False), ({}, False)],
)  # fmt: skip
def test_as_needed(dosage: Json, expected: bool) -> None:
    assert only_use(medication(CLOZAPINE, dosageInstruction=[dosage])).as_needed is expected


@pytest.mark.parametrize(
    ("members", "expected"),
    [({"dosageInstruction": repeat(count=1)}, True), ({"dosageInstruction": repeat(count=2)}, False),
     ({"dosageInstruction": [{"timing": {"event": ["2026-11-09"]}}]}, True),
     ({"dosageInstruction": [{"timing": {"event": ["2026-11-09", "2026-11-10"]}}]}, False),
     ({"dispenseRequest": {"expectedSupplyDuration": {"value": 1, "code": "d"}}}, True),
     ({"dispenseRequest": {"expectedSupplyDuration": {"value": 1, "code": "d"}, "numberOfRepeatsAllowed": 3}},
      False),
     ({"dispenseRequest": SUPPLY}, False), ({}, False)],
)  # fmt: skip
def test_a_single_dose(members: Json, expected: bool) -> None:
    assert only_use(medication(CLOZAPINE, **members)).single_dose is expected


def test_uses_are_sorted_by_their_start() -> None:
    requests = [
        medication(CLOZAPINE, id=f"m{day}", authoredOn=f"2026-11-{day}") for day in ("09", "01", "05")
    ]

    assert [use.reference[-2:] for use in read(*requests).facts.medications] == ["01", "05", "09"]


def test_members_of_odd_shapes_are_left_out_and_the_rest_is_read() -> None:
    odd = medication(
        CLOZAPINE, category={"text": "x"}, reasonCode={"coding": []}, dosageInstruction={"text": "1"}
    )
    odd |= {"dispenseRequest": "thirty days", "authoredOn": 20261101, "contained": "none"}
    use = only_use(odd)

    assert [match.ingredient for match in use.matches] == ["clozapine"]
    assert use.start is None


def test_a_vaccine_given_in_the_past_is_no_suspect() -> None:
    assert only_use(medication("03", "MMR", system=CVX)).matches == ()


@pytest.mark.parametrize("kind", ["MedicationStatement", "MedicationAdministration", "MedicationDispense"])
def test_medicines_in_another_kind_of_resource_are_said_to_be_unread(kind: str) -> None:
    """Beside requests they add nothing that was asked for; entered in error they never counted."""
    other = medication("2626", resourceType=kind, id="t1")
    unread = Gap(GapKind.NOT_SUPPLIED, "medications")

    assert (unread,) == read(bundle(other)).facts.gaps
    assert () == read(bundle(other, medication("2626"))).facts.gaps
    assert () == read(bundle(other | {"status": "entered-in-error"})).facts.gaps
