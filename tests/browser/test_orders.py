"""Drafting, signing, accepting and overriding, as a prescriber would."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Request, expect

from tests.browser.conftest import NOW, Tab, serving

NEUTROPENIC = "normal-total-hides-severe-neutropenia"  # neutrophils 0.3


def _feedback(tab: Tab) -> Any:
    """A block in which the page has to send feedback."""
    return tab.page.expect_request(lambda request: request.url.endswith("/feedback"))


def _sent(request: Request) -> Any:
    (told,) = json.loads(request.post_data or "")["feedback"]
    return told


def test_a_critical_card_is_accepted_the_draft_goes_and_the_feedback_is_stored(
    open_tab: Callable[..., Tab], tmp_path: Path
) -> None:
    database = f"sqlite:///{tmp_path}/kept.sqlite"
    with serving(clock=NOW.isoformat(), database_url=database) as address:
        tab = open_tab(address)
        tab.choose("methimazole-reordered-at-anc-0.3")
        tab.page.get_by_role("button", name="Remove methimazole").click()
        expect(tab.page.locator(".draft")).to_have_count(0)
        tab.draft("methimazole")
        tab.sign()
        card = tab.page.locator('#order-cards [data-indicator="critical"]').first
        expect(card).to_contain_text("ANC 0.3")
        expect(card).to_contain_text("Critical")
        with _feedback(tab) as feedback:
            card.get_by_role("button", name="Remove the draft order: methimazole").click()
        expect(tab.page.locator(".draft")).to_have_count(0)
        expect(card).to_contain_text("Feedback was sent and received (HTTP 200)")
        told = _sent(feedback.value)
        assert ("accepted", card.get_attribute("data-card")) == (told["outcome"], told["card"])
        assert told["acceptedSuggestions"][0]["id"]
        assert told["outcomeTimestamp"].endswith("Z")
    report = subprocess.run(
        [sys.executable, "-m", "cds", "feedback", "report", "--format", "csv"],
        env=os.environ | {"LEUKOCDS_DATABASE_URL": database},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    (kept,) = (line for line in report.stdout.splitlines() if ",accepted" in line)
    assert "leukoOrderRisk" in kept
    assert "methimazole" in kept


def test_a_card_is_overridden_with_a_reason_and_a_comment(tab: Tab) -> None:
    tab.choose("methimazole-reordered-at-anc-0.3")
    tab.sign()
    card = tab.page.locator("#order-cards .card").first
    card.get_by_role("button", name="Override…").click()
    card.get_by_label("Reason").select_option(label="Benefit outweighs risk")
    card.get_by_label("Comment").fill("discussed with haematology")
    with _feedback(tab) as feedback:
        card.get_by_role("button", name="Override the card").click()
    expect(card).to_contain_text("Overridden: Benefit outweighs risk. Feedback was sent and received")
    told = _sent(feedback.value)

    assert "overridden" == told["outcome"]
    assert "risk-benefit-ratio" == told["overrideReason"]["reason"]["code"]
    assert "discussed with haematology" == told["overrideReason"]["userComment"]
    expect(card.get_by_role("button", name="Override…")).to_be_disabled()
    expect(card.locator("button.suggestion:enabled")).to_have_count(0)


def test_an_accepted_test_order_becomes_a_draft(tab: Tab) -> None:
    tab.choose("methimazole-reordered-at-anc-0.3")
    tab.sign()
    tab.page.locator("#order-cards .card").first.get_by_role(
        "button", name="Order complete blood count"
    ).click()

    expect(tab.page.locator(".draft")).to_have_count(2)
    expect(tab.page.locator(".draft").last).to_contain_text("test order")
    expect(tab.page.locator("#order-cards")).to_contain_text("The orders have changed since this answer")


def test_a_draft_is_asked_about_while_ordering_and_all_of_them_at_signing(tab: Tab) -> None:
    tab.choose(NEUTROPENIC)
    with tab.page.expect_request(lambda request: request.url.endswith("/leuko-order-select")) as asked:
        tab.draft("methimazole")
    context = json.loads(asked.value.post_data or "")["context"]
    drafts = [f"MedicationRequest/{each['resource']['id']}" for each in context["draftOrders"]["entry"]]

    assert 2 == len(drafts)
    assert drafts[-1:] == context["selections"]
    with tab.page.expect_request(lambda request: request.url.endswith("/leuko-order-sign")) as signed:
        tab.sign()
    request = json.loads(signed.value.post_data or "")
    assert "selections" not in request["context"]
    assert {"counts-total", "counts-neutrophils", "medications"} <= {*request["prefetch"]}


def test_no_card_is_said_quietly_with_what_was_looked_at(tab: Tab) -> None:
    tab.choose("paracetamol-at-wbc-3.6-is-silent")
    tab.sign()
    silent = tab.page.locator("#order-cards .silent")

    expect(silent).to_contain_text("No card: nothing in these orders and counts speaks to each other.")
    expect(silent).to_contain_text("Looked at:")
    expect(silent).to_contain_text("1 draft order")
    expect(tab.page.locator("#order-cards .failure, #order-cards .card")).to_have_count(0)


def test_hostile_text_stays_text(tab: Tab) -> None:
    """In the box, in the drafts, in the plot, on the cards and in the panes."""
    dialogs: list[str] = []
    tab.page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    tab.choose("drug-text-is-shown-as-text")
    hostile = '<img src=x onerror="alert(1)"><script>alert(2)</script>[x](javascript:alert(3)) methimazole'
    tab.page.fill("#order-search", hostile)
    tab.page.locator('#order-search-list [role="option"]', has_text="as free text").click()
    tab.page.wait_for_selector('#order-cards .answer[aria-busy="false"]')
    tab.sign()

    expect(tab.page.locator(".draft").last).to_contain_text('<img src=x onerror="alert(1)">')
    expect(tab.page.locator("#order-cards .card").first).to_be_visible()
    assert 0 == tab.page.locator("main img, aside img, .exchange img, main script, aside script").count()
    assert 0 == tab.page.locator('a[href^="javascript" i]').count()
    assert [] == dialogs


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ({"detail": "<img src=x onerror=alert(1)> ![x](https://e.example/p.png) <b>bold</b>"}, "<img src=x"),
        ({"detail": "[click](javascript:alert(1))"}, "[click](javascript:alert(1))"),
        ({"links": [{"label": "Link", "url": "javascript:alert(1)", "type": "absolute"}]}, "Link"),
        ({"source": {"label": "<i>s</i>", "url": "data:text/html,x"}}, "<i>s</i>"),
        ({"summary": "<script>alert(1)</script>"}, "<script>alert(1)</script>"),
    ],
)
def test_a_hostile_card_is_shown_as_text(tab: Tab, given: dict[str, Any], shown: str) -> None:
    card = {"uuid": "u1", "summary": "Low", "indicator": "warning", "source": {"label": "Source"}} | given
    body = json.dumps({"cards": [card]})
    tab.page.route(
        "**/cds-services/leuko-order-sign",
        lambda route: route.fulfill(content_type="application/json", body=body),
    )
    tab.choose("methimazole-reordered-at-anc-0.3")
    tab.sign()

    expect(tab.page.locator("#order-cards .card")).to_contain_text(shown)
    assert 0 == tab.page.locator("#order-cards :is(img, script, i, b)").count()
    assert 0 == tab.page.locator('#order-cards a:not([href^="https://"])').count()


def test_of_at_most_one_suggestion_the_others_are_closed(tab: Tab) -> None:
    suggestion = {"label": "First", "uuid": "s1", "actions": []}
    card = {
        "uuid": "u1",
        "summary": "Choose",
        "indicator": "info",
        "source": {"label": "Source"},
        "selectionBehavior": "at-most-one",
        "suggestions": [suggestion, suggestion | {"label": "Second", "uuid": "s2"}],
    }
    body = json.dumps({"cards": [card]})
    tab.page.route(
        "**/cds-services/leuko-order-sign",
        lambda route: route.fulfill(content_type="application/json", body=body),
    )
    tab.choose("methimazole-reordered-at-anc-0.3")
    tab.sign()
    tab.page.get_by_role("button", name="First").click()

    expect(tab.page.get_by_role("button", name="Done: First")).to_be_disabled()
    expect(tab.page.get_by_role("button", name="Second")).to_be_disabled()
