"""The states of a prefetch key, and what follows when something is missing."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from cds.errors import MissingData
from cds.facts import CellCount, CellFraction, CellLine, DraftOrder, Gap, GapKind, PatientFacts
from cds.hooks.no_answers import fail_unmeant, fail_unreadable
from cds.hooks.prefetch import (
    ALL_COUNTS,
    Fetched,
    Prefetch,
    add_fetched,
    find_absent,
    find_unsupplied,
    sort_prefetch,
)
from cds.hooks.services import Query
from cds.hooks.states import State
from cds.knowledge.load import load_knowledge
from cds.readers.bundle import gather
from cds.readers.page import Page

COUNTS = Query("counts", "Observation?...", "Observation", ("leukocytes",), required=True)
NEUTROPHILS = Query("neutrophils", "Observation?...", "Observation", ("neutrophils",), required=True)
PLATELETS = Query("platelets", "Observation?...", "Observation", ("haemoglobin", "platelets"))
MEDICATIONS = Query("medications", "MedicationRequest?...", "MedicationRequest", ("medications",))
QUERIES = (COUNTS, NEUTROPHILS, PLATELETS, MEDICATIONS)

OBSERVATION = {"resourceType": "Observation", "id": "o1"}
EMPTY = {"resourceType": "Bundle", "type": "searchset", "total": 0}
FACTS = PatientFacts(as_of=datetime(2026, 11, 20, 12, tzinfo=UTC))
LOW = CellCount(CellLine.NEUTROPHILS, Decimal("0.3"), None, "0.3 10*9/L")


def _outcome(*severities: str) -> dict[str, Any]:
    return {"resourceType": "OperationOutcome", "issue": [{"severity": each} for each in severities]}


def _bundle(*resources: Any) -> dict[str, Any]:
    return {"resourceType": "Bundle", "entry": [{"resource": resource} for resource in resources]}


def _sorted(**prefetch: Any) -> Prefetch:
    return sort_prefetch({key: Page(json.dumps(value).encode()) for key, value in prefetch.items()}, QUERIES)


def _sent(prefetch: Prefetch) -> list[Any]:
    return [json.loads(bytes(page.sent)) for page in prefetch.values]


def _states(**states: State) -> Prefetch:
    return Prefetch((), {query.key: states.get(query.key, State.ABSENT) for query in QUERIES})


@pytest.mark.parametrize(
    "value",
    [
        None,
        EMPTY,
        EMPTY | {"entry": []},
        _bundle(OBSERVATION),
        OBSERVATION,
        _outcome("information"),
        _outcome("warning", "information"),
        _bundle(_outcome("warning")),
        _bundle(OBSERVATION, _outcome("error")),
        {"id": "o1", "resourceType": "Observation"},
        {"response": {"status": "200 OK"}, "resource": EMPTY},
        EMPTY | {"total": 3, "link": [{"relation": "next", "url": "?page=2"}]},
    ],
)
def test_a_key_is_answered_when_the_ehr_looked(value: Any) -> None:
    """Data, null, an empty Bundle, a note of "no results": all of them are answers."""
    assert State.ANSWERED is _sorted(counts=value).states["counts"]


@pytest.mark.parametrize(
    "value",
    [
        _outcome("error"),
        _outcome("information", "fatal"),
        _outcome("unheard-of"),
        _outcome(),
        _bundle(_outcome("error")),
        {"response": {"status": "403"}, "resource": _outcome("error")},
        EMPTY | {"total": 3},
        EMPTY | {"total": 1, "entry": []},
    ],
)
def test_a_key_has_failed_when_the_ehr_says_so(value: Any) -> None:
    assert State.FAILED is _sorted(counts=value).states["counts"]


@pytest.mark.parametrize(
    "others", [({"resourceType": "Patient"},), ({"resourceType": "MedicationRequest"},) * 2]
)
def test_a_key_under_which_another_query_stands_is_not_answered(others: tuple[dict[str, str], ...]) -> None:
    """An analyst who mixes up two keys must not make the service believe that there are no counts."""
    states = _sorted(counts=_bundle(*others), neutrophils=_bundle(OBSERVATION, *others)).states

    assert (State.ABSENT, State.ANSWERED) == (states["counts"], states["neutrophils"])


def test_an_answer_that_cannot_be_read_is_a_failure() -> None:
    """It is neither data nor word that there is none; beside something readable the readers tell of it."""
    unreadable: list[Any] = [
        {"resourceType": "Bundle", "entry": "x"},
        _bundle("x"),
        {"resourceType": "Bundle", "entry": [{"response": {"status": "403 Forbidden"}}]},
        {"resourceType": "Bundle", "entry": [{"fullUrl": "https://fhir.example.org/Observation/1"}]},
        EMPTY | {"link": [{"relation": "next", "url": "https://fhir.example.org?page=2"}]},
    ]
    readable: list[Any] = [None, EMPTY, _outcome("warning"), _bundle(OBSERVATION, "x"), OBSERVATION]
    states = []
    for value in (*unreadable, *readable):
        prefetch = _sorted(counts=value)
        gaps = gather(prefetch.values, "1").gaps
        states.append(fail_unreadable(prefetch, gaps, "1").states["counts"])

    assert [State.FAILED] * len(unreadable) + [State.ANSWERED] * len(readable) == states


@pytest.mark.parametrize(
    ("value", "state"),
    [
        ([OBSERVATION], State.FAILED),
        ([{}], State.FAILED),
        ([None], State.FAILED),
        ([], State.ABSENT),
        ("[x]", State.ABSENT),
        ({"a": [1]}, State.ABSENT),
    ],
)
def test_a_list_with_something_in_it_was_supplied_and_cannot_be_read(value: Any, state: State) -> None:
    prefetch = _sorted(counts=value)
    told = fail_unreadable(prefetch, (), "1")

    assert State.ABSENT is prefetch.states["counts"], "so that it may be asked of the FHIR server"
    assert state is told.states["counts"]
    assert ("unreadable" if state is State.FAILED else "") == told.reasons.get("counts", "")


def test_a_list_is_forgotten_where_the_fhir_server_has_answered() -> None:
    fetched = add_fetched(_sorted(counts=[OBSERVATION]), [Fetched("counts", (b"{}",))])

    assert State.ANSWERED is fail_unreadable(fetched, (), "1").states["counts"]


HOUSE = {"coding": [{"system": "urn:oid:1.2.36.1", "code": "WCC"}]}
NO_SYSTEM = {"coding": [{"code": "WBC"}]}
LOINC = {"coding": [{"system": "http://loinc.org", "code": "2345-7"}]}
REPORT = {"resourceType": "DiagnosticReport", "id": "r1", "result": [{"reference": "Observation/o9"}]}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (_bundle(OBSERVATION | {"code": HOUSE}), State.FAILED),
        (_bundle(OBSERVATION | {"code": NO_SYSTEM}), State.FAILED),
        (OBSERVATION | {"code": {"text": "White cells"}}, State.FAILED),
        (_bundle(REPORT), State.FAILED),
        (_bundle(OBSERVATION | {"code": LOINC}), State.ANSWERED),
        (_bundle(OBSERVATION | {"code": HOUSE}, OBSERVATION | {"id": "o2", "code": LOINC}), State.ANSWERED),
        (OBSERVATION | {"code": HOUSE, "component": [{"code": LOINC}]}, State.ANSWERED),
        (OBSERVATION | {"code": HOUSE, "status": "entered-in-error"}, State.ANSWERED),
        (EMPTY, State.ANSWERED),
        (None, State.ANSWERED),
    ],
)
def test_results_of_which_nobody_can_say_what_they_are_are_no_answer(value: Any, expected: State) -> None:
    """A result with another LOINC code is known to be something else; one without any may be the count."""
    prefetch = _sorted(counts=value)

    assert expected is fail_unmeant(prefetch, QUERIES, FACTS, (), "1", load_knowledge()).states["counts"]


def test_a_report_whose_results_came_under_another_key_hides_nothing() -> None:
    prefetch = _sorted(counts=_bundle(REPORT))
    sent = ("Observation/o9",)

    assert prefetch is fail_unmeant(prefetch, QUERIES, FACTS, sent, "1", load_knowledge())


def test_an_answer_of_which_something_was_read_is_one() -> None:
    prefetch = _sorted(neutrophils=_bundle(REPORT))
    facts = replace(FACTS, counts=(LOW,))

    assert prefetch is fail_unmeant(prefetch, QUERIES, facts, (), "1", load_knowledge())


@pytest.mark.parametrize("value", [{}, [], "", "x", 3, {"resourceType": "Patient"}, {"resource": None}])
def test_a_value_of_the_wrong_kind_is_no_answer(value: Any) -> None:
    assert State.ABSENT is _sorted(counts=value).states["counts"]


def test_a_key_that_was_not_sent_is_absent() -> None:
    assert {*[State.ABSENT]} == {*_sorted().states.values()}


def test_data_is_taken_from_any_key_and_nothing_else_is() -> None:
    prefetch = _sorted(item1=_bundle(OBSERVATION), item2=None, item3="x", item4={}, counts=OBSERVATION)

    assert [OBSERVATION, _bundle(OBSERVATION)] == _sent(prefetch)


def test_the_order_of_the_keys_means_nothing() -> None:
    """JSON gives them none; other keys than ours come last, as they were sent."""
    sent = {"item2": OBSERVATION, "medications": EMPTY, "item1": OBSERVATION | {"id": "o2"}, "counts": EMPTY}
    backwards = {key: sent[key] for key in ("counts", "item2", "item1", "medications")}

    assert _sent(_sorted(**sent)) == _sent(_sorted(**backwards))


def test_an_error_is_left_to_the_readers_only_where_it_is_not_told_by_name() -> None:
    prefetch = _sorted(counts=_outcome("error"), item1=_outcome("error"))

    assert [_outcome("error")] == _sent(prefetch)


def test_nothing_missing_is_no_gap() -> None:
    everything = _states(**{query.key: State.ANSWERED for query in QUERIES})

    assert () == find_unsupplied(everything, QUERIES, FACTS, ())


def test_one_answered_query_for_counts_is_enough_and_the_rest_is_named() -> None:
    gaps = find_unsupplied(_states(counts=State.ANSWERED), QUERIES, FACTS, ())

    expected = [
        (GapKind.WITHHELD, "neutrophils"),
        *((GapKind.NOT_SUPPLIED, what) for what in ("haemoglobin", "platelets", "medications")),
    ]
    assert expected == [(gap.kind, gap.what) for gap in gaps]


def test_what_failed_is_said_to_have_failed() -> None:
    gaps = find_unsupplied(_states(counts=State.ANSWERED, neutrophils=State.FAILED), QUERIES, FACTS, ())

    assert Gap(GapKind.FAILED, "neutrophils") in gaps


@pytest.mark.parametrize(
    ("prefetch", "why"),
    [
        (_states(), "counts, neutrophils: not sent."),
        (_states(counts=State.FAILED), "counts: the EHR's own query failed; neutrophils: not sent."),
        (
            add_fetched(_states(), [Fetched("counts", reason="timeout")]),
            "counts: not sent, and not had from the FHIR server (timeout); neutrophils: not sent.",
        ),
    ],
)
def test_without_any_counts_nothing_is_answered(prefetch: Prefetch, why: str) -> None:
    """The keys are named and what became of them, so that an analyst can mend it."""
    with pytest.raises(MissingData) as caught:
        find_unsupplied(prefetch, QUERIES, FACTS, ())

    assert f"No blood counts to check. {why} No counts came under another key." == str(caught.value)


def test_it_is_said_why_the_fhir_server_was_not_asked() -> None:
    with pytest.raises(MissingData, match=r"the FHIR server was not asked \(unlisted-fhir-server\)"):
        find_unsupplied(_states(), QUERIES, FACTS, (), refusal="unlisted-fhir-server")


@pytest.mark.parametrize(
    ("state", "kind"), [(State.ABSENT, GapKind.NOT_SUPPLIED), (State.FAILED, GapKind.FAILED)]
)
def test_where_a_card_is_wanted_all_counts_are_one_gap(state: State, kind: GapKind) -> None:
    gaps = find_unsupplied(_states(counts=state), QUERIES, FACTS, (), insist=False)

    assert [Gap(kind, ALL_COUNTS)] == [gap for gap in gaps if gap.what in {ALL_COUNTS, "neutrophils"}]
    assert Gap(GapKind.NOT_SUPPLIED, "medications") in gaps


def test_what_was_fetched_is_an_answer_and_what_was_not_has_failed() -> None:
    fetched = [Fetched("counts", (b"{}",)), Fetched("medications", reason="http-403"), Fetched("", (b"{}",))]
    prefetch = add_fetched(_sorted(platelets=EMPTY), fetched)

    assert {
        "counts": "fetched",
        "neutrophils": "absent",
        "platelets": "supplied",
        "medications": "failed",
    } == prefetch.told()
    assert 3 == len(prefetch.values)


def test_only_what_came_under_no_key_at_all_is_absent() -> None:
    """It is what will be fetched: not what failed, and not what an analyst has called otherwise."""
    facts = replace(FACTS, counts=(LOW._replace(line=CellLine.PLATELETS),))

    absent = find_absent(_states(counts=State.FAILED, neutrophils=State.ANSWERED), QUERIES, facts, ())

    assert [MEDICATIONS] == [*absent]


@pytest.mark.parametrize(
    "facts",
    [
        replace(FACTS, counts=(LOW,)),
        replace(FACTS, fractions=(CellFraction(CellLine.NEUTROPHILS, Decimal(20), None),)),
        replace(FACTS, gaps=(Gap(GapKind.UNKNOWN_UNIT, "neutrophils"),)),
    ],
    ids=["count", "fraction", "unusable"],
)
def test_counts_under_another_key_are_counts(facts: PatientFacts) -> None:
    """They are read, so no key of theirs is missing; a result that cannot be used was supplied too."""
    gaps = find_unsupplied(_states(), QUERIES, facts, ())

    assert "neutrophils" not in [gap.what for gap in gaps]
    assert Gap(GapKind.NOT_SUPPLIED, "leukocytes") in gaps


def test_resources_under_another_key_are_supplied() -> None:
    """Medicines and conditions are known by their type; an Observation can be anything."""
    prefetch = _states(counts=State.ANSWERED)
    gaps = find_unsupplied(prefetch, QUERIES, FACTS, ("MedicationRequest/m1", "Observation/o1"))

    assert ["neutrophils", "haemoglobin", "platelets"] == [gap.what for gap in gaps]


def test_a_draft_is_no_medicine_of_the_chart() -> None:
    facts = replace(FACTS, drafts=(DraftOrder("MedicationRequest/d1", "MedicationRequest", "methimazole"),))
    gaps = find_unsupplied(_states(counts=State.ANSWERED), QUERIES, facts, ("MedicationRequest/d1",))

    assert "medications" in [gap.what for gap in gaps]


def test_platelets_alone_are_no_white_cells() -> None:
    facts = replace(FACTS, counts=(LOW._replace(line=CellLine.PLATELETS),))

    with pytest.raises(MissingData):
        find_unsupplied(_states(), QUERIES, facts, ())
