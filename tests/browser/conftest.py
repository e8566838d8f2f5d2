"""The sandbox in a real Chromium, before a real service on this machine.

    make test-browser                 LEUKOCDS_TEST_BROWSER names another Chromium than that on the PATH

Whatever a test does, the page must not complain in the console and must ask nobody but this service.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from cds.settings import PREFIX
from tests.source_code import ROOT

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
)
PATIENCE = 20_000  # milliseconds that a condition may take to become true
WITHOUT_BROWSER = (
    "NO BROWSER: the sandbox was tried by nobody. Put chromium on the PATH, or name one in"
    " LEUKOCDS_TEST_BROWSER."
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of this folder needs a browser, and is asked for by name."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


def find_browser() -> str | None:
    """Where Chromium is on this machine."""
    named = os.environ.get("LEUKOCDS_TEST_BROWSER")
    return named or next((found for name in NAMES if (found := shutil.which(name))), None)


@contextmanager
def serving(**settings: str) -> Iterator[str]:
    """The address of a sandbox that is served for as long as the block lasts."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    ours = {f"{PREFIX}{name.upper()}": value for name, value in settings.items()}
    with subprocess.Popen(
        [sys.executable, "-m", "cds", "serve", "--port", "0"],
        cwd=ROOT,
        env=inherited | {"LEUKOCDS_DATABASE_URL": "memory"} | ours,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            said = ""
            for line in process.stderr or ():
                said += line
                if found := re.search(r"open (http://\S+)/sandbox", line):
                    yield found[1]
                    break
            else:
                raise AssertionError(f"the service did not start: {said}")
        finally:
            process.terminate()


@contextmanager
def chromium(executable: str) -> Iterator[Browser]:
    """A browser without a screen, that can reach this machine alone."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=OPTIONS)
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Tab:
    """The sandbox, open in a tab.

    Attributes:
        complaints: errors in the console and exceptions of the page.
        asked: every address that it asked.
    """

    page: Page
    address: str
    complaints: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def open(self) -> None:
        """The page, ready to be used."""
        self.page.goto(f"{self.address}/sandbox")
        self.page.wait_for_selector("body[data-ready]")

    def choose(self, patient: str) -> None:
        """Open the chart of a story, and wait until it is drawn and the first answer is there."""
        button = self.page.locator(f'[data-patient="{patient}"]')
        if not button.is_visible():
            self.page.locator("#patient-list summary").click()
        button.click()
        self.page.wait_for_selector(f'[data-patient="{patient}"][aria-current]')
        self.settled("opening")
        self.page.wait_for_selector(".counts, #counts .empty, #counts .failure")

    def settled(self, slot: str = "order") -> None:
        """Wait until the newest answer of this part stands there."""
        self.page.wait_for_selector(
            f'#{"order" if slot == "order" else "opening"}-cards .answer[aria-busy="false"]', state="attached"
        )

    def draft(self, text: str) -> None:
        """Put in the first order that is found for ``text``, and wait for the answer to the change."""
        before = self.page.locator(".draft").count()
        self.page.fill("#order-search", text)
        self.page.locator('#order-search-list [role="option"]').first.click()
        self.page.locator(".draft").nth(before).wait_for()
        self.page.wait_for_selector('#order-cards .answer[aria-busy="false"]')

    def sign(self) -> None:
        """Sign, and wait for what comes of it."""
        self.page.click("#sign")
        self.page.wait_for_selector('#order-cards .hook:has-text("order-sign")')
        self.settled()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    executable = find_browser()
    if executable is None:
        pytest.skip(WITHOUT_BROWSER)
    expect.set_options(timeout=PATIENCE)
    with chromium(executable) as opened:
        yield opened


@pytest.fixture(scope="session")
def sandbox() -> Iterator[str]:
    with serving(clock=NOW.isoformat()) as address:
        yield address


@pytest.fixture
def open_tab(browser: Browser) -> Iterator[Callable[..., Tab]]:
    """Opens the sandbox at an address; at the end no tab may have complained or asked anybody else."""
    tabs: list[Tab] = []

    def opened(address: str, **options: Any) -> Tab:
        context = browser.new_context(**{"viewport": {"width": 1440, "height": 1000}} | options)
        context.set_default_timeout(PATIENCE)
        tab = Tab(context.new_page(), address)
        tab.page.on(
            "console",
            lambda said: tab.complaints.append(said.text) if said.type in {"error", "warning"} else None,
        )
        tab.page.on("pageerror", lambda error: tab.complaints.append(str(error)))
        tab.page.on("request", lambda request: tab.asked.append(request.url))
        tabs.append(tab)
        tab.open()
        return tab

    yield opened
    for tab in tabs:
        tab.page.context.close()
    assert [] == [complaint for tab in tabs for complaint in tab.complaints]
    assert [] == [
        url for tab in tabs for url in tab.asked if not url.startswith((tab.address, "data:", "blob:"))
    ]


@pytest.fixture
def tab(open_tab: Callable[..., Tab], sandbox: str) -> Tab:
    return open_tab(sandbox)
