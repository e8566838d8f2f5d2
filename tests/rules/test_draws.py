"""Results are put together by specimen, else by report, else by time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds.facts import CellCount, CellLine, Precision, ResultStatus, When
from cds.knowledge.load import load_knowledge
from cds.rules.draws import Draw, by_trust, group_draws

LIMITS = load_knowledge().limits.consistency
START = datetime(2026, 11, 20, 8, tzinfo=UTC)
_TIMES = (START, START + timedelta(minutes=1), START + timedelta(hours=1))
MOMENTS = [When(at, at, at.date()) for at in _TIMES]
_NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
YEAR = When(_NEW_YEAR, _NEW_YEAR + timedelta(days=364), date(2026, 1, 1), Precision.YEAR)

moments = st.sampled_from([None, YEAR, *MOMENTS])
draws = st.sampled_from(["", "specimen:Specimen/a@2026-11-20", "specimen:Specimen/b@2026-11-20", "report:r"])
counts = st.builds(
    CellCount,
    line=st.sampled_from([CellLine.NEUTROPHILS, CellLine.LEUKOCYTES]),
    value=st.sampled_from([Decimal(1), Decimal(2)]),
    measured=moments,
    reported=st.just(""),
    draw=draws,
)


@given(st.lists(counts, max_size=8))
def test_it_does_not_matter_whether_moments_are_one_object_or_equal(sent: list[CellCount]) -> None:
    """The short way for results that stand side by side goes where the long way goes."""
    apart = [_with_its_own_moment(count) for count in sent]

    assert group_draws(tuple(sent), (), LIMITS) == group_draws(tuple(apart), (), LIMITS)


def test_results_dated_to_a_year_are_no_draw() -> None:
    total, neutrophils = count(CellLine.LEUKOCYTES, YEAR), count(CellLine.NEUTROPHILS, YEAR)

    assert len(group_draws((total, neutrophils), (), LIMITS)) == 2


def test_results_of_one_moment_are_one_draw() -> None:
    total, neutrophils = count(CellLine.LEUKOCYTES, MOMENTS[0]), count(CellLine.NEUTROPHILS, MOMENTS[0])

    assert len(group_draws((total, neutrophils), (), LIMITS)) == 1


def test_two_specimens_of_one_moment_are_two_draws() -> None:
    one = count(CellLine.LEUKOCYTES, MOMENTS[0], "specimen:a")
    other = count(CellLine.NEUTROPHILS, MOMENTS[0], "specimen:b")

    assert len(group_draws((one, other), (), LIMITS)) == 2


@pytest.mark.parametrize("worse", [ResultStatus.PRELIMINARY, ResultStatus.UNKNOWN])
@pytest.mark.parametrize("value", ["0.9", "1.4", "1.9"])
def test_a_final_result_beside_a_less_certain_one_is_a_version_of_it_and_no_second_reading(
    worse: ResultStatus, value: str
) -> None:
    final = neutrophils("1.4", ResultStatus.FINAL)

    for sent in ((final, neutrophils(value, worse)), (neutrophils(value, worse), final)):
        draw = settled(*sent)
        assert (draw.counts[CellLine.NEUTROPHILS], draw.disagreeing) == (final, ())


@pytest.mark.parametrize("status", ResultStatus)
def test_two_numbers_of_one_status_are_two_readings_of_which_the_lower_counts(status: ResultStatus) -> None:
    lower, higher = neutrophils("0.9", status), neutrophils("1.4", status)

    for sent in ((lower, higher), (higher, lower)):
        draw = settled(*sent)
        assert (draw.counts[CellLine.NEUTROPHILS], draw.disagreeing) == (lower, (higher,))


def test_the_same_number_twice_is_one_reading() -> None:
    same = neutrophils("0.9", ResultStatus.FINAL)

    assert settled(same, same._replace(references=("Observation/copy",))).disagreeing == ()


def settled(*sent: CellCount) -> Draw:
    (draw,) = group_draws(sent, (), LIMITS)
    return draw.settle()


def neutrophils(value: str, status: ResultStatus) -> CellCount:
    return CellCount(CellLine.NEUTROPHILS, Decimal(value), MOMENTS[0], "", status=status, draw="specimen:a")


def count(line: CellLine, measured: When | None, draw: str = "") -> CellCount:
    return CellCount(line, Decimal(1), measured, "", draw=draw)


def _with_its_own_moment(sent: CellCount) -> CellCount:
    measured = sent.measured
    if measured is not None:
        measured = When(measured.earliest, measured.latest, measured.day, measured.precision)
    return sent._replace(measured=measured)


def test_a_result_of_unknown_status_is_trusted_more_than_a_preliminary_one() -> None:
    lower = count(CellLine.NEUTROPHILS, None)
    preliminary = lower._replace(value=Decimal("0.4"), status=ResultStatus.PRELIMINARY)
    unknown = lower._replace(status=ResultStatus.UNKNOWN)

    assert by_trust((preliminary, unknown)) == [unknown, preliminary]
