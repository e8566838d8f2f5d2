"""Chromium without a screen, and what it exchanges with one service, preflights included.

Nothing is intercepted: what the browser forbids stays forbidden. Names are resolved to nothing, so that the
only addresses it can reach are those of this machine.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Page, Request, Response, sync_playwright

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
)


@dataclass(frozen=True, slots=True)
class Exchange:
    """One call of the page to the service, and its answer."""

    path: str
    request: dict[str, Any]
    status: int
    answer: dict[str, Any]

    @property
    def cards(self) -> list[dict[str, Any]]:
        """The cards of the answer; none if it is none."""
        return list(self.answer.get("cards", ()))

    @property
    def topics(self) -> list[str]:
        """The topic of each card."""
        return [card["source"]["topic"]["code"] for card in self.cards]


def exchange_of(response: Response) -> Exchange:
    """What went there and came back."""
    sent = response.request.post_data or "{}"
    answer = json.loads(response.body() or b"{}")  # a 401 has no body
    return Exchange(urlsplit(response.url).path, json.loads(sent), response.status, answer)


def find_browser() -> str | None:
    """Where Chromium is on this machine."""
    return next((found for name in BROWSERS if (found := shutil.which(name))), None)


@dataclass(slots=True)
class Tab:
    """A page, and what it did to the network.

    Attributes:
        preflights: of each preflight its address and the status of its answer.
        failed: what the page asked for in vain, outside this machine too.
        complaints: errors in its console.
    """

    page: Page
    preflights: list[tuple[str, int]]
    failed: list[str]
    complaints: list[str]

    def posting(self, path: str) -> Any:
        """A block in which the page has to POST to ``path``; its ``value`` is the response."""
        return self.page.expect_response(
            lambda response: response.request.method == "POST" and urlsplit(response.url).path == path
        )


@contextmanager
def open_tab(executable: str, now: datetime, *, trusting: bool = False) -> Iterator[Tab]:
    """A tab of a new browser, for as long as the block lasts. Its clock starts at ``now``.

    If ``trusting``, any certificate is good enough for it.
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=_OPTIONS)
        page = browser.new_page(viewport={"width": 1400, "height": 1200}, ignore_https_errors=trusting)
        page.set_default_timeout(15_000)
        page.clock.install(time=now)
        tab = Tab(page, [], [], [])

        def saw_answer(event: dict[str, Any]) -> None:
            if event["type"] == "Preflight":  # of which Playwright itself does not speak
                tab.preflights.append((event["response"]["url"], event["response"]["status"]))

        def saw_failure(request: Request) -> None:
            tab.failed.append(f"{request.method} {request.url}: {request.failure}")

        network = page.context.new_cdp_session(page)
        network.on("Network.responseReceived", saw_answer)
        network.send("Network.enable")
        page.on("requestfailed", saw_failure)
        page.on("console", lambda said: tab.complaints.append(said.text) if said.type == "error" else None)
        try:
            yield tab
        finally:
            browser.close()
