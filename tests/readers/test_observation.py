"""Which Observations are results, when they were obtained, and which of their versions counts."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from cds.facts import CellCount, CellLine, GapKind, ResultStatus, When
from cds.readers.moments import read_moment
from tests.readers.sending import (
    PATIENT,
    TODAY,
    bundle,
    coded,
    number,
    only_count,
    quantity,
    read,
    refused,
    result,
)

Json = dict[str, Any]


def values(*supplied: object) -> list[str]:
    return [str(count.value) for count in read(*supplied).facts.counts]


def measured(*supplied: object) -> When | None:
    (count,) = read(*supplied).facts.counts
    return count.measured


def report(*results: str, **members: object) -> Json:
    return {
        "resourceType": "DiagnosticReport",
        "id": "r1",
        "status": "final",
        "code": coded("58410-2"),
        "subject": {"reference": "Patient/p1"},
        "result": [{"reference": each} for each in results],
    } | members


# --- status ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["entered-in-error", "cancelled", "registered"])
def test_what_never_counted_leaves_no_trace(status: str) -> None:
    facts = read(result(value=0.2, status=status), result("6690-2", unit="odd", status=status)).facts

    assert (facts.counts, facts.gaps) == ((), ())


@pytest.mark.parametrize(
    "status", [ResultStatus.FINAL, ResultStatus.AMENDED, ResultStatus.CORRECTED, ResultStatus.PRELIMINARY]
)
def test_a_usable_status_is_kept(status: ResultStatus) -> None:
    assert only_count(result(value=0.7, status=status.value)).status is status


@pytest.mark.parametrize("status", ["unknown", "done", None, 5])
def test_a_status_that_is_unknown_absent_or_odd_is_used_and_said(status: object) -> None:
    facts = read(result(value=0.7, status=status)).facts

    assert facts.counts[0].status is ResultStatus.UNKNOWN
    assert [(gap.kind, gap.what) for gap in facts.gaps] == [(GapKind.STATUS_UNKNOWN, "neutrophils")]


# --- dates ----------------------------------------------------------------------------------------------

OWN, REPORTED, COLLECTED, ISSUED = (f"2026-11-{day}T08:00:00Z" for day in (20, 19, 18, 17))
SPECIMEN = {"resourceType": "Specimen", "id": "s1", "subject": {"reference": "Patient/p1"},
            "collection": {"collectedDateTime": COLLECTED}}  # fmt: skip


@pytest.mark.parametrize(
    ("members", "expected"),
    [({"effectiveDateTime": OWN}, OWN), ({"effectiveInstant": OWN}, OWN),
     ({"effectivePeriod": {"start": ISSUED, "end": OWN}}, OWN), ({"effectivePeriod": {"start": OWN}}, OWN),
     ({"effectiveTiming": {"event": [ISSUED, OWN]}}, OWN)],
)  # fmt: skip
def test_each_shape_of_effective(members: Json, expected: str) -> None:
    sent = result(value=0.9, **({"effectiveDateTime": None} | members))

    assert measured(sent) == read_moment(expected)


def test_the_date_is_the_result_s_else_the_report_s_else_the_specimen_s_else_when_it_was_issued() -> None:
    undated = {"effectiveDateTime": None, "specimen": {"reference": "Specimen/s1"}, "issued": ISSUED}
    dated_report = report("Observation/o-751-8", effectiveDateTime=REPORTED)
    meta = {"meta": {"lastUpdated": OWN}}

    assert measured(result(value=1), dated_report, SPECIMEN) == read_moment(OWN)
    assert measured(result(value=1, **undated), dated_report, SPECIMEN) == read_moment(REPORTED)
    assert measured(result(value=1, **undated), report(), SPECIMEN) == read_moment(COLLECTED)
    assert measured(result(value=1, **undated)) == read_moment(ISSUED)
    assert measured(result(value=1, effectiveDateTime=None, **meta)) is None


def test_a_contained_specimen_dates_its_result_and_identifies_no_draw() -> None:
    inside = {
        "contained": [SPECIMEN | {"id": "s"}],
        "specimen": {"reference": "#s"},
        "effectiveDateTime": None,
    }
    count = only_count(result(value=1, **inside))

    assert count.measured == read_moment(COLLECTED)
    assert count.draw == ""


def test_an_undated_result_is_kept() -> None:
    assert only_count(result(value=1, effectiveDateTime="yesterday")).measured is None


@pytest.mark.parametrize(
    ("when", "is_used"),
    [("2026-11-21T12:00:00Z", True), ("2026-11-21T12:00:01Z", False), ("2026-12-25", False), ("2026", True),
     ("2027", False)],
)  # fmt: skip
def test_a_result_from_the_future_is_not_used_and_said(when: str, is_used: bool) -> None:
    facts = read(result(value=0.9, effectiveDateTime=when)).facts

    assert bool(facts.counts) is is_used
    assert [gap.kind for gap in facts.gaps] == ([] if is_used else [GapKind.FUTURE_DATE])


# --- panels, components, contained ----------------------------------------------------------------------


def test_flat_panel_component_and_contained_say_the_same() -> None:
    """Three ways to send one count, and all of them together."""
    flat = result(value=0.9)
    component = result(
        "58410-2", id="p", component=[{"code": coded("751-8"), "valueQuantity": quantity(0.9)}]
    )
    contained = report(effectiveDateTime=TODAY, contained=[result(value=0.9, id="c", subject=None)])

    for way in (flat, component, contained):
        assert (only_count(way).value, only_count(way).measured) == (number("0.9"), read_moment(TODAY))
    (count,) = read(flat, component, contained).facts.counts
    assert count.references == ("DiagnosticReport/r1#c", "Observation/o-751-8", "Observation/p")


def test_components_have_date_and_status_of_their_observation_and_one_draw() -> None:
    parts = [
        {"code": coded("6690-2"), "valueQuantity": quantity(2.5), "referenceRange": [{"low": quantity(4.0)}]},
        {"code": coded("770-8"), "valueQuantity": quantity(20, "%")},
        {"code": coded("751-8"), "dataAbsentReason": {"text": "error"}},
    ]
    panel = result("58410-2", component=parts, status="preliminary", effectiveDateTime=None)
    facts = read(panel).facts

    assert (facts.counts[0].status, facts.counts[0].reference_low) == (ResultStatus.PRELIMINARY, 4)
    assert facts.counts[0].draw == facts.fractions[0].draw == "report:Observation/o-58410-2"
    assert [(gap.kind, gap.what) for gap in facts.gaps] == [(GapKind.NO_VALUE, "neutrophils")]


def test_a_value_on_a_panel_code_is_never_read() -> None:
    assert values(result("58410-2", 3)) == []


def test_a_heading_without_a_value_is_no_missing_result() -> None:
    heading = result("6690-2", hasMember=[{"reference": "Observation/o-751-8"}])

    assert values(heading, result(value=0.9)) == ["0.9"]
    assert read(heading).facts.gaps == ()


def test_members_take_date_and_draw_from_their_panel() -> None:
    panel = result("58410-2", hasMember=[{"reference": "Observation/o-751-8"}])
    (count,) = read(panel, result(value=0.9, effectiveDateTime=None)).facts.counts

    assert (count.measured, count.draw) == (read_moment(TODAY), "report:Observation/o-58410-2@2026-11-20")


def test_results_of_a_report_resolve_by_full_url() -> None:
    urn = "urn:uuid:0c1a3f5e-0000-4000-8000-000000000001"
    entry = {"fullUrl": urn, "resource": result(value=0.9, effectiveDateTime=None)}
    sent = {"resourceType": "Bundle", "type": "transaction", "entry": [entry]}

    assert measured(sent, report(urn, effectiveDateTime=REPORTED)) == read_moment(REPORTED)


@pytest.mark.parametrize("status", ["entered-in-error", "cancelled"])
def test_a_void_report_contains_and_dates_nothing(status: str) -> None:
    contained = report(status=status, effectiveDateTime=TODAY, contained=[result(value=0.2, subject=None)])
    dating = report("Observation/o-751-8", status=status, effectiveDateTime=TODAY)

    assert values(contained) == []
    assert measured(dating, result(value=0.9, effectiveDateTime=None)) is None


# --- draws ----------------------------------------------------------------------------------------------


def test_a_draw_is_the_specimen_else_the_report_else_left_to_the_time() -> None:
    with_specimen = result(value=0.9, specimen={"reference": "https://ehr/fhir/Specimen/s1"})

    assert only_count(with_specimen).draw == "specimen:Specimen/s1@2026-11-20"
    assert only_count(result(value=0.9), report("Observation/o-751-8")).draw == (
        "report:DiagnosticReport/r1@2026-11-20"
    )
    assert only_count(result(value=0.9)).draw == ""


def test_the_single_specimen_of_a_report_is_that_of_its_results() -> None:
    listing = report("Observation/o-751-8", specimen=[{"reference": "Specimen/s1"}])

    assert only_count(result(value=0.9), listing).draw == "specimen:Specimen/s1@2026-11-20"


def test_a_specimen_repeated_over_days_is_a_placeholder() -> None:
    """Otherwise one reference used for everything would fold a patient's whole history into one draw."""
    same = {"specimen": {"reference": "Specimen/blood"}}
    earlier = result(value=0.3, id="a", effectiveDateTime="2026-11-18T08:00:00Z", **same)

    assert values(earlier, result(value=2.4, id="b", **same)) == ["0.3", "2.4"]


# --- versions and copies --------------------------------------------------------------------------------

SAME = {"specimen": {"reference": "Specimen/s1"}}


def version(value: object, status: str, **members: object) -> Json:
    return result(value=value, status=status, id=f"v-{value}", **(SAME | members))


@pytest.mark.parametrize(
    ("worse", "better"),
    list(itertools.pairwise(["preliminary", "unknown", "final", "amended", "corrected"])),
)
def test_of_two_versions_the_more_final_counts(worse: str, better: str) -> None:
    low, high = version(0.4, worse), version(1.6, better)

    assert values(low, high) == values(high, low) == ["1.6"]


def test_without_a_specimen_the_same_instant_makes_versions() -> None:
    assert values(result(value=0.4, status="preliminary", id="a"), result(value=1.6, id="b")) == ["1.6"]


def test_of_equals_the_later_issued_counts_then_the_higher_version() -> None:
    first, second = ({"issued": f"2026-11-20T{hour}:00:00Z"} for hour in ("09", "10"))
    old, new = ({"meta": {"versionId": each}} for each in ("9", "10"))

    assert values(version(0.4, "final", **second), version(1.6, "final", **first)) == ["0.4"]
    assert values(version(0.4, "final", **new), version(1.6, "final", **old)) == ["0.4"]


def test_two_final_numbers_that_nothing_tells_apart_both_stay() -> None:
    assert values(version(0.4, "final"), version(1.6, "final")) == ["0.4", "1.6"]


def test_results_of_other_codes_and_times_are_no_versions() -> None:
    by_hand = result("753-4", 0.7, **SAME)
    later = result(value=0.5, id="later", effectiveDateTime="2026-11-20T09:00:00Z", status="preliminary")

    assert sorted(values(version(0.4, "final"), by_hand, later)) == ["0.4", "0.5", "0.7"]


def test_two_results_known_to_the_day_only_are_no_versions() -> None:
    """Which was first nobody knows; the rules see both."""
    day = {"effectiveDateTime": "2026-11-20"}

    assert values(result(value=0.3, id="a", **day), result(value=2.4, id="b", **day)) == ["0.3", "2.4"]


def test_the_same_reading_under_two_codes_is_one() -> None:
    (count,) = read(result("26499-4", 0.9), result(value=0.9)).facts.counts

    assert count.references == ("Observation/o-26499-4", "Observation/o-751-8")


def test_the_same_resource_under_several_keys_is_one() -> None:
    sent = result(value=0.9)

    assert values(sent, bundle(sent), bundle(sent, result("6690-2", 3.1))) == ["3.1", "0.9"]
    assert values(result(value=0.9, id=None), bundle(result(value=0.9, id=None))) == ["0.9"]


def test_a_copy_entered_in_error_changes_nothing() -> None:
    sent = result(value=0.9)
    withdrawn = sent | {"status": "entered-in-error"}

    assert values(sent, withdrawn) == values(withdrawn, sent) == ["0.9"]


# --- everything else ------------------------------------------------------------------------------------


def test_every_white_cell_line_is_read() -> None:
    codes = {
        "6690-2": CellLine.LEUKOCYTES,
        "751-8": CellLine.NEUTROPHILS,
        "731-0": CellLine.LYMPHOCYTES,
        "742-7": CellLine.MONOCYTES,
        "711-2": CellLine.EOSINOPHILS,
        "704-7": CellLine.BASOPHILS,
    }
    counts = read(*(result(code, 0.1) for code in codes)).facts.counts

    assert {count.line for count in counts} == {*codes.values()}


def test_the_order_of_what_is_sent_does_not_matter() -> None:
    sent = [result(code, 0.5, id=f"x{at}") for at, code in enumerate(("751-8", "6690-2", "731-0", "26499-4"))]
    readings = [read(*order).facts for order in itertools.permutations(sent)]

    assert all(facts == readings[0] for facts in readings)


def test_one_bad_coding_does_not_lose_the_good_one() -> None:
    odd = {"coding": [5, None, {"system": 7, "code": []}, {"system": "http://loinc.org", "code": "751-8"}]}

    assert values(result(value=0.9) | {"code": odd, "category": {"text": "lab"}}) == ["0.9"]


def test_a_result_without_an_id_is_read_and_cites_its_url_or_nothing() -> None:
    sent = result(value=0.9, id=None)
    in_bundle = {"resourceType": "Bundle", "entry": [{"fullUrl": "urn:uuid:x", "resource": sent}]}

    assert only_count(sent).references == ()
    assert only_count(in_bundle).references == ("urn:uuid:x",)


def test_a_gap_carries_the_date_and_the_reference() -> None:
    (gap,) = read(PATIENT, result(value=3000)).facts.gaps

    assert (gap.reference, gap.measured) == ("Observation/o-751-8", read_moment(TODAY))


def test_a_refused_value_keeps_its_comparator() -> None:
    assert refused(result(valueQuantity=quantity(3000, comparator=">")))[2] == ">3000 10*3/uL"


def test_counts_are_sorted_by_time() -> None:
    days = [result(value=1, id=f"d{day}", effectiveDateTime=f"2026-11-{day}") for day in (19, 3, 11)]
    counts: tuple[CellCount, ...] = read(*days).facts.counts

    assert [count.references[0][-3:] for count in counts] == ["/d3", "d11", "d19"]
