"""How a step is taken in the mock EHR: do something, wait for what the page sends, look at what it shows.

What is shown is held against what was answered. A broken promise is a ``WalkError`` that says which.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from playwright.sync_api import Locator, expect

from tests.mock_ehr.browser import Exchange, Tab, exchange_of
from tests.mock_ehr.fhir_server import Chart

PATIENT = "p1"

_LEFT_OVER = re.compile(r"\*\*|\\|&[a-z]+;|</?[a-z]+>")  # Markdown or HTML that was not rendered


class WalkError(AssertionError):
    """Something that was promised was not seen."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where they are, without a slash at the end.

    Attributes:
        mock_ehr: the page.
        fhir: its FHIR server.
        service: ours.
        careful: ours, with LEUKOCDS_WHEN_NOT_CHECKED=card.
    """

    mock_ehr: str
    fhir: str
    service: str
    careful: str


@dataclass(slots=True)
class Walker:
    """One walk: through what, and what came of it.

    Attributes:
        chart: what the FHIR server knows.
        shots: folder for pictures of each step.
        exchanges: what was exchanged with our service, in order, each under a name.
        seen: what was seen, in words.
    """

    tab: Tab
    at: Addresses
    chart: Chart
    shots: Path
    exchanges: list[tuple[str, Exchange]] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)

    @property
    def _last(self) -> Exchange:
        return self.exchanges[-1][1]

    @property
    def _asked(self) -> Exchange:
        """The last exchange that was no feedback."""
        return next(each for _, each in reversed(self.exchanges) if not each.path.endswith("/feedback"))

    @contextmanager
    def _answered(self, name: str, path: str) -> Iterator[None]:
        with self.tab.posting(path) as awaited:
            yield
        self.exchanges.append((name, exchange_of(awaited.value)))

    def _expect(self, expected: object, actual: object) -> None:
        if expected != actual:
            raise WalkError(f"after {self.exchanges[-1][0]}: {expected!r} was expected, but it is {actual!r}")

    def _start(self, service: str) -> None:
        start = {
            "fhirServiceUrl": self.at.fhir,
            "patientId": PATIENT,
            "serviceDiscoveryURL": f"{service}/cds-services",
        }
        self.tab.page.goto(f"{self.at.mock_ehr}/?{urlencode(start)}")

    def _press(self, name: str) -> None:
        self.tab.page.get_by_role("button", name=name, exact=True).click()

    def _choose(self, product: str) -> None:
        box = self.tab.page.locator("input[name=medication-input]")
        box.fill("")  # an order that was emptied leaves its drug's name standing here
        expect(box).to_have_value("")
        box.fill(product)
        self._press(product)

    def _draft(self) -> dict[str, object]:
        (entry,) = self._last.request["context"]["draftOrders"]["entry"]
        return dict(entry["resource"])

    def _suggestion(self, label: str) -> tuple[str, str]:
        """The identifiers of the card and of its suggestion with ``label``."""
        ((card, suggestion),) = [
            (card["uuid"], suggestion["uuid"])
            for card in self._asked.cards
            for suggestion in card.get("suggestions", ())
            if suggestion["label"] == label
        ]
        return card, suggestion

    def _accept(self, name: str, label: str, suggestion: tuple[str, str]) -> None:
        with self._answered(name, f"{self._asked.path}/feedback"):
            self._press(label)
        (told,) = self._last.request["feedback"]
        self._expect(200, self._last.status)
        self._expect(("accepted", suggestion[0]), (told["outcome"], told["card"]))
        self._expect([{"id": suggestion[1]}], told["acceptedSuggestions"])
        self.seen.append(f"accepted: {label}")

    def _override(self, topic: str, reason: str | None) -> None:
        place = self._asked.topics.index(topic)
        card = self._asked.cards[place]
        shown = self._card(card["summary"])
        with self._answered(f"{self._asked.request['hook']}-overridden", f"{self._asked.path}/feedback"):
            if reason is None:
                shown.get_by_role("button", name="Dismiss", exact=True).click()
            else:
                shown.get_by_role("button", name="select dismiss reason").click()
                self.tab.page.get_by_role("menuitem", name=f"Override: {reason}").click()
        (told,) = self._last.request["feedback"]
        self._expect(200, self._last.status)
        self._expect(("overridden", card["uuid"]), (told["outcome"], told["card"]))
        shown.wait_for(state="detached")
        self.seen.append(f"overridden: {topic}, {reason or 'no reason'}")

    def _reason(self) -> str:
        return str(self._last.request["feedback"][0]["overrideReason"]["reason"]["code"])

    def _card(self, summary: str) -> Locator:
        return self.tab.page.locator(".MuiCard-root").filter(
            has=self.tab.page.get_by_text(summary, exact=True)
        )

    def _cards_are_shown(self) -> None:
        """Every card of the last answer stands on the page, in our order, whole and rendered."""
        self._expect(200, self._last.status)
        for card in self._last.cards:
            self._card(card["summary"]).wait_for()
        shown = [text.strip() for text in self.tab.page.locator(".MuiCard-root").all_inner_texts()]
        self._expect(
            [card["summary"] for card in self._last.cards], [text.split("\n")[0].strip() for text in shown]
        )
        for card, text in zip(self._last.cards, shown, strict=True):
            self._expect([], _LEFT_OVER.findall(text))
            for suggestion in card.get("suggestions", ()):
                self._expect(True, suggestion["label"] in text)
            self.seen.append(f"{card['indicator']}: {card['summary']}")
        self._picture()

    def _picture(self) -> None:
        number, name = len(self.exchanges), self.exchanges[-1][0]
        self.tab.page.screenshot(path=self.shots / f"{number:02}-{name}.png", full_page=True)
