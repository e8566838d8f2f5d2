"""The chart, the plot, the slider, the kinds of EHR, one's own data, and what stands behind a card."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NOW, Tab
from tests.browser.twelve_medicines import LONG_NAME, twelve_medicines

STORY = "methimazole-reordered-at-anc-0.3"


def _drop(tab: Tab, document: Any, name: str = "bundle.json") -> None:
    text = document if isinstance(document, str) else json.dumps(document)
    tab.page.evaluate(
        """([name, text]) => {
            const data = new DataTransfer();
            data.items.add(new File([text], name, { type: "application/json" }));
            const how = { dataTransfer: data, bubbles: true, cancelable: true };
            document.body.dispatchEvent(new DragEvent("drop", how));
        }""",
        [name, text],
    )


def test_the_chart_shows_counts_with_unit_date_tier_and_flag(tab: Tab) -> None:
    tab.choose(STORY)
    row = tab.page.locator(".counts tr", has_text="ANC")

    for text in ("0.3", "×10⁹/L", "20 Nov", "severe", "1.5", "LL, critical", "4.2 (11 Oct)"):
        expect(row).to_contain_text(text)
    expect(tab.page.locator("#medicines")).to_contain_text("leading suspect, 70 points")
    expect(tab.page.locator("#conditions")).to_contain_text("Graves disease")


def test_the_plot_draws_lines_bands_bars_and_the_draft(tab: Tab) -> None:
    tab.choose(STORY)
    plot = tab.page.locator("#plot svg")

    for text in (
        "ANC 0.3",
        "WBC 4.6",
        "ANC severe < 0.5",
        "ANC profound < 0.1",
        "leading suspect",
        "draft",
        "now",
    ):
        expect(plot.get_by_text(text, exact=True)).to_be_visible()
    tab.page.select_option("#plot-line", "leukocytes")
    expect(plot.get_by_text("WBC severe < 2", exact=True)).to_be_visible()


def test_twelve_medicines_and_long_names_find_room(tab: Tab) -> None:
    _drop(tab, twelve_medicines(NOW))
    tab.page.wait_for_selector("#plot svg")

    expect(tab.page.locator("#medicines tbody tr")).to_have_count(13)  # a combination counts for each part
    expect(tab.page.locator("#medicines")).to_contain_text(LONG_NAME)
    expect(tab.page.locator("#patient .note")).to_contain_text("1 Encounter")
    assert 1440 >= tab.page.evaluate("document.documentElement.scrollWidth")


def test_medicines_without_a_bar_are_said_to_be_without_one(tab: Tab) -> None:
    document = twelve_medicines(NOW)
    (last,) = (entry for entry in document["entry"] if entry["resource"].get("id") == "m11")
    more = [
        {
            "resource": last["resource"]
            | {"id": f"x{place}", "medicationCodeableConcept": {"text": f"Drug {place}"}}
        }
        for place in range(5)
    ]
    _drop(tab, document | {"entry": [*document["entry"], *more]})

    expect(tab.page.locator("#plot-more")).to_contain_text("4 more medicines without a bar")
    expect(tab.page.locator("#medicines tbody tr")).to_have_count(18)


def test_of_decades_the_last_years_are_drawn_unless_all_is_asked_for(tab: Tab) -> None:
    document = twelve_medicines(NOW)
    first = next(
        entry["resource"] for entry in document["entry"] if entry["resource"].get("id") == "o-751-8-200"
    )
    document["entry"].append({"resource": first | {"id": "old", "effectiveDateTime": "1999-01-31T12:00:00Z"}})
    _drop(tab, document)
    period = tab.page.locator("#plot-period")

    early = tab.page.locator("#plot text", has_text=re.compile(r" (19|200)\d"))

    expect(period).to_have_value("years")
    expect(early).to_have_count(0)
    period.select_option("all")
    expect(early.first).to_be_visible()


def test_ndjson_and_pasted_text_are_opened_too(tab: Tab) -> None:
    resources = [entry["resource"] for entry in twelve_medicines(NOW)["entry"]]
    _drop(tab, "\n".join(json.dumps(each) for each in resources), "export.ndjson")
    expect(tab.page.locator("#patient h1")).to_have_text("export.ndjson")
    expect(tab.page.locator(".counts")).to_be_visible()
    tab.page.locator("#own summary").click()
    tab.page.fill("#own-text", json.dumps(twelve_medicines(NOW)))
    tab.page.get_by_role("button", name="Open what is pasted").click()

    expect(tab.page.locator("#patient h1")).to_have_text("Pasted data")


def test_of_a_document_about_several_patients_one_is_chosen(tab: Tab) -> None:
    document = twelve_medicines(NOW)
    document["entry"].append({"resource": {"resourceType": "Patient", "id": "other", "gender": "female"}})
    _drop(tab, document)
    tab.page.get_by_label("One of 2 patients in this document").select_option("other")

    expect(tab.page.locator("#patient .facts")).to_contain_text("Patient/other")
    expect(tab.page.locator("#counts .empty")).to_be_visible()


def test_a_patient_without_data_is_no_all_clear(tab: Tab) -> None:
    tab.page.get_by_role("button", name="A patient without data").click()

    expect(tab.page.locator("#opening-cards .silent")).to_contain_text("nothing was judged")
    expect(tab.page.locator("#plot-box")).to_contain_text("No dated count")
    expect(tab.page.locator("#medicines")).to_contain_text("No medicine in this chart.")


def test_the_slider_goes_back_to_a_day_and_to_now_again(tab: Tab) -> None:
    tab.choose(STORY)
    with tab.page.expect_response(lambda response: response.url.endswith("/leuko-patient-view")) as answered:
        tab.page.get_by_role("button", name="Previous count").click()
    request = answered.value.request
    sent = json.loads(request.post_data or "")["prefetch"]["counts-neutrophils"]["entry"]

    assert "2026-10-11T23:59:59.000Z" == request.headers["x-leukocds-as-of"]
    assert ["anc-before"] == [entry["resource"]["id"] for entry in sent]
    expect(tab.page.locator("#as-of-words")).to_have_text("11 Oct 2026")
    expect(tab.page.locator(".as-of .note")).to_contain_text("later entries of the chart are not sent")
    expect(tab.page.locator("#opening-cards .silent")).to_be_visible()
    expect(tab.page.locator(".counts tr", has_text="ANC")).to_contain_text("4.2")
    tab.page.get_by_role("button", name="Next count").click()
    expect(tab.page.locator("#as-of-words")).to_have_text("20 Nov 2026 (now)")
    expect(tab.page.locator("#opening-cards .card-critical")).to_be_visible()


def test_the_slider_moves_with_the_arrow_keys_and_keeps_the_focus(tab: Tab) -> None:
    tab.choose(STORY)
    slider = tab.page.locator("#as-of-day")
    slider.focus()
    tab.page.keyboard.press("ArrowLeft")
    tab.page.keyboard.press("ArrowLeft")

    expect(tab.page.locator("#as-of-words")).to_have_text("18 Nov 2026")
    expect(slider).to_be_focused()
    expect(slider).to_have_attribute("aria-valuetext", "18 Nov 2026")


@pytest.mark.parametrize(
    ("profile", "told"),
    [
        ("epic", "Left out for this kind of EHR: Order complete blood count with differential"),
        ("oracle", "Oracle Health does not call order-sign"),
    ],
)
def test_another_kind_of_ehr_shows_what_it_would_drop(tab: Tab, profile: str, told: str) -> None:
    tab.choose(STORY)
    tab.sign()
    with tab.page.expect_request(
        lambda request: (
            request.url.endswith("/leuko-order-sign") and request.headers.get("x-leukocds-profile") == profile
        )
    ):
        tab.page.select_option("#profile", profile)

    expect(tab.page.locator("#cards")).to_contain_text(told)


def test_a_card_explains_its_arithmetic(tab: Tab) -> None:
    tab.choose(STORY)
    tab.sign()
    card = tab.page.locator("#order-cards .card").first
    card.get_by_text("Explain").click()
    table = card.locator(".sum").first

    expect(table).to_contain_text("methimazole for low neutrophils: leading suspect")
    assert 70 == sum(int(cell.replace("−", "-")) for cell in table.locator("tbody .number").all_inner_texts())
    expect(table.locator("tfoot .number")).to_have_text("70")
    expect(card).to_contain_text("Why it speaks:")


def test_the_whole_reasoning_says_why_topics_stayed_silent(tab: Tab) -> None:
    tab.choose("paracetamol-at-wbc-3.6-is-silent")
    tab.sign()
    tab.page.locator('#reasoning [data-title="Topics"] summary').click()

    expect(tab.page.locator('#reasoning [data-title="Topics"]')).to_contain_text(
        "leukoOrderRisk: silent, because"
    )


def test_the_call_can_be_copied_as_curl(open_tab: Callable[..., Tab], sandbox: str) -> None:
    tab = open_tab(sandbox, permissions=["clipboard-read", "clipboard-write"])
    tab.choose(STORY)
    tab.page.get_by_role("button", name="Copy as curl").click()
    expect(tab.page.get_by_role("button", name="Copied")).to_be_visible()
    command = tab.page.evaluate("navigator.clipboard.readText()")

    assert command.startswith(f"curl -s {sandbox}/cds-services/leuko-patient-view")
    assert '"hook": "patient-view"' in command
    assert command.endswith("REQUEST\n")
    assert '"hook": "patient-view"' in tab.page.get_by_label("Request as JSON").inner_text()
    assert '"cards"' in tab.page.get_by_label("Response as JSON").inner_text()


def test_a_token_in_a_dropped_request_goes_nowhere(tab: Tab) -> None:
    request = {
        "hook": "patient-view",
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "fhirServer": "https://fhir.example.org/r4",
        "fhirAuthorization": {"access_token": "secret-7f3a", "token_type": "Bearer"},
        "context": {"patientId": "p1"},
        "prefetch": {"counts-neutrophils": None},
    }
    with tab.page.expect_request(lambda sent: sent.url.endswith("/leuko-patient-view")) as asked:
        _drop(tab, request)

    assert "secret-7f3a" not in (asked.value.post_data or "")
    assert "secret-7f3a" not in tab.page.content()
