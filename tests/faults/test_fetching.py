"""What is asked of a FHIR server that works, what is not, and that it makes no difference to the cards."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults.ehr import COUNTS, DEMO, NOW, QUERIES, TOKEN, call, keys_asked, record, request_of, service
from tests.faults.fhir_server import EMPTY, Server, serving
from tests.fixture_stories import story_folders, tell
from tests.kept_answers import without_uuids


def last(log: io.StringIO) -> dict[str, Any]:
    return json.loads(log.getvalue().splitlines()[-1])


@pytest.fixture(scope="module")
def ehr() -> Iterator[Server]:
    """One server for all stories; each tells it what it holds."""
    with serving(record(request_of())) as server:
        yield server


OTHERWISE = {
    "results-of-another-patient-are-left-out",  # a server that sends them has not answered
    "the-patient-as-user-gets-nothing",  # and so nothing is asked
}


def _fetchable(folder: Path) -> bool:
    """Told through the keys that we ask for, with data or without, but with no failure of the EHR's own."""
    prefetch = tell(folder, NOW).request.get("prefetch") or {}
    return (
        bool(prefetch)
        and folder.name not in OTHERWISE
        and prefetch.keys() <= QUERIES.keys()
        and isinstance(prefetch.get("patient"), dict)
        and all(
            value is None or value["resourceType"] in {"Bundle", "Patient"} for value in prefetch.values()
        )
        and "OperationOutcome" not in json.dumps(prefetch)
        and '"next"' not in json.dumps(prefetch)
    )


STORIES = [folder for folder in story_folders() if _fetchable(folder)]


@pytest.mark.parametrize("folder", STORIES, ids=lambda folder: folder.name)
def test_fetched_or_prefetched_the_cards_are_the_same(folder: Path, ehr: Server) -> None:
    request = request_of(folder)
    request["prefetch"] = dict.fromkeys(QUERIES) | request["prefetch"]
    prefetched = call(service(ehr.base), request, ehr.base)
    ehr.behave, ehr.asked = record(request), []

    fetched = call(service(ehr.base), request, ehr.base, without=QUERIES)

    assert [*QUERIES] == keys_asked(ehr, ehr.behave)
    assert without_uuids(prefetched.get_json()) == without_uuids(fetched.get_json())


def test_most_stories_are_told_this_way_too() -> None:
    assert len(STORIES) > 70


def test_a_whole_prefetch_asks_for_nothing(ehr: Server, log: io.StringIO) -> None:
    """Neither what has data, nor what is known to have none."""
    request = request_of()
    ehr.behave, ehr.asked = record(request), []

    assert 200 == call(service(ehr.base), request, ehr.base).status_code
    assert [] == ehr.asked
    assert (len(QUERIES), 0) == (last(log)["supplied"], last(log)["fetched"])
    assert "unfetched" not in last(log)


@pytest.mark.parametrize("keys", [["medications"], ["counts-total", "tests"], COUNTS])
def test_exactly_what_is_missing_is_asked_for(keys: list[str], ehr: Server, log: io.StringIO) -> None:
    request = request_of()
    ehr.behave, ehr.asked = record(request), []

    response = call(service(ehr.base), request, ehr.base, without=keys)

    assert without_uuids(
        tell(story_folders()[0].parent / "methimazole-reordered-at-anc-0.3", NOW).answer
    ) == (without_uuids(response.get_json()))
    assert sorted(keys) == sorted(keys_asked(ehr, ehr.behave))
    assert {f"Bearer {TOKEN}"} == {asked.headers["Authorization"] for asked in ehr.asked}
    assert (len(QUERIES) - len(keys), len(keys)) == (last(log)["supplied"], last(log)["fetched"])
    assert last(log)["fhir_ms"] > 0


def test_an_answer_with_half_a_surrogate_pair_is_one(ehr: Server, log: io.StringIO) -> None:
    request = request_of()
    whole = call(service(ehr.base), request, ehr.base).get_json()
    request["prefetch"]["medications"]["entry"][0]["resource"]["note"] = [{"text": "seen \ud83d"}]
    ehr.behave, ehr.asked = record(request), []

    fetched = call(service(ehr.base), request, ehr.base, without=["medications"]).get_json()

    assert without_uuids(whole) == without_uuids(fetched)
    assert {} == last(log).get("unfetched", {})


def test_what_the_ehr_itself_failed_to_get_is_not_tried_again(ehr: Server) -> None:
    """An OperationOutcome says that it has tried."""
    request = request_of()
    request["prefetch"]["medications"] = {
        "resourceType": "OperationOutcome",
        "issue": [{"severity": "error"}],
    }
    ehr.behave, ehr.asked = record(request_of()), []

    assert 200 == call(service(ehr.base), request, ehr.base).status_code
    assert [] == ehr.asked


def test_a_note_of_no_results_is_an_answer(ehr: Server) -> None:
    """One vendor says so in an OperationOutcome of severity warning."""
    note = {"resourceType": "OperationOutcome", "issue": [{"severity": "warning", "code": "processing"}]}
    nothing = EMPTY | {"entry": [{"resource": note, "search": {"mode": "outcome"}}]}
    request = request_of()
    request["prefetch"] = dict.fromkeys(QUERIES, nothing) | {"patient": request["prefetch"]["patient"]}
    ehr.behave, ehr.asked = record(request), []

    response = call(service(ehr.base), request, ehr.base, without=QUERIES)

    assert 200 == response.status_code
    assert "could not be fetched" not in response.text.lower()


def test_what_came_under_another_name_is_not_asked_for(ehr: Server) -> None:
    request = request_of()
    request["prefetch"]["item1"] = request["prefetch"].pop("medications")
    request["prefetch"]["item2"] = request["prefetch"].pop("counts-neutrophils")
    ehr.behave, ehr.asked = record(request_of()), []

    response = call(service(ehr.base), request, ehr.base)

    assert [] == ehr.asked
    assert response.get_json()["cards"]


def test_a_patient_who_asks_gets_nothing_fetched(ehr: Server) -> None:
    request = request_of()
    request["context"]["userId"] = f"Patient/{request['context']['patientId']}"
    ehr.asked = []

    assert {"cards": []} == call(service(ehr.base), request, ehr.base, without=QUERIES).get_json()
    assert [] == ehr.asked


# --- which server ---------------------------------------------------------------------------------------


def test_a_server_that_is_not_listed_is_never_contacted(ehr: Server, log: io.StringIO) -> None:
    """What is missing stays missing, and says why."""
    ehr.asked = []
    elsewhere = service("https://fhir.north.example.org/R4")

    optional = call(elsewhere, request_of(), ehr.base, without=["medications"])
    assert {"unlisted-fhir-server": 1} == last(log)["unfetched"]
    required = call(elsewhere, request_of(), ehr.base, without=QUERIES)

    assert [] == ehr.asked
    assert (200, 412) == (optional.status_code, required.status_code)
    assert "not supplied, so not checked: medications" in optional.text.lower()
    assert "the FHIR server was not asked (unlisted-fhir-server)" in required.text


@pytest.mark.parametrize(
    ("settings", "members", "reason"),
    [
        ({"allow_http_fhir": False}, {}, "http-fhir-server"),
        ({}, {"fhirAuthorization": {"access_token": TOKEN}}, "authorization-incomplete"),
        ({}, {"fhirServer": "http://127.0.0.1:1/fhir"}, "unlisted-fhir-server"),
    ],
)
def test_what_must_not_be_asked_is_not(
    settings: dict[str, Any], members: dict[str, Any], reason: str, ehr: Server, log: io.StringIO
) -> None:
    ehr.asked = []

    response = call(service(ehr.base, **settings), request_of(), ehr.base, without=["tests"], **members)

    assert 200 == response.status_code
    assert [] == ehr.asked
    assert {reason: 1} == last(log)["unfetched"]


def test_an_open_server_is_asked_in_a_sandbox(ehr: Server) -> None:
    """Public sandboxes send the address of their server and no token at all."""
    request = request_of()
    ehr.behave, ehr.asked = record(request), []

    response = call(service(ehr.base), request, ehr.base, without=["tests"], fhirAuthorization=None)

    assert 200 == response.status_code
    assert ["tests"] == keys_asked(ehr, ehr.behave)
    assert "Authorization" not in ehr.asked[0].headers


def test_oracle_is_not_asked_to_sort(ehr: Server) -> None:
    """It knows no ``_sort``; its answers begin with the newest anyway."""
    ehr.behave, ehr.asked = record(request_of()), []

    call(service(ehr.base, profile="oracle"), request_of(), ehr.base, without=["counts-total"])

    assert 1 == len(ehr.asked)
    assert "_sort" not in ehr.asked[0].query
    assert "50" == ehr.asked[0].query["_count"]


def test_an_id_cannot_leave_its_place(ehr: Server) -> None:
    request = request_of()
    request["context"]["patientId"] = "1,2&code=x/../y"
    ehr.asked = []

    call(service(ehr.base), request, ehr.base, without=QUERIES)

    assert {"/Patient/1%2C2%26code%3Dx%2F..%2Fy"} == {
        asked.path for asked in ehr.asked if asked.resource == "Patient"
    }
    assert {"1\\,2&code=x/../y"} == {
        asked.query["patient"] for asked in ehr.asked if asked.resource != "Patient"
    }


# --- pages and medications ------------------------------------------------------------------------------


def _pages(bundle: Any, base: str, link: str = "") -> list[Any]:
    """A searchset with one entry per page, as a server numbers them."""
    pages = []
    for number, entry in enumerate(bundle["entry"], start=1):
        url = link or f"{base}?_getpages=abc&page={number + 1}"
        more = [{"relation": "next", "url": url}] if number < len(bundle["entry"]) else []
        pages.append(EMPTY | {"entry": [entry], "link": more})
    return pages


@pytest.mark.parametrize("keep_first", [True, False], ids=["prefetched", "fetched"])
@pytest.mark.parametrize("relative", [True, False], ids=["relative", "absolute"])
def test_further_pages_are_followed(keep_first: bool, relative: bool) -> None:
    """Of what was prefetched in part, and of what is fetched in part."""
    request = request_of()
    whole = without_uuids(tell(DEMO, NOW).answer)
    count = len(request["prefetch"]["counts-neutrophils"]["entry"])
    pages: list[Any] = []
    behave = record(
        request,
        counts_neutrophils=lambda handler, asked: handler.send(json.dumps(pages[0]).encode()),
    )

    def with_pages(handler: Any, asked: Any) -> None:
        number = asked.query.get("page")
        return handler.send(json.dumps(pages[int(number) - 1]).encode()) if number else behave(handler, asked)

    assert count > 1
    with serving(with_pages) as server:
        pages += _pages(request["prefetch"]["counts-neutrophils"], "" if relative else server.base)
        sent = request_of()
        sent["prefetch"]["counts-neutrophils"] = pages[0]
        response = call(
            service(server.base), sent, server.base, without=() if keep_first else ["counts-neutrophils"]
        )

    assert whole == without_uuids(response.get_json())
    assert count - keep_first == len(server.asked)


MEDICATION = {
    "resourceType": "Medication",
    "id": "med-1",
    "code": {"coding": [{"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "6835"}]},
}


@pytest.mark.parametrize("where", ["draft", "chart", "fetched"])
@pytest.mark.parametrize("absolute", [True, False])
def test_a_medication_that_is_only_referred_to_is_fetched(where: str, absolute: bool) -> None:
    """One vendor sends drafts that name their medicine by a reference alone."""
    request = request_of()
    behave = record(request)

    def with_medication(handler: Any, asked: Any) -> None:
        if asked.resource == "Medication":
            return handler.send(json.dumps(MEDICATION).encode())
        return behave(handler, asked)

    with serving(with_medication) as server:
        reference = f"{server.base if absolute else ''}/Medication/med-1".lstrip("/")
        order = (
            request["context"]["draftOrders"] if where == "draft" else request["prefetch"]["medications"]
        )["entry"][0]["resource"]
        del order["medicationCodeableConcept"]
        order["medicationReference"] = {"reference": reference}
        response = call(
            service(server.base), request, server.base, without=["medications"] if where == "fetched" else ()
        )

    asked = [each.path for each in server.asked if each.resource == "Medication"]
    assert ["/Medication/med-1"] == asked
    assert "methimazole" in json.dumps(response.get_json()).lower()
    assert "leukoOrderRisk" == response.get_json()["cards"][0]["source"]["topic"]["code"]


def test_a_medication_of_another_server_is_not_asked_for(ehr: Server) -> None:
    request = request_of()
    draft = request["context"]["draftOrders"]["entry"][0]["resource"]
    concept = draft.pop("medicationCodeableConcept")
    draft["medicationReference"] = {
        "reference": "https://fhir.example.org/R4/Medication/med-1",
        "display": concept["text"],
    }
    ehr.behave, ehr.asked = record(request), []

    response = call(service(ehr.base), request, ehr.base)

    assert [] == ehr.asked
    assert "leukoOrderRisk" == response.get_json()["cards"][0]["source"]["topic"]["code"]


def test_not_all_medications_of_a_long_list_are_asked_for() -> None:
    """First those of the drafts, then those without which nobody knows the medicine."""
    request = request_of()
    template = request["prefetch"]["medications"]["entry"][0]["resource"]
    del template["medicationCodeableConcept"]
    request["prefetch"]["medications"]["entry"] = [
        {
            "resource": template
            | {
                "id": f"m{number}",
                "medicationReference": {"reference": f"Medication/{number}"}
                | ({"display": "methimazole"} if number < 30 else {}),
            }
        }
        for number in range(60)
    ]
    with serving(record(request)) as server:
        call(service(server.base), request, server.base)

    numbers = [int(asked.path.rpartition("/")[2]) for asked in server.asked]
    assert 24 == len(numbers)
    assert min(numbers) >= 30
