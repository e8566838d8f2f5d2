"""The monitoring card: a drug that needs counts has none in time."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cards.card import Card
from cds.findings import Topic, Urgency
from tests.cards.builders import assessment, draft, drug, monitoring, only_card, use


def monitoring_card(**more: object) -> Card:
    return only_card(assessment(Topic.MONITORING, monitoring=(monitoring(**more),), low_counts=()))


def test_an_overdue_count_names_the_last_one_and_the_interval() -> None:
    made = monitoring_card()

    assert made.summary == (
        "ANC 2.1 x10^9/L (1 Oct) is the last count: clozapine needs a count every 7 days, 43 days overdue."
    )
    assert "Neutrophils are due every 7 days by the label." in made.detail
    assert "Treatment from 1 Aug 2026." in made.detail
    assert made.suggestions[0].is_recommended


def test_a_missing_count_is_not_called_normal() -> None:
    made = monitoring_card(last=None, overdue_days=None, policy="us-label")

    assert "ANC not available: clozapine needs a count every 7 days." == made.summary
    assert "No usable ANC was found." in made.detail
    assert "by the site's policy (us-label)" in made.detail
    assert "normal" not in made.detail


def test_one_day_is_written_as_one() -> None:
    assert "every day, 1 day overdue." in monitoring_card(every_days=1, overdue_days=1).summary


def test_the_loudest_drug_leads_and_the_others_are_named() -> None:
    other = replace(monitoring(), drug=drug("ticlopidine"), urgency=Urgency.INFO)

    made = only_card(assessment(Topic.MONITORING, monitoring=(other, monitoring())))

    assert made.summary.endswith("43 days overdue. Also: ticlopidine.")


def test_a_decided_monitoring_card_without_a_drug_is_a_fault() -> None:
    with pytest.raises(ValueError, match="due"):
        only_card(assessment(Topic.MONITORING))


def test_a_drug_with_an_undated_request_is_no_start() -> None:
    made = only_card(
        assessment(Topic.MONITORING, monitoring=(monitoring(draft=draft(), since=None, uses=(use(),)),))
    )

    assert "before it is started" not in made.summary
    assert "43 days overdue" in made.summary
