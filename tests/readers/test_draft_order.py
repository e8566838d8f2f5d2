"""The drafts: what is about to be signed, as incomplete as it comes."""

from __future__ import annotations

from typing import Any

import pytest

from cds.facts import DraftAction, DraftOrder, Gap, GapKind
from tests.readers.sending import CVX, PATIENT, RXNORM, bundle, coded, medication, read, result

Json = dict[str, Any]
CLOZAPINE = "2626"


def draft(code: str | None = CLOZAPINE, **members: object) -> Json:
    return medication(code, **({"status": "draft", "id": "d1"} | members))


def drafts(*sent: object, **how: Any) -> tuple[DraftOrder, ...]:
    return read(drafts=bundle(*sent, kind="collection"), **how).facts.drafts


def only_draft(*sent: object) -> DraftOrder:
    (order,) = drafts(*sent)
    return order


def service(**members: object) -> Json:
    sent = {"resourceType": "ServiceRequest", "id": "s1", "status": "draft", "intent": "order",
            "code": coded("57021-8", display="CBC W Auto Differential panel")}  # fmt: skip
    return sent | members


def test_a_drafted_medicine() -> None:
    order = only_draft(draft())

    assert (order.reference, order.kind, order.action) == (
        "MedicationRequest/d1", "MedicationRequest", DraftAction.ORDER,
    )  # fmt: skip
    assert [match.ingredient for match in order.matches] == ["clozapine"]
    assert (order.selected, order.systemic, order.recognised, order.vaccine) == (True, True, True, None)


def test_no_drafts_are_no_fault() -> None:
    assert read().facts.drafts == ()
    assert drafts() == ()


def test_a_bundle_without_a_type_or_urls_is_read() -> None:
    sent = {"resourceType": "Bundle", "entry": [{"resource": draft()}]}

    assert len(read(drafts=sent).facts.drafts) == 1


def test_the_browser_sandbox_s_drafts_are_read() -> None:
    """No intent, category and reason as objects; and before a drug is picked, no medicine."""
    bare = draft(None, intent=None)
    picked = draft(category={"coding": []}, reasonCode={"text": "x"}, intent=None)

    assert (only_draft(bare).matches, only_draft(bare).recognised) == ((), True)
    assert [match.ingredient for match in only_draft(picked).matches] == ["clozapine"]
    assert read(drafts=bundle(bare)).facts.gaps == ()


def test_a_draft_without_an_id_is_read_and_nothing_can_act_on_it() -> None:
    assert only_draft(draft(id=None)).reference == ""


def test_a_long_id_is_kept_to_the_letter() -> None:
    long = "eKb.-" * 40

    assert only_draft(draft(id=long)).reference == f"MedicationRequest/{long}"


def test_a_medication_beside_its_draft_is_no_order() -> None:
    beside = {"resourceType": "Medication", "id": "x1", "code": coded(CLOZAPINE, RXNORM)}
    order = only_draft(draft(None, medicationReference={"reference": "Medication/x1"}), beside)

    assert [match.ingredient for match in order.matches] == ["clozapine"]


def test_a_draft_may_order_a_medication_of_the_prefetch() -> None:
    prefetched = {"resourceType": "Medication", "id": "x1", "code": coded(CLOZAPINE, RXNORM)}
    sent = bundle(draft(None, medicationReference={"reference": "Medication/x1"}))
    (order,) = read(prefetched, drafts=sent).facts.drafts

    assert [match.ingredient for match in order.matches] == ["clozapine"]


def test_a_drafted_medicine_that_nobody_can_tell_is_said() -> None:
    reading = read(drafts=bundle(draft("999999999")))

    assert not reading.facts.drafts[0].recognised
    assert reading.facts.gaps == (Gap(GapKind.UNRECOGNISED_MEDICATION, "drafts", "MedicationRequest/d1"),)


@pytest.mark.parametrize("status", ["stopped", "cancelled", "completed"])
def test_a_draft_that_ends_a_medicine_is_a_stop(status: str) -> None:
    assert only_draft(draft(status=status)).action is DraftAction.STOP


@pytest.mark.parametrize("status", ["draft", "active", "on-hold", None])
def test_every_other_draft_is_an_order(status: str | None) -> None:
    assert only_draft(draft(status=status)).action is DraftAction.ORDER


def test_what_must_not_be_performed_is_a_stop() -> None:
    assert only_draft(draft(doNotPerform=True)).action is DraftAction.STOP
    assert only_draft(service(doNotPerform=True)).action is DraftAction.STOP


@pytest.mark.parametrize("sent", [draft(), service(), {"resourceType": "DeviceRequest", "id": "x"}])
def test_a_draft_entered_in_error_is_treated_as_absent(sent: Json) -> None:
    assert drafts(sent | {"status": "entered-in-error"}) == ()


def test_a_drafted_test_and_the_vaccine_of_every_shape() -> None:
    tests = only_draft(service())
    assert (tests.kind, tests.tests, tests.text) == (
        "ServiceRequest", ("57021-8",), "CBC W Auto Differential panel",
    )  # fmt: skip

    coded_as_vaccine = draft(None, medicationCodeableConcept=coded("149", CVX))
    recommended = {"resourceType": "ImmunizationRecommendation", "id": "i1",
                   "patient": {"reference": "Patient/p1"},
                   "recommendation": [{"vaccineCode": [coded("03", CVX, "MMR")]}]}  # fmt: skip
    given = {"resourceType": "Immunization", "id": "i2", "vaccineCode": coded("21", CVX)}

    assert [only_draft(each).vaccine for each in (coded_as_vaccine, recommended, given)] == [
        "149",
        "03",
        "21",
    ]


@pytest.mark.parametrize(
    "system",
    ["https://hl7.org/fhir/sid/cvx/", "URN:OID:2.16.840.1.113883.12.292", "2.16.840.1.113883.12.292"],
)
def test_a_vaccine_is_known_however_the_address_of_its_system_is_written(system: str) -> None:
    assert "03" == only_draft(draft(None, medicationCodeableConcept=coded("03", system))).vaccine


@pytest.mark.parametrize(("patient", "drafted"), [("p1", 1), ("p2", 0)])
def test_the_subject_of_a_draft_may_be_the_address_of_a_patient_in_the_prefetch(
    patient: str, drafted: int
) -> None:
    url = "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"
    supplied = {"resourceType": "Bundle", "entry": [{"fullUrl": url, "resource": PATIENT | {"id": patient}}]}
    sent = bundle(draft(subject={"reference": url}))

    assert drafted == len(read(supplied, drafts=sent).facts.drafts)


def test_a_vaccine_whose_name_does_not_say_whether_it_is_live_is_not_recognised() -> None:
    vaccine, other = (
        draft(None, medicationCodeableConcept={"text": text}) for text in ("influenza vaccine", "zinc")
    )

    assert (False, True) == (only_draft(vaccine).recognised, only_draft(other).recognised)
    assert only_draft(draft(None, medicationCodeableConcept=coded("03", CVX, "MMR vaccine"))).recognised


@pytest.mark.parametrize(
    ("text", "cvx"),
    [
        ("MMR II Vaccine", "03"),
        ("M-M-R II 0.5 mL SC", "03"),
        ("MEASLES, MUMPS, RUBELLA AND VARICELLA VACCINE LIVE SUBQ", "94"),
        ("varicella virus vaccine live 1350 PFU/0.5ML [Varivax]", "21"),
        ("FluMist 2026-2027 nasal spray", "151"),
        ("influenza virus vaccine, live", "151"),
        ("zoster vaccine live (Zostavax)", "121"),
        ("yellow fever vaccine", "184"),
        ("BCG vaccine", "19"),
    ],
)
def test_a_live_vaccine_is_known_by_its_name_where_no_cvx_code_is_sent(text: str, cvx: str) -> None:
    for concept in ({"text": text}, coded("1234567", "http://www.nlm.nih.gov/research/umls/rxnorm", text)):
        ordered = only_draft(draft(None, medicationCodeableConcept=concept))
        given = only_draft({"resourceType": "Immunization", "id": "i2", "vaccineCode": concept})

        assert (cvx, True) == (ordered.vaccine, ordered.recognised)
        assert cvx == given.vaccine


@pytest.mark.parametrize(
    "text",
    ["Shingrix", "zoster vaccine recombinant", "poliovirus vaccine inactivated", "varicella immune globulin"],
)
def test_another_name_is_that_of_no_live_vaccine(text: str) -> None:
    assert only_draft(draft(None, medicationCodeableConcept={"text": text})).vaccine is None


def test_the_code_of_a_vaccine_goes_before_its_name() -> None:
    named = coded("187", CVX, "zoster vaccine live")

    assert "187" == only_draft(draft(None, medicationCodeableConcept=named)).vaccine


def test_each_vaccine_of_a_recommendation_is_an_order() -> None:
    codes = [{"vaccineCode": [coded("140", CVX)]}, {"vaccineCode": [coded("03", CVX), coded("140", CVX)]}]
    sent = {"resourceType": "ImmunizationRecommendation", "id": "i1", "recommendation": codes}

    assert [order.vaccine for order in drafts(sent)] == ["140", "03"]


def test_of_several_vaccine_codes_a_live_one_counts() -> None:
    both = {"coding": [*coded("187", CVX)["coding"], *coded("121", CVX)["coding"]]}

    assert only_draft(draft(None, medicationCodeableConcept=both)).vaccine == "121"


@pytest.mark.parametrize(
    "kind", ["NutritionOrder", "DeviceRequest", "CommunicationRequest", "VisionPrescription"]
)
def test_other_orders_have_a_kind_only(kind: str) -> None:
    order = only_draft({"resourceType": kind, "id": "x1", "subject": {"reference": "Patient/p1"}})

    assert (order.kind, order.reference, order.matches) == (kind, f"{kind}/x1", ())


@pytest.mark.parametrize("kind", ["MedicationOrder", "ProcedureRequest"])
def test_orders_of_older_releases_are_read(kind: str) -> None:
    older = {"resourceType": kind, "id": "x1", "medicationCodeableConcept": coded(CLOZAPINE, RXNORM),
             "code": coded("57021-8")}  # fmt: skip
    order = only_draft(older)

    assert order.kind == kind
    assert order.matches or order.tests


def test_results_and_patients_among_the_drafts_are_no_orders() -> None:
    assert drafts(result(value=0.2), {"resourceType": "Patient", "id": "p1"}) == ()


# --- selections -----------------------------------------------------------------------------------------

TWO = (draft(), draft("6835", id="d2"))


@pytest.mark.parametrize(
    ("selections", "selected"),
    [(None, [True, True]), (["MedicationRequest/d2"], [False, True]), (["d2"], [False, True]),
     (["https://ehr/fhir/MedicationRequest/d1"], [True, False]), ([], [True, True]),
     (["MedicationRequest/gone"], [True, True]), (["ServiceRequest/d2"], [True, True]),
     (["MedicationRequest/d1", "MedicationRequest/d2"], [True, True])],
)  # fmt: skip
def test_selections_point_at_drafts_and_at_all_where_they_point_at_none(
    selections: list[str] | None, selected: list[bool]
) -> None:
    assert [order.selected for order in drafts(*TWO, selections=selections)] == selected


@pytest.mark.parametrize("has_ids", [True, False])
@pytest.mark.parametrize("scheme", ["urn:uuid:", "https://ehr.example.org/fhir/MedicationRequest/"])
def test_a_selection_may_point_at_the_full_url_of_an_entry(scheme: str, has_ids: bool) -> None:
    entries = [
        {"fullUrl": f"{scheme}{name}", "resource": sent if has_ids else sent | {"id": None}}
        for name, sent in zip(("a", "b"), TWO, strict=True)
    ]
    sent = {"resourceType": "Bundle", "entry": entries}
    found = read(drafts=sent, selections=[f"{scheme}b"]).facts.drafts

    assert [False, True] == [order.selected for order in found]
