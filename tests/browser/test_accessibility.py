"""WCAG 2.2 AA, as far as a machine can tell: axe, the keyboard alone, and narrow screens."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.conftest import Tab

STORY = "methimazole-reordered-at-anc-0.3"
AXE = Axe()
NAME_OF_FOCUS = """(({ labels, ariaLabel, textContent }) =>
    (labels?.[0]?.textContent || ariaLabel || textContent).trim())(document.activeElement)"""


def _violations(tab: Tab) -> list[str]:
    """Every one, also those that axe calls minor."""
    found: Any = AXE.run(tab.page).response["violations"]
    return [f"{each['impact']} {each['id']}: {each['nodes'][0]['target']}" for each in found]


@pytest.mark.parametrize("width", [375, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(
    open_tab: Callable[..., Tab], sandbox: str, scheme: Literal["light", "dark"], width: int
) -> None:
    tab = open_tab(sandbox, viewport={"width": width, "height": 900}, color_scheme=scheme)
    assert [] == _violations(tab), "before a patient is chosen"
    tab.choose(STORY)
    assert [] == _violations(tab), "a chart"
    tab.sign()
    tab.page.locator("#order-cards .explain summary").first.click()
    tab.page.wait_for_selector("#order-cards .sum")
    tab.page.locator("#order-cards").get_by_role("button", name="Override…").first.click()
    tab.page.locator("details.every summary").click()
    assert [] == _violations(tab), "cards, explained and about to be overridden"
    tab.page.fill("#order-search", "meth")
    tab.page.wait_for_selector('[role="option"]')
    assert [] == _violations(tab), "a search"
    tab.page.keyboard.press("Escape")
    tab.page.route("**/cds-services/leuko-order-sign", lambda route: route.fulfill(status=500, body="{}"))
    tab.sign()
    tab.complaints = [each for each in tab.complaints if "status of 500" not in each]
    assert [] == _violations(tab), "a failure"


@pytest.mark.parametrize("width", [320, 375, 768, 1440])
@pytest.mark.parametrize("story", [STORY, "cotrimoxazole-in-weekly-methotrexate-at-wbc-1.7"])
def test_nothing_runs_out_of_the_page_sideways(
    open_tab: Callable[..., Tab], sandbox: str, width: int, story: str
) -> None:
    tab = open_tab(sandbox, viewport={"width": width, "height": 800})
    tab.choose(story)
    if tab.page.locator(".draft").count():
        tab.sign()

    assert width >= tab.page.evaluate("document.documentElement.scrollWidth")


def test_all_of_it_can_be_done_with_the_keyboard(tab: Tab) -> None:
    """From the list to the signed order and its override, without a mouse."""
    page, press = tab.page, tab.page.keyboard.press

    def tab_to(name: str) -> None:
        for _ in range(200):
            press("Tab")
            focused = page.evaluate(NAME_OF_FOCUS)
            if focused.startswith(name):
                assert "none" != page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
                return
        raise AssertionError(f"no Tab leads to {name}")

    tab_to("Find a patient")
    page.keyboard.type("neutrophils 0.3")
    tab_to("White cells 6.8, neutrophils 0.3")
    press("Enter")
    page.wait_for_selector(".counts")
    tab_to("Add an order")
    page.keyboard.type("tapaz")
    expect(page.locator("#order-search")).to_have_attribute("aria-expanded", "true")
    expect(page.locator('[aria-selected="true"]')).to_contain_text("methimazole")
    press("ArrowDown")
    press("ArrowUp")
    press("Enter")
    expect(page.locator(".draft").last).to_contain_text("methimazole")
    tab_to("Sign orders")
    press("Enter")
    page.wait_for_selector('#order-cards .hook:has-text("order-sign")')
    page.wait_for_selector("#order-cards .card")
    expect(page.locator("#news")).to_contain_text("order-sign")
    tab_to("Override…")
    press("Enter")
    expect(page.locator(".override select")).to_be_focused()
    press("Escape")
    expect(page.locator("#order-cards").get_by_role("button", name="Override…").first).to_be_focused()


def test_new_cards_are_announced(tab: Tab) -> None:
    tab.choose(STORY)
    tab.sign()
    news = tab.page.locator("#news")

    expect(news).to_have_attribute("aria-live", "polite")
    expect(news).to_contain_text("order-sign: 3 cards, the most urgent is critical.")


def test_the_plot_is_told_in_words_and_as_a_table(tab: Tab) -> None:
    tab.choose(STORY)
    plot = tab.page.get_by_role("img", name="Plot as of 20 Nov 2026")

    assert "neutrophils 0.3 on 20 Nov 2026" in (plot.get_attribute("aria-label") or "")
    assert "methimazole, leading suspect" in (plot.get_attribute("aria-label") or "")
    tab.page.locator("details.every summary").click()
    expect(tab.page.locator("details.every tbody tr")).to_have_count(11)
