"""Ages as the readers and the rules count them: the same way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from cds.facts import CellCount, CellLine, Patient, PatientFacts, When
from cds.readers.age import Ages
from cds.readers.moments import read_moment
from cds.rules.chart import open_chart
from cds.rules.lower_limits import age_in_days
from tests.rules.charts import knowledge

NOW = datetime(2028, 6, 1, 12, tzinfo=UTC)
ADULT = knowledge().limits.adult_from_days


def moment(text: str) -> When:
    read = read_moment(text)
    assert read is not None
    return read


def ages(born: str) -> tuple[Patient, Ages]:
    patient = Patient(moment(born))
    return patient, Ages(patient, ADULT, NOW)


@pytest.mark.parametrize(
    ("born", "drawn", "days"),
    [
        ("2010", "2028-06-01T08:00:00Z", 6362),
        ("2010-06", "2028-06-10T08:00:00Z", 6555),
        ("2028-05-04", "2028-05-05T06:00:00+09:00", 1),
        ("2028-05-04", "2028-05-03", 0),
    ],
)
def test_one_specimen_has_one_age(born: str, drawn: str, days: int) -> None:
    patient, read = ages(born)
    count = CellCount(CellLine.NEUTROPHILS, Decimal(1), moment(drawn), "")
    chart = open_chart(PatientFacts(NOW, patient), knowledge(), "us-label")

    assert (read.days(count.measured), age_in_days(count, chart)) == (days, days)


@pytest.mark.parametrize(("before", "child"), [(1, True), (0, False)])
def test_of_age_on_the_day_itself(before: int, child: bool) -> None:
    _, read = ages((NOW - timedelta(days=ADULT)).date().isoformat())
    drawn = (NOW - timedelta(days=before)).date().isoformat()

    assert read.is_child(moment(drawn)) is child
    assert not read.is_child(None)


def test_who_may_have_been_born_later_in_the_year_may_be_a_child() -> None:
    _, read = ages(str(NOW.year - 18))

    assert read.is_child(moment("2028-06-01"))


def test_without_a_date_of_birth_nobody_is_a_child() -> None:
    read = Ages(Patient(), ADULT, NOW)

    assert (read.days(None), read.is_child(None)) == (None, False)
