"""What the page draws is what the service read and judged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Reasoned = Callable[..., Any]


def _line(chart: Any, line: str) -> Any:
    (found,) = (each for each in chart["lines"] if each["id"] == line)
    return found


def test_each_count_comes_with_unit_date_tier_limit_and_flag(reasoned: Reasoned) -> None:
    neutrophils = _line(reasoned("methimazole-reordered-at-anc-0.3")["chart"], "neutrophils")
    newest, before = neutrophils["counts"]

    assert ("ANC", "10*9/L") == (neutrophils["short"], neutrophils["unit"])
    assert {
        "value": 0.3,
        "shown": "0.3",
        "day": "2026-11-20",
        "severity": "severe",
        "limit": "1.5",
        "flag": "critically-low",
    }.items() <= newest.items()
    assert ("4.2", "none") == (before["shown"], before["severity"])


def test_the_bands_are_the_tiers_of_the_knowledge_from_the_deepest_up(reasoned: Reasoned) -> None:
    tiers = _line(reasoned("methimazole-reordered-at-anc-0.3")["chart"], "neutrophils")["tiers"]

    assert [("profound", 0.1), ("severe", 0.5), ("moderate", 1.0), ("mild", 1.5)] == [
        (tier["name"], tier["below"]) for tier in tiers
    ]


def test_a_child_has_the_mild_band_of_its_age(reasoned: Reasoned) -> None:
    line = _line(reasoned("child-of-18-months-has-limits-of-its-age")["chart"], "lymphocytes")

    assert line["counts"][0]["basis"] == "child"
    assert line["tiers"][-1] == {"name": "mild", "below": float(line["counts"][0]["limit"])}


def test_a_count_in_cells_per_microlitre_has_its_bands_in_the_same_unit(reasoned: Reasoned) -> None:
    line = _line(reasoned("cd4-150-is-shown-in-cells-per-microlitre")["chart"], "cd4")

    assert ("/uL", 150.0, "150") == (line["unit"], line["counts"][0]["value"], line["counts"][0]["shown"])
    assert [50.0, 200.0, 500.0] == [tier["below"] for tier in line["tiers"]][-3:]


def test_a_calculated_count_shows_its_arithmetic(reasoned: Reasoned) -> None:
    line = _line(reasoned("calculated-neutrophils-at-exactly-0.5-are-moderate")["chart"], "neutrophils")

    assert "moderate" == line["counts"][0]["severity"]
    assert " x " in line["counts"][0]["calculated"]


def test_a_suspect_is_marked_with_its_points_which_add_up(reasoned: Reasoned) -> None:
    chart = reasoned("methimazole-reordered-at-anc-0.3")["chart"]
    (exposure,) = chart["exposures"]
    suspect = chart["suspects"][0]

    assert ("methimazole", "leading", 70, True) == (
        exposure["drug"],
        exposure["standing"],
        exposure["score"],
        exposure["ongoing"],
    )
    assert suspect["score"] == sum(part["points"] for part in suspect["parts"])


def test_the_draft_is_named_as_it_was_read(reasoned: Reasoned) -> None:
    (draft,) = reasoned("methimazole-reordered-at-anc-0.3")["chart"]["drafts"]

    assert ("MedicationRequest/draft-1", ["methimazole"], "critical") == (
        draft["reference"],
        draft["drugs"],
        draft["urgency"],
    )


def test_medicines_that_the_knowledge_does_not_know_are_shown_too(reasoned: Reasoned) -> None:
    exposures = reasoned("medicines-that-cannot-be-coded-are-counted")["chart"]["exposures"]

    assert 2 == sum(1 for each in exposures if not each["drug"])


def test_the_explanation_is_that_of_the_command_line(reasoned: Reasoned) -> None:
    sections = {
        each["title"]: each["lines"] for each in reasoned("paracetamol-at-wbc-3.6-is-silent")["explanation"]
    }

    assert "Topics" in sections
    assert all(": silent, because " in line for line in sections["Topics"])


@pytest.mark.parametrize("as_of", ["2026-11-18T12:00:00Z", "2026-10-20T12:00:00Z"])
def test_as_of_an_earlier_day_what_was_counted_later_is_not_drawn(reasoned: Reasoned, as_of: str) -> None:
    chart = reasoned("methimazole-reordered-at-anc-0.3", **{"X-Leukocds-As-Of": as_of})["chart"]

    assert as_of == chart["as_of"]
    assert ["4.2"] == [count["shown"] for count in _line(chart, "neutrophils")["counts"]]
