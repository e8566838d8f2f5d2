"""What was supplied, entry by entry; and nothing of another patient."""

from __future__ import annotations

from typing import Any

import pytest

from cds.facts import Gap, GapKind
from cds.readers import sent
from cds.readers.bundle import gather, next_page
from tests.readers.sending import PATIENT, bundle, entry, medication, page, read, result

Json = dict[str, Any]
OTHER = {"subject": {"reference": "Patient/p2"}}


def gaps(*supplied: object, **how: Any) -> list[tuple[GapKind, str]]:
    return [(gap.kind, gap.what) for gap in read(*supplied, **how).facts.gaps]


def counted(*supplied: object, **how: Any) -> int:
    return len(read(*supplied, **how).facts.counts)


def outcome(severity: str, code: str = "processing") -> Json:
    return {"resourceType": "OperationOutcome", "issue": [{"severity": severity, "code": code}]}


# --- shapes ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [result(value=0.9), bundle(result(value=0.9)), bundle(result(value=0.9), kind="collection"),
     bundle(bundle(result(value=0.9))), {"response": {"status": "200 OK"}, "resource": result(value=0.9)},
     {"resource": bundle(result(value=0.9))}, {"resourceType": "Bundle", "entry": [entry(result(value=0.9))]},
     {"resourceType": "Bundle", "entry": entry(result(value=0.9))},
     {"resourceType": "Bundle", "link": 5, "entry": [entry(result(value=0.9))]},
     {"entry": [entry(result(value=0.9))], "resourceType": "Bundle"}],
)  # fmt: skip
def test_each_shape_of_a_prefetch_value(value: object) -> None:
    assert (counted(value), gaps(value)) == (1, [])


@pytest.mark.parametrize(
    "value", [bundle(), bundle(total=0), {"resourceType": "Bundle"}, bundle(outcome("warning", "not-found")),
              outcome("information")]
)  # fmt: skip
def test_no_data_is_no_gap(value: object) -> None:
    assert gaps(value) == []


@pytest.mark.parametrize("entry", [{"search": {"mode": "match"}}, {"fullUrl": "https://h/Observation/1"}, {}])
def test_a_match_that_was_held_back_is_not_no_data(entry: object) -> None:
    value = {"resourceType": "Bundle", "entry": [entry]}

    assert [(GapKind.BROKEN_RESOURCE, "resource")] == gaps(value)


@pytest.mark.parametrize(
    "value", ["{}", "[]", '""', "5", "true", '"text"', "", "{", "[" * 100_000, b"\xff\xfe"]
)
def test_what_is_no_resource_is_said(value: object) -> None:
    assert gaps(value) == [(GapKind.BROKEN_RESOURCE, "resource")]


@pytest.mark.parametrize("broken", [5, None, "x", [], {"resource": 5}, {"resource": "x"}, {"resource": {}}])
def test_one_broken_entry_fails_alone(broken: object) -> None:
    sent = {"resourceType": "Bundle", "entry": [broken, entry(result(value=0.9))]}

    assert (counted(sent), gaps(sent)) == (1, [(GapKind.BROKEN_RESOURCE, "counts")])


def test_deep_nesting_fails_alone() -> None:
    deep = b'{"resourceType":"Observation","id":"deep","x":' + b"[" * 50_000 + b"]" * 50_000 + b"}"

    assert gaps(deep, bundle(result(value=0.9))) == [(GapKind.BROKEN_RESOURCE, "resource")]
    assert counted(deep, bundle(result(value=0.9))) == 1


def test_of_a_flood_of_empty_entries_a_thousand_are_told() -> None:
    flood = {"resourceType": "Bundle", "entry": [{} for _ in range(1_001)]}

    assert gaps(flood, bundle(outcome("error"))).count((GapKind.BROKEN_RESOURCE, "resource")) == 1_000
    assert any(kind is GapKind.FAILED for kind, _ in gaps(flood, bundle(outcome("error"))))


def test_bundles_nested_beyond_reason_are_said() -> None:
    sent: object = result(value=0.9)
    for _ in range(40):
        sent = bundle(sent)

    assert gaps(sent) == [(GapKind.BROKEN_RESOURCE, "resource")]


def test_an_unknown_resource_type_is_ignored() -> None:
    assert gaps({"resourceType": "Encounter", "id": "e"}, bundle({"resourceType": "Zoo"})) == []


# --- what the sender could not get ----------------------------------------------------------------------


@pytest.mark.parametrize("severity", ["error", "fatal", ""])
def test_an_error_is_said(severity: str) -> None:
    assert gaps(outcome(severity)) == [(GapKind.FAILED, "resource")]
    assert gaps(bundle(outcome(severity), result(value=0.9))) == [(GapKind.FAILED, "counts")]
    assert gaps({"resource": outcome(severity)}) == [(GapKind.FAILED, "resource")]


def test_the_detail_of_an_error_is_its_code_and_not_its_text() -> None:
    sent = outcome("error", "timeout")
    sent["issue"][0]["diagnostics"] = "Patient Smith could not be read"
    (gap,) = read(sent).facts.gaps

    assert gap.detail == "timeout"


def test_an_outcome_entry_is_no_match() -> None:
    as_outcome = {"resource": result(value=0.2), "search": {"mode": "outcome"}}
    error = {"resource": outcome("error"), "search": {"mode": "outcome"}}
    included = {"resource": result(value=0.9), "search": {"mode": "include"}}
    sent = {"resourceType": "Bundle", "entry": [as_outcome, error, included]}

    assert (counted(sent), gaps(sent)) == (1, [(GapKind.FAILED, "counts")])


def test_a_failed_entry_of_a_batch_is_said() -> None:
    failed = {"response": {"status": "403 Forbidden"}}
    sent = {"resourceType": "Bundle", "type": "batch-response", "entry": [failed, entry(medication("2626"))]}

    assert gaps(sent) == [(GapKind.FAILED, "medications")]


def test_a_next_page_that_was_not_supplied_is_said() -> None:
    more = [{"relation": "self", "url": "https://ehr/1"}, {"relation": "next", "url": "https://ehr/2"}]
    last = [{"relation": "self", "url": "https://ehr/2"}]
    first, second = bundle(result(value=0.9), link=more), bundle(result("6690-2", 3), link=last)

    assert gaps(first) == [(GapKind.INCOMPLETE, "counts")]
    assert gaps(bundle(medication("2626"), link=more)) == [(GapKind.INCOMPLETE, "medications")]
    assert gaps(bundle(link=more)) == [(GapKind.INCOMPLETE, "resource")]
    assert gaps(first, second) == []


def test_the_link_to_a_page_that_was_not_supplied_is_kept_for_whoever_can_follow_it() -> None:
    """A page that was followed is there, whatever it calls itself."""
    first = page(bundle(result(value=0.9), link=[{"relation": "next", "url": "?page=2"}]))
    second = page(bundle(result("6690-2", 3), link=[{"relation": "self", "url": "https://ehr/elsewhere"}]))

    assert ("?page=2",) == gather([first], "p1").next_pages
    assert () == gather([first, second], "p1", followed=["?page=2"]).next_pages
    assert [] == gather([first, second], "p1", followed=["?page=2"]).gaps
    assert ("?page=2", "") == (next_page(first.sent), next_page(second.sent))


def test_a_page_that_is_its_own_next_one_ends_nowhere() -> None:
    own = [{"relation": "self", "url": "https://ehr/1"}, {"relation": "next", "url": "https://ehr/1"}]
    gathered = gather([page(bundle(result(value=0.9), link=own))], "p1")

    assert [GapKind.INCOMPLETE] == [gap.kind for gap in gathered.gaps]
    assert () == gathered.next_pages


@pytest.mark.parametrize("back_to", ["https://ehr/1", "https://ehr/2"])
def test_pages_that_come_round_to_one_of_themselves_end_nowhere(back_to: str) -> None:
    """Each of them was supplied, and still nobody has seen the last one."""
    first = [{"relation": "self", "url": "https://ehr/1"}, {"relation": "next", "url": "https://ehr/2"}]
    second = [{"relation": "self", "url": "https://ehr/2"}, {"relation": "next", "url": back_to}]
    sent = [
        page(bundle(result(value=0.9), link=first)),
        page(bundle(result("6690-2", 3), link=second)),
    ]

    for pages in (sent, sent[::-1]):
        gathered = gather(pages, "p1")

        assert {(GapKind.INCOMPLETE, "counts")} == {(gap.kind, gap.what) for gap in gathered.gaps}
        assert () == gathered.next_pages


# --- matches that are counted and not sent --------------------------------------------------------------

MATCH = {"resource": result(value=0.9), "search": {"mode": "match"}}
INCLUDED = {"resource": medication("2626"), "search": {"mode": "include"}}
OUTCOME = {"resource": outcome("information"), "search": {"mode": "outcome"}}
BROKEN = {"resource": result("6690-2", 3, id="o2"), "search": "match"}


def answer(*entries: Json, **members: Any) -> Json:
    return {"resourceType": "Bundle", "type": "searchset", "entry": [*entries], **members}


@pytest.mark.parametrize(
    "sent",
    [bundle(result(value=0.9), total=200), bundle(result(value=0.9), total="200"),
     bundle(result(value=0.9), total=2),
     answer(MATCH, INCLUDED, total=2), answer(MATCH, OUTCOME, total=2), answer(MATCH, BROKEN, total=3)],
)  # fmt: skip
def test_an_answer_that_counts_more_than_it_holds_is_not_whole(sent: Json) -> None:
    assert (GapKind.INCOMPLETE, "counts") in gaps(sent)


@pytest.mark.parametrize(
    "sent",
    [bundle(result(value=0.9)), bundle(result(value=0.9), total=1), bundle(result(value=0.9), total=0),
     bundle(result(value=0.9), total=None), bundle(result(value=0.9), total="many"),
     answer(MATCH, INCLUDED, total=1), answer(MATCH, BROKEN, total=2),
     bundle({"resourceType": "Zoo"}, total=2)],
)  # fmt: skip
def test_an_answer_that_counts_no_more_than_it_holds_is_whole(sent: Json) -> None:
    """As far as can be told: a count may be missing, or lower than what was sent."""
    assert GapKind.INCOMPLETE not in [kind for kind, _ in gaps(sent)]


def test_the_last_page_holds_less_than_all_pages_count() -> None:
    def a_page(number: int, total: int = 3) -> Json:
        here, there = (f"https://ehr/{at}" for at in (number, number + 1))
        link = [
            {"relation": "self", "url": here},
            *([{"relation": "next", "url": there}] if number < 3 else []),
        ]
        return bundle(result(value=3, id=f"o{number}"), total=total, link=link)

    pages = [a_page(number) for number in (1, 2, 3)]

    assert [] == gaps(*pages) == gaps(*pages[::-1])
    assert [(GapKind.INCOMPLETE, "counts")] == gaps(*(a_page(number, total=4) for number in (1, 2, 3)))


@pytest.mark.parametrize(
    ("days", "oldest"),
    [
        (("2026-11-20", "2026-11-20", "2026-08-01"), "2026-08-01"),
        (("2026-08-01", "2026-11-20"), None),  # from old to new: the newest results may be missing
        (("2026-11-20", "", "2026-08-01"), None),
    ],
)
def test_a_page_from_new_to_old_says_how_far_back_it_reaches(
    days: tuple[str, ...], oldest: str | None
) -> None:
    """Then the pages behind it hold nothing newer; in any other order they may hold anything."""
    more = [{"relation": "next", "url": "https://ehr/2"}]
    results = [result(value=3, effectiveDateTime=day, id=f"o{at}") for at, day in enumerate(days)]
    [gap] = read(bundle(*results, link=more)).facts.gaps

    assert (GapKind.INCOMPLETE, oldest) == (gap.kind, gap.measured and str(gap.measured.day))


def test_gaps_of_the_caller_come_first_and_stay() -> None:
    known = Gap(GapKind.NOT_SUPPLIED, "conditions")

    assert read("5", gaps=(known,)).facts.gaps[0] is known


# --- whose data -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "subject",
    [{"reference": "Patient/p1"}, {"reference": "https://ehr/fhir/Patient/p1"}, {}, None, {"display": "A"},
     {"reference": "https://ehr/fhir/Patient/p1/_history/4"}, {"reference": "urn:uuid:p1"},
     {"reference": "p1"}, {"reference": "#pat"}, {"identifier": {"value": "x"}},
     {"reference": " Patient/p1 "}],
)  # fmt: skip
@pytest.mark.parametrize("patient_id", ["p1", "Patient/p1"])
def test_data_of_the_patient_is_used(subject: object, patient_id: str) -> None:
    sent = result(value=0.9) | {"subject": subject}

    assert (counted(sent, patient_id=patient_id), gaps(sent, patient_id=patient_id)) == (1, [])


@pytest.mark.parametrize(
    "reference",
    ["Patient/p2", "https://ehr/fhir/Patient/p2", "Patient/p11", "Patient/P1", "Group/p1", "p2",
     "urn:uuid:p2", "Patient/p1/_history", "Patient/", "https://ehr/fhir/Patient/p1x"],
)  # fmt: skip
def test_data_of_somebody_else_is_left_out_and_said(reference: str) -> None:
    sent = result(value=0.2, subject={"reference": reference})

    assert (counted(sent), gaps(sent)) == (0, [(GapKind.WRONG_PATIENT, "counts")])


def test_nothing_of_the_other_patient_is_told() -> None:
    (gap,) = read(result(value=0.2, id="of-p2", subject={"reference": "Patient/p2"})).facts.gaps

    assert gap == Gap(GapKind.WRONG_PATIENT, "counts")


@pytest.mark.parametrize(
    ("subject", "is_own"), [("Patient/p2", False), ([{"reference": "Patient/p1"}], True)]
)
def test_a_subject_in_one_word_or_in_a_list_of_one_is_read(subject: object, is_own: bool) -> None:
    sent = result(value=0.2, subject=subject)

    assert counted(sent) == is_own
    assert gaps(sent) == ([] if is_own else [(GapKind.WRONG_PATIENT, "counts")])


@pytest.mark.parametrize("subject", [5, ["a", "b"], {"reference": 5}, {"reference": ["x"]}])
def test_a_subject_that_cannot_be_read_is_not_taken_for_the_patient(subject: object) -> None:
    sent = result(value=0.2, subject=subject)

    assert (counted(sent), gaps(sent)) == (0, [(GapKind.BROKEN_RESOURCE, "counts")])


def test_a_urn_is_resolved_to_the_patient_of_the_bundle() -> None:
    urn = "urn:uuid:5f0e2f7e-0000-4000-8000-000000000001"
    sent = result(value=0.9, subject={"reference": urn})
    patient, other = ({"fullUrl": urn, "resource": PATIENT | {"id": each}} for each in ("p1", "p2"))

    for own, number_used in ((patient, 1), (other, 0)):
        whole = {"resourceType": "Bundle", "type": "transaction", "entry": [entry(sent), own]}
        assert counted(whole) == number_used


def test_another_patient_s_record_gives_no_date_of_birth() -> None:
    facts = read(PATIENT | {"id": "p2"}).facts

    assert facts.patient.born is None
    assert [(gap.kind, gap.what) for gap in facts.gaps] == [(GapKind.WRONG_PATIENT, "patient")]


@pytest.mark.parametrize(
    ("sent", "what"),
    [(medication("2626", **OTHER), "medications"),
     ({"resourceType": "Condition", **OTHER}, "conditions"),
     ({"resourceType": "Condition", "patient": {"reference": "Patient/p2"}}, "conditions"),
     ({"resourceType": "AllergyIntolerance", "patient": {"reference": "Patient/p2"}}, "reactions"),
     ({"resourceType": "ServiceRequest", **OTHER}, "tests"),
     ({"resourceType": "MedicationOrder", "patient": {"reference": "Patient/p2"}}, "medications")],
)  # fmt: skip
def test_every_kind_of_resource_is_guarded(sent: Json, what: str) -> None:
    assert gaps(sent) == [(GapKind.WRONG_PATIENT, what)]


def test_drafts_are_guarded_too() -> None:
    reading = read(drafts=bundle(medication("2626", **OTHER)))

    assert reading.facts.drafts == ()
    assert reading.facts.gaps == (Gap(GapKind.WRONG_PATIENT, "drafts"),)


def test_a_report_of_another_patient_brings_none_of_its_results() -> None:
    contained = {
        "resourceType": "DiagnosticReport",
        "id": "r",
        "contained": [result(value=0.2, subject=None)],
    }

    assert counted(contained | {"subject": {"reference": "Patient/p1"}}) == 1
    assert counted(contained | OTHER) == 0


def test_the_newest_version_of_a_resource_counts_in_any_order() -> None:
    old, new = (result(value=each, meta={"versionId": str(each)}) for each in (9, 10))

    for order in ((old, new), (new, old)):
        (count,) = read(*order).facts.counts
        assert count.value == 10


# --- several of one id ----------------------------------------------------------------------------------

_TWO_DAYS = {"effectiveDateTime": "2026-11-18T08:00:00Z"}


@pytest.mark.parametrize(
    ("newer", "older"),
    [
        ({"meta": {"lastUpdated": "2026-11-20T08:00:00+01:00"}},
         {"meta": {"lastUpdated": "2026-11-20T06:59:00Z"}}),
        ({"meta": {"versionId": "2"}, "issued": "2026-11-20T07:00:00Z"},
         {"meta": {"versionId": "1"}, "issued": "2026-11-20T08:00:00Z"}),
        ({"status": "corrected"}, {}),
        ({"status": "amended"}, {"status": "preliminary"}),
        ({}, {"status": "entered-in-error"}),
        ({"issued": "2026-11-20T08:00:00Z"}, {"issued": "2026-11-20T08:30:00+01:00"}),
    ],
)  # fmt: skip
def test_what_tells_versions_apart_decides(newer: Json, older: Json) -> None:
    """Not the day: of two versions at two times the older may be that of the newer day."""
    old, new = result(value=0.3, **older), result(value=4, **newer) | _TWO_DAYS

    for order in ((old, new), (new, old)):
        assert [4] == [count.value for count in read(*order).facts.counts]


@pytest.mark.parametrize(
    "metas",
    [({}, {}), ({"meta": {"versionId": "2"}}, {}), ({"meta": {"lastUpdated": "2026-11-20T08:00:00Z"}},) * 2],
)
def test_two_of_one_id_that_nothing_decides_between_both_stay(metas: tuple[Json, Json]) -> None:
    low, high = result(value=0.3, **metas[0]), result(value=4, **metas[1]) | _TWO_DAYS

    for order in ((low, high), (high, low)):
        assert [0.3, 4] == sorted(float(count.value) for count in read(*order).facts.counts)


def test_a_copy_is_a_copy_however_it_is_spaced_and_tagged() -> None:
    sent = medication("2626")
    copy = {**dict(reversed(sent.items())), "meta": {"tag": [{"code": "SUBSETTED"}]}}

    assert 1 == len(read(sent, copy).facts.medications)


def test_parts_of_one_container_without_an_id_are_no_copies() -> None:
    parts = [{name: value for name, value in result(value=each).items() if name != "id"} for each in (0.3, 4)]

    assert 2 == counted({"resourceType": "DiagnosticReport", "id": "r", "contained": parts})


def test_what_two_servers_know_by_one_id_is_two_things() -> None:
    entries = [
        {
            "fullUrl": f"https://ehr{place}.example.org/fhir/Observation/1",
            "resource": result(code, value) | {"id": "1", "meta": {"versionId": str(place)}},
        }
        for place, code, value in ((1, "751-8", 0.3), (2, "6690-2", 4))
    ]

    assert 2 == counted({"resourceType": "Bundle", "entry": entries})


def test_two_drafts_with_one_id_are_both_read() -> None:
    """And nothing can act on the one that is meant by their id."""
    drafts = [medication(code, id="d1", status="draft") for code in ("2626", "6835")]
    reading = read(drafts=bundle(*drafts))

    assert {""} == {draft.reference for draft in reading.facts.drafts}

    assert ["clozapine", "methimazole"] == sorted(
        match.ingredient for draft in reading.facts.drafts for match in draft.matches
    )


# --- many of one id: work, not time, is counted ----------------------------------------------------------


@pytest.mark.parametrize("many", [16, 17, 400])
def test_many_versions_of_one_id_are_each_looked_at_once(many: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Held against one another only while they are few; the rest would cost the square of their number."""
    looked = []
    content = sent._content
    monkeypatch.setattr(sent, "_content", lambda raw: looked.append(raw) or content(raw))

    assert many == counted(bundle(*(result(value=1 + number / 1000) for number in range(many))))
    assert many == len(looked)


def test_of_many_parts_without_an_id_the_container_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    parts = [
        {name: value for name, value in result(value=each / 100).items() if name != "id"}
        for each in range(400)
    ]
    looked = []
    content = sent._content
    monkeypatch.setattr(sent, "_content", lambda raw: looked.append(raw) or content(raw))

    assert 400 == counted({"resourceType": "DiagnosticReport", "id": "r", "contained": parts})
    assert 1 == len(looked)
