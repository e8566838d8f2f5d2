"""A call that fails looks like a failure, and an answer that comes too late is not shown."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from tests.browser.conftest import Tab

STORY = "methimazole-reordered-at-anc-0.3"
SIGN = "**/cds-services/leuko-order-sign"
OUTCOME = {
    "resourceType": "OperationOutcome",
    "issue": [
        {"severity": "error", "code": "exception", "diagnostics": "Nothing was looked at. Reference: 4711"}
    ],
}


def _card(summary: str) -> dict[str, Any]:
    return {"uuid": summary, "summary": summary, "indicator": "warning", "source": {"label": "Source"}}


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (500, json.dumps(OUTCOME), "Reference: 4711"),
        (412, json.dumps(OUTCOME), "Reference: 4711"),
        (503, "<html>gateway</html>", "The service gave no reason."),
        (200, "<html>login</html>", "The answer is not JSON."),
        (200, "{}", "The answer holds no cards."),
        (200, "", "The answer is not JSON."),
    ],
)
def test_what_is_no_answer_looks_like_a_failure(tab: Tab, status: int, body: str, said: str) -> None:
    tab.page.route(SIGN, lambda route: route.fulfill(status=status, body=body))
    tab.choose(STORY)
    tab.sign()
    failure = tab.page.locator("#order-cards .failure")

    expect(failure).to_contain_text("The check failed. Nothing was checked.")
    expect(failure).to_contain_text(said)
    expect(failure).to_have_role("alert")
    expect(tab.page.locator("#order-cards :is(.card, .silent)")).to_have_count(0)
    if status != 200:
        tab.complaints = [each for each in tab.complaints if f"status of {status}" not in each]


def test_no_connection_looks_like_a_failure_and_can_be_tried_again(tab: Tab) -> None:
    tab.page.route(SIGN, lambda route: route.abort())
    tab.choose(STORY)
    tab.sign()
    expect(tab.page.locator("#order-cards .failure")).to_contain_text("The service could not be reached.")
    tab.complaints = [each for each in tab.complaints if "ERR_FAILED" not in each]
    tab.page.unroute(SIGN)
    tab.page.get_by_role("button", name="Ask again").click()

    expect(tab.page.locator("#order-cards .card-critical").first).to_be_visible()
    expect(tab.page.locator("#order-cards .failure")).to_have_count(0)


def test_counts_that_could_not_be_had_are_no_chart_and_no_all_clear(tab: Tab) -> None:
    request = {"hook": "patient-view", "context": {"patientId": "p1"}, "prefetch": {}}
    tab.page.set_input_files(
        "#own-file",
        {"name": "bare.json", "mimeType": "application/json", "buffer": json.dumps(request).encode()},
    )

    expect(tab.page.locator("#opening-cards .failure")).to_contain_text("No blood counts to check")
    expect(tab.page.locator("#counts .failure")).to_contain_text("The chart could not be read.")
    tab.complaints = [each for each in tab.complaints if "status of 412" not in each]


def test_what_is_no_fhir_is_refused_with_words_and_the_chart_stays(tab: Tab) -> None:
    tab.choose(STORY)
    tab.page.set_input_files(
        "#own-file", {"name": "x.json", "mimeType": "application/json", "buffer": b"[1]"}
    )

    expect(tab.page.locator("#patient .failure")).to_contain_text(
        "neither a FHIR resource nor a hook request"
    )
    expect(tab.page.locator("#patient h1")).to_have_text("Methimazole re-ordered at ANC 0.3")
    tab.complaints = [each for each in tab.complaints if "status of 400" not in each]


def test_feedback_that_does_not_arrive_is_said(tab: Tab) -> None:
    tab.page.route("**/feedback", lambda route: route.fulfill(status=500, body=json.dumps(OUTCOME)))
    tab.choose(STORY)
    tab.sign()
    tab.page.get_by_role("button", name="Remove the draft order").first.click()

    expect(tab.page.locator("#order-cards .card").first).to_contain_text(
        "the feedback did not arrive: Nothing was looked at"
    )
    tab.complaints = [each for each in tab.complaints if "status of 500" not in each]


def test_an_answer_to_older_drafts_never_replaces_a_newer_one(tab: Tab) -> None:
    """The first answer is held back until the second stands there."""
    held: list[Route] = []

    def answer(route: Route) -> None:
        drafts = len(json.loads(route.request.post_data or "")["context"]["draftOrders"]["entry"])
        if not held:
            held.append(route)
        else:
            route.fulfill(
                content_type="application/json", body=json.dumps({"cards": [_card(f"newer, of {drafts}")]})
            )

    tab.choose(STORY)
    tab.page.route(SIGN, answer)
    with tab.page.expect_request(SIGN):
        tab.page.click("#sign")
    with tab.page.expect_response(SIGN):
        tab.page.click("#sign")
    expect(tab.page.locator("#order-cards .card")).to_contain_text("newer, of 1")
    held[0].fulfill(content_type="application/json", body=json.dumps({"cards": [_card("older")]}))

    expect(tab.page.locator("#order-cards .card")).to_have_count(1)
    expect(tab.page.locator("#order-cards .card")).to_contain_text("newer, of 1")


def test_another_patient_is_never_shown_the_answer_about_the_last(tab: Tab) -> None:
    held: list[Route] = []
    tab.choose(STORY)
    tab.page.route(SIGN, lambda route: held.append(route))
    with tab.page.expect_request(SIGN):
        tab.page.click("#sign")
    tab.choose("paracetamol-at-wbc-3.6-is-silent")
    held[0].fulfill(
        content_type="application/json", body=json.dumps({"cards": [_card("of the patient before")]})
    )

    expect(tab.page.locator("#patient h1")).to_have_text("Paracetamol signed at WBC 3.6")
    expect(tab.page.get_by_text("of the patient before")).to_have_count(0)
