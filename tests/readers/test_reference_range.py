"""A laboratory's lower limit is used where it can be believed."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from cds.facts import GapKind
from tests.readers.sending import PATIENT, number, quantity, read, result

Json = dict[str, Any]
RACE = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-Race", "code": "2056-0"}]}
FEMALE = {"coding": [{"system": "http://snomed.info/sct", "code": "248152002", "display": "Female"}]}


def span(low: object, high: object = None, unit: str | None = "10*3/uL", **members: object) -> Json:
    sent: Json = {"low": quantity(low, unit), **members}
    return sent if high is None else sent | {"high": quantity(high, unit)}


def low_limit(*ranges: Json, code: str = "751-8", unit: str = "10*3/uL", born: str = "1976-05-01") -> object:
    """The believed limit; or the ignored range as it is said."""
    value = 4 if unit == "10*3/uL" else 4000
    facts = read(PATIENT | {"birthDate": born}, result(code, value, unit, referenceRange=[*ranges])).facts
    (count,) = facts.counts
    if facts.gaps:
        (gap,) = facts.gaps
        assert gap.kind is GapKind.RANGE_IGNORED
        assert count.reference_low is None
        return gap.detail
    return count.reference_low


def test_a_believable_limit_is_used_in_base_units() -> None:
    assert low_limit(span(1.8, 7.7)) == number("1.8")
    assert low_limit(span(1800, 7700, "/uL"), unit="/uL") == number("1.8")
    assert low_limit(span(1.8, 7.7, None)) == number("1.8")
    assert low_limit(span(1.8)) == number("1.8")


@pytest.mark.parametrize(("low", "is_believed"), [(0.8, True), (0.79, False), (2.6, True), (2.61, False)])
def test_a_limit_for_neutrophils_is_believed_within_its_bounds(low: float, is_believed: bool) -> None:
    expected = number(str(low)) if is_believed else f"{low}-9 10*3/uL"

    assert low_limit(span(low, 9)) == expected


def test_the_range_of_the_haematocrit_beside_white_cells_is_not_believed() -> None:
    assert low_limit(span(39.7, 50.3), code="26464-8") == "39.7-50.3 10*3/uL"


@pytest.mark.parametrize(
    ("sent", "said"),
    [(span(0, 0), "0-0 10*3/uL"), (span(7.7, 1.8), "7.7-1.8 10*3/uL"), (span(1.8, 1.8), "1.8-1.8 10*3/uL"),
     (span(1800, 7700, "/uL"), "1800-7700 /uL"), (span(1.8, 7.7, "mmol/L"), "1.8-7.7 mmol/L"),
     ({"text": "1.8 to 7.7"}, "1.8 to 7.7"),
     (span(1.8, 7.7, type={"coding": [{"code": "therapeutic"}]}), "1.8-7.7 10*3/uL"),
     (span(1.8, 7.7, appliesTo=[RACE]), "1.8-7.7 10*3/uL"),
     (span(1.8, 7.7, appliesTo=[{"text": "African American"}]), "1.8-7.7 10*3/uL"),
     (span(1.8, 7.7, age={"high": quantity(18, "a")}), "1.8-7.7 10*3/uL")],
)  # fmt: skip
def test_a_range_that_cannot_be_believed_is_ignored_and_said(sent: Json, said: str) -> None:
    assert low_limit(sent) == said


def test_a_range_without_a_lower_end_is_no_fault() -> None:
    assert low_limit({"high": quantity(0.21)}, code="704-7") is None
    assert low_limit({}) is None


def test_a_range_for_a_sex_and_a_normal_range_are_used() -> None:
    assert low_limit(span(1.8, 7.7, appliesTo=[FEMALE])) == number("1.8")
    assert low_limit(span(1.8, 7.7, type={"coding": [{"code": "normal"}]})) == number("1.8")
    assert low_limit(span(1.8, 7.7, age={"low": quantity(18, "a")})) == number("1.8")


def test_of_several_ranges_the_lowest_believable_limit_counts() -> None:
    assert low_limit(span(2.0, 7.7, appliesTo=[FEMALE]), span(1.5, 7.0), span(0.1, 7.0)) == number("1.5")
    assert low_limit(span(1.8, 7.7), span(1.2, 7.0, appliesTo=[RACE])) == number("1.8")


def test_an_adult_s_limit_on_a_small_child_is_not_believed() -> None:
    """The white cell limit of a child of four is 5.0; a printed 4.0 is an adult's."""
    assert low_limit(span(4.0, 10), code="6690-2", born="2022-06-01") == "4.0-10 10*3/uL"
    assert low_limit(span(5.0, 15), code="6690-2", born="2022-06-01") == number("5.0")
    assert low_limit(span(4.0, 10), code="6690-2", born="2012-06-01") == number("4.0")


def test_a_high_limit_is_believed_on_a_child_only() -> None:
    assert low_limit(span(9.0, 30), code="6690-2", born="2026-11-19") == number("9.0")
    assert low_limit(span(9.0, 30), code="6690-2") == "9.0-30 10*3/uL"


def test_the_age_at_the_specimen_decides() -> None:
    child = PATIENT | {"birthDate": "2006-01-01"}
    then = result("6690-2", 4, effectiveDateTime="2010-01-01T08:00:00Z", referenceRange=[span(4.0, 10)])

    assert [gap.kind for gap in read(child, then).facts.gaps] == [GapKind.RANGE_IGNORED]


def test_without_an_age_no_range_for_an_age_is_used_and_nobody_is_a_child() -> None:
    for_adults = result(value=4, referenceRange=[span(1.8, 7.7, age={"low": quantity(18, "a")})])

    assert read(for_adults).facts.counts[0].reference_low is None
    assert read(result("6690-2", 4, referenceRange=[span(4.0)])).facts.counts[0].reference_low == 4


def test_a_lone_range_that_is_no_list_is_read() -> None:
    assert read(result(value=4, referenceRange=span(1.8, 7.7))).facts.counts[0].reference_low == number("1.8")


@pytest.mark.parametrize(("oldest", "limit"), [(-1, None), (0, "1.8")])
def test_a_range_holds_through_its_last_day(oldest: int, limit: str | None) -> None:
    born = date(1976, 5, 1)
    days = (date(2026, 11, 20) - born).days + oldest
    sent = result(value=4, referenceRange=[span(1.8, 7.7, age={"high": quantity(days, "d")})],
                  effectiveDateTime="2026-11-20T08:00:00Z")  # fmt: skip
    (read_count,) = read(PATIENT, sent).facts.counts

    assert read_count.reference_low == (number(limit) if limit else None)
