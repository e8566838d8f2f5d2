"""One count in words: number, origin, date, status, and the word for how low it is."""

from __future__ import annotations

from decimal import Decimal

import pytest

from cards.count_words import (
    amount,
    described,
    leading_count,
    low_count_words,
    measured,
    qualifiers,
    short_name,
    verdict,
)
from cds.facts import Bound, Calculation, CellCount, CellLine, Precision, ResultStatus
from cds.findings import Baseline, BaselineKind, Duration, Freshness, LowCount, Severity
from tests.cards.builders import NOW, assessment, count, low, nadir, when

TODAY_TEXT = "laboratory result of 20 Nov 2026 08:00 UTC"


@pytest.mark.parametrize(
    ("cells", "text"),
    [
        (count("0.3"), "ANC 0.3 x10^9/L"),
        (count("0.30"), "ANC 0.30 x10^9/L"),
        (count("0"), "ANC 0 x10^9/L"),
        (count("0.900", reported="900 /uL"), "ANC 0.9 x10^9/L (reported 900 /uL)"),
        (count("1.900", reported="1,900 cells/uL"), "ANC 1.9 x10^9/L (reported 1,900 cells/uL)"),
        (count("3.000", reported="3000 /uL"), "ANC 3.0 x10^9/L (reported 3000 /uL)"),
        (count("0.4", reported="0,4 G/L"), "ANC 0.4 x10^9/L"),
        (count("0.1", bound=Bound.BELOW, reported="<0.1"), "ANC below 0.1 x10^9/L"),
        (count("0.5", bound=Bound.AT_MOST, reported="<=0.5"), "ANC 0.5 x10^9/L or lower"),
        (count("150", bound=Bound.ABOVE), "ANC above 150 x10^9/L"),
        (
            count("0.5", reported="", calculation=Calculation("percent", "2.5 x 20 %")),
            "ANC 0.50 x10^9/L (calculated: 2.5 x 20 %)",
        ),
        (
            count("0.5", reported="", calculation=Calculation("percent", f"2.5{'0' * 100_000} x 20 %")),
            "ANC 0.50 x10^9/L (calculated: 2.50 x 20 %)",
        ),
        (
            count("1.2", reported="", bound=Bound.AT_MOST, calculation=Calculation("bound", "1.2")),
            "ANC cannot be above 1.2 x10^9/L",
        ),
        (count("0.4996"), "ANC 0.4996 x10^9/L"),
    ],
)
def test_a_number_shows_where_it_comes_from(cells: CellCount, text: str) -> None:
    assert f"{text}, {TODAY_TEXT}" == described(cells, "ANC")


def test_a_limit_of_two_decimals_is_not_reached_by_rounding() -> None:
    assert "1.468" == amount(count("1.4681"), Decimal("1.47"))


def test_haemoglobin_and_cd4_have_their_own_units() -> None:
    assert "Hb 8.1 g/dL" == measured(count("8.1", CellLine.HAEMOGLOBIN), "Hb")
    assert "CD4 180 /uL" == measured(count("0.180", CellLine.CD4, reported="180 /uL"), "CD4")


@pytest.mark.parametrize(
    ("status", "word"),
    [
        (ResultStatus.PRELIMINARY, "preliminary"),
        (ResultStatus.CORRECTED, "corrected result"),
        (ResultStatus.AMENDED, "amended result"),
        (ResultStatus.UNKNOWN, "status unknown"),
    ],
)
def test_a_status_that_is_not_final_is_said(status: ResultStatus, word: str) -> None:
    assert described(count("0.3", status=status), "ANC").endswith(f"{TODAY_TEXT}, {word}")
    assert f"(20 Nov, {word})" == qualifiers(count("0.3", status=status), NOW)


def test_an_undated_result_is_said_to_be_undated() -> None:
    undated = count("1.0", measured=None)

    assert "ANC 1.0 x10^9/L, laboratory result, date unknown" == described(undated, "ANC")
    assert "(date unknown)" == qualifiers(undated, NOW)


def test_a_vague_date_is_said_to_be_imprecise() -> None:
    vague = count("1.0", measured=when("2026-01-01", Precision.YEAR))

    assert "laboratory result of 2026 (date imprecise)" in described(vague, "ANC")


@pytest.mark.parametrize(
    ("freshness", "duration", "text"),
    [
        (Freshness.CURRENT, Duration.NEW, "(11 Nov, new)"),
        (Freshness.RECENT, Duration.CHRONIC, "(11 Nov, 9 days old, chronic)"),
        (Freshness.AGEING, Duration.UNKNOWN, "(11 Nov, 9 days old)"),
        (None, Duration.RECURRING, "(11 Nov, recurring)"),
    ],
)
def test_age_and_duration_stand_behind_the_number(
    freshness: Freshness | None, duration: Duration, text: str
) -> None:
    assert text == qualifiers(count("0.3", measured=when("2026-11-11T08:00")), NOW, freshness, duration)


def test_a_calculated_number_says_so_in_the_summary() -> None:
    calculated = count("0.5", reported="", calculation=Calculation("percent", "2.5 x 20 %"))

    assert "(20 Nov, calculated)" == qualifiers(calculated, NOW)


EXPECTED = Baseline(BaselineKind.DUFFY_NULL, Decimal("1.25"), (), True)
BELOW = count("0.5", bound=Bound.BELOW, reported="<0.5")


@pytest.mark.parametrize(
    ("finding", "word"),
    [
        (low("1.4", severity=Severity.MILD), "mild neutropenia"),
        (low("0.5", severity=Severity.MODERATE), "moderate neutropenia"),
        (low("0.49"), "severe neutropenia"),
        (low("0", severity=Severity.PROFOUND), "profound neutropenia (agranulocytosis)"),
        (low("0.05", severity=Severity.PROFOUND, nadir=nadir()), "profound neutropenia"),
        (low(BELOW), "at least severe neutropenia"),
        (
            low(BELOW._replace(bound=Bound.AT_MOST), severity=Severity.MODERATE),
            "at least moderate neutropenia",
        ),
        (low("3.1", CellLine.LEUKOCYTES, severity=Severity.MILD), "mild leukopenia"),
        (low("0.4", CellLine.LYMPHOCYTES), "severe lymphopenia"),
        (low("0.1", CellLine.MONOCYTES, severity=Severity.MILD, word="low"), "low monocytes, mild"),
        (low("0.15", CellLine.CD4, severity=Severity.MODERATE), "low CD4 count, moderate"),
        (
            low(count("0.2", CellLine.CD4, bound=Bound.BELOW), severity=Severity.MODERATE),
            "low CD4 count, at least moderate",
        ),
        (low("1.25", severity=Severity.MILD, baseline=EXPECTED), "within the range expected for Duffy-null"),
    ],
)
def test_a_plain_word_follows_the_number(finding: LowCount, word: str) -> None:
    assert word == verdict(finding)


def test_a_headline_is_number_date_duration_word() -> None:
    words = low_count_words(low(), NOW)

    assert "ANC 0.32 x10^9/L (20 Nov, new): severe neutropenia" == words.full
    assert "ANC 0.32 x10^9/L (20 Nov, new)" == words.dated
    assert "ANC 0.32 x10^9/L" == words.bare


def test_a_contradicted_total_is_no_plain_finding() -> None:
    words = low_count_words(low("0", CellLine.LEUKOCYTES, severity=Severity.PROFOUND, contradicted=True), NOW)

    assert words.full.endswith("profound leukopenia; results contradict each other")
    assert words.found.endswith("profound leukopenia; results contradict each other.")


def test_the_first_low_count_leads() -> None:
    lymphocytes = low("0.4", CellLine.LYMPHOCYTES)

    assert lymphocytes == leading_count(assessment(low_counts=(lymphocytes, low())))
    assert leading_count(assessment(low_counts=())) is None


def test_a_line_without_a_finding_still_has_a_short_name() -> None:
    empty = assessment(low_counts=())

    assert "ANC" == short_name(empty, CellLine.NEUTROPHILS)
    assert "lymphocytes" == short_name(empty, CellLine.LYMPHOCYTES)
