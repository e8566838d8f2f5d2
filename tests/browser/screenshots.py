"""Pictures of the sandbox for the pages: ``make screenshots`` writes them into ``docs/screenshots``.

The clock stands still, so that pictures differ in little but in what was changed.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser

from tests.browser.conftest import NOW, WITHOUT_BROWSER, Tab, chromium, find_browser, serving
from tests.browser.twelve_medicines import twelve_medicines
from tests.source_code import ROOT

FOLDER = ROOT / "docs" / "screenshots"
STORY = "methimazole-reordered-at-anc-0.3"
DESK, TELEPHONE = (1440, 960), (375, 812)
FAULT = {
    "resourceType": "OperationOutcome",
    "issue": [
        {
            "severity": "error",
            "code": "exception",
            "diagnostics": "The service failed and checked nothing."
            " Reference for support: 6f1c2a94-0d3e-4b57-9a41-2c7f0e8d5b13",
        }
    ],
}


def signed(tab: Tab) -> None:
    """A critical card at signing."""
    tab.choose(STORY)
    tab.sign()


def explained(tab: Tab) -> None:
    """The arithmetic behind it."""
    signed(tab)
    tab.page.locator("#order-cards .explain summary").first.click()
    tab.page.wait_for_selector("#order-cards .sum")
    tab.page.locator("#order-cards .card-foot").first.evaluate("each => each.scrollIntoView()")


def open_twelve(tab: Tab) -> None:
    """A Bundle about twelve medicines."""
    content = json.dumps(twelve_medicines(NOW)).encode()
    tab.page.set_input_files(
        "#own-file", {"name": "bundle.json", "mimeType": "application/json", "buffer": content}
    )
    tab.page.wait_for_selector("#plot svg")
    tab.settled("opening")


def crowded(tab: Tab) -> None:
    """One more being searched for."""
    open_twelve(tab)
    tab.page.fill("#order-search", "meth")
    tab.page.wait_for_selector('[role="option"]')


def silent(tab: Tab) -> None:
    """No card, said quietly."""
    tab.choose("paracetamol-at-wbc-3.6-is-silent")
    tab.sign()
    tab.page.wait_for_selector("#order-cards .silent .small")


def failed(tab: Tab) -> None:
    """A call that failed."""
    tab.page.route(
        "**/cds-services/leuko-order-sign", lambda route: route.fulfill(status=500, body=json.dumps(FAULT))
    )
    signed(tab)


def as_epic(tab: Tab) -> None:
    """What Epic would be sent."""
    signed(tab)
    tab.page.select_option("#profile", "epic")
    tab.page.wait_for_selector("#order-cards .dropped")
    tab.page.locator("#profile-notes").evaluate("each => each.scrollIntoView()")


def replayed(tab: Tab) -> None:
    """A day two months back."""
    open_twelve(tab)
    for day in ("14 Nov", "31 Oct", "21 Sep"):
        tab.page.get_by_role("button", name="Previous count").click()
        tab.page.locator("#plot text", has_text=f"as of {day}").wait_for()
    tab.settled("opening")


def on_a_telephone(tab: Tab) -> None:
    """The cards in a narrow window."""
    signed(tab)
    tab.page.locator("#orders").evaluate("each => each.scrollIntoView()")


PICTURES: dict[str, tuple[Callable[[Tab], None], tuple[int, int], str]] = {
    "start": (lambda _tab: None, DESK, "light"),
    "signed": (signed, DESK, "light"),
    "signed-dark": (signed, DESK, "dark"),
    "explained": (explained, DESK, "light"),
    "twelve-medicines": (crowded, DESK, "light"),
    "silent": (silent, DESK, "light"),
    "failed": (failed, DESK, "light"),
    "epic": (as_epic, (1440, 1340), "light"),
    "replayed": (replayed, DESK, "light"),
    "telephone": (on_a_telephone, TELEPHONE, "light"),
    "telephone-dark": (on_a_telephone, TELEPHONE, "dark"),
}


def take(browser: Browser, address: str, name: str, folder: Path) -> None:
    """One picture."""
    show, (width, height), scheme = PICTURES[name]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce",
    )
    tab = Tab(context.new_page(), address)
    tab.open()
    show(tab)
    if show is not crowded:
        tab.page.evaluate("document.activeElement.blur()")
    tab.page.screenshot(path=folder / f"{name}.png", animations="disabled")
    context.close()


def main() -> None:
    """Take all of them, or those that are named."""
    executable = find_browser()
    if executable is None:
        sys.exit(WITHOUT_BROWSER)
    FOLDER.mkdir(parents=True, exist_ok=True)
    with serving(clock=NOW.isoformat()) as address, chromium(executable) as browser:
        for name in sys.argv[1:] or PICTURES:
            take(browser, address, name, FOLDER)


if __name__ == "__main__":
    main()
