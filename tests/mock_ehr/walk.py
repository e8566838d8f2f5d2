"""The walk of a prescriber through the mock EHR, with our cards before her eyes."""

from __future__ import annotations

from tests.mock_ehr.fhir_server import chart_of
from tests.mock_ehr.walker import Walker
from tests.source_code import ROOT

TREATED = "Graves disease"
PRODUCT = "Methimazole 10 MG Oral Tablet"  # of those that the mock EHR offers

VIEW = "/cds-services/leuko-patient-view"
SELECT = "/cds-services/leuko-order-select"
SIGN = "/cds-services/leuko-order-sign"

NORMAL = "patient-view-with-normal-counts-is-silent"
TOLD = "patient-view-without-counts-told"  # its answer depends on a setting
ALL_CLEAR = "No recommendations to display"


class Walk(Walker):
    """All of it, step by step."""

    def open_chart(self) -> None:
        """The chart is opened: patient-view."""
        with self._answered("patient-view", VIEW):
            self._start(self.at.service)
        self._expect(["leukoLowCount", "leukoSuspects", "leukoPrecautions"], self._last.topics)
        self._cards_are_shown()

    def override_precautions(self) -> None:
        """The precautions are known: the card goes, the reason comes to us."""
        self._override("leukoPrecautions", "Already known and followed")
        self._expect("known-and-followed", self._reason())

    def open_order(self) -> None:
        """An order without a drug is no order yet, but this client calls all the same."""
        with self._answered("order-select-no-drug", SELECT):
            self._press("Rx View")
        self._expect(None, self._draft().get("medicationCodeableConcept"))
        self._expect(["leukoLowCount", "leukoSuspects", "leukoPrecautions"], self._last.topics)
        self._cards_are_shown()

    def choose_drug(self) -> None:
        """The suspect itself is chosen: order-select."""
        with self._answered("order-select", SELECT):
            self._choose(PRODUCT)
        self._expect("leukoOrderRisk", self._last.topics[0])
        self._expect("critical", self._last.cards[0]["indicator"])
        self._cards_are_shown()

    def name_reason(self) -> None:
        """What is treated is chosen; it comes as an object where FHIR has a list."""
        with self._answered("order-select-reason", SELECT):
            self.tab.page.locator("form input[id^=react-select]").fill(TREATED)
            self.tab.page.keyboard.press("Enter")
        self._expect(dict, type(self._draft()["reasonCode"]))
        self._expect("leukoOrderRisk", self._last.topics[0])
        self._cards_are_shown()

    def accept_removal(self) -> None:
        """The suggestion is taken: the order is emptied, we are told, and are asked again."""
        label = "Remove the draft order: methimazole"
        suggestion = self._suggestion(label)
        with self._answered("order-select-emptied", SELECT):
            self._accept("order-select-accepted", label, suggestion)
        self._expect(None, self._draft().get("medicationCodeableConcept"))
        self._expect(False, "leukoOrderRisk" in self._last.topics)
        self._cards_are_shown()

    def sign(self) -> None:
        """Chosen again all the same, and signed: order-sign."""
        self._press("Rx Sign")
        self._choose(PRODUCT)
        with self._answered("order-sign", SIGN):
            self._press("Sign Order")
        self._expect("leukoOrderRisk", self._last.topics[0])
        self._expect("critical", self._last.cards[0]["indicator"])
        self._cards_are_shown()

    def accept_count(self) -> None:
        """A count is ordered from the card; this client only tells us so."""
        label = "Order complete blood count with differential"
        self._accept("order-sign-accepted", label, self._suggestion(label))

    def override_order_risk(self) -> None:
        """The order stands, with a reason."""
        self._override("leukoOrderRisk", "Benefit outweighs risk")
        self._expect("risk-benefit-ratio", self._reason())

    def dismiss(self) -> None:
        """Another card is dismissed without a word."""
        self._override("leukoLowCount", None)
        self._expect({"card", "outcome", "outcomeTimestamp"}, set(self._last.request["feedback"][0]))

    def lose_counts(self) -> None:
        """The counts cannot be had: we refuse, and this client says that all is clear."""
        self.chart.refused.add("Observation")
        with self._answered("patient-view-without-counts", VIEW):
            self._press("Patient View")
        self._expect(412, self._last.status)
        self._expect([], self._last.cards)
        self.tab.page.get_by_text(ALL_CLEAR).wait_for()
        self.seen.append(f"412, shown as: {ALL_CLEAR}")
        self._picture()

    def be_told(self) -> None:
        """The same, from a service that is set to say so on a card."""
        with self._answered(TOLD, VIEW):
            self._start(self.at.careful)
        self._expect(["leukoDataQuality"], self._last.topics)
        self._cards_are_shown()

    def open_normal_chart(self) -> None:
        """The same patient with normal counts: no card, and "all clear" is true for once."""
        self.chart.refused.clear()
        self.chart.resources = chart_of(ROOT / "fixtures" / NORMAL).resources
        with self._answered("patient-view-normal", VIEW):
            self._start(self.at.service)
        self._expect((200, []), (self._last.status, self._last.cards))
        self.tab.page.get_by_text(ALL_CLEAR).wait_for()
        self.seen.append(f"200 without a card, shown as: {ALL_CLEAR}")

    def meet_an_old_server(self) -> None:
        """A server of DSTU2, as it says, is the public mock EHR's default: the draft is a MedicationOrder."""
        self.chart.resources = chart_of().resources
        self.chart.version = "1.0.2"
        with self._answered("patient-view-dstu2", VIEW):
            self._start(self.at.service)
        with self._answered("order-select-dstu2-no-drug", SELECT):
            self._press("Rx View")
        with self._answered("order-select-dstu2", SELECT):
            self._choose(PRODUCT)
        self._expect("MedicationOrder", self._draft()["resourceType"])
        self._expect("leukoOrderRisk", self._last.topics[0])
        self._cards_are_shown()


STEPS = (
    Walk.open_chart,
    Walk.override_precautions,
    Walk.open_order,
    Walk.choose_drug,
    Walk.name_reason,
    Walk.accept_removal,
    Walk.sign,
    Walk.accept_count,
    Walk.override_order_risk,
    Walk.dismiss,
    Walk.lose_counts,
    Walk.be_told,
    Walk.open_normal_chart,
    Walk.meet_an_old_server,
)
