"""The load proof can fail: it notices a stranger's value, an empty answer, and growth."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from itertools import combinations

import pytest

from bench.load import HOOKS, PATIENTS, build_calls, judge, slope

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
CALLS = build_calls(NOW)


def test_every_patient_is_asked_for_at_every_hook_and_none_shares_a_count() -> None:
    owned = {call.own for call in CALLS}

    assert PATIENTS * len(HOOKS) == len(CALLS)
    assert PATIENTS == len(owned)
    assert not [pair for pair in combinations(owned, 2) if pair[0] & pair[1]]


def test_the_counts_travel_as_they_will_be_shown() -> None:
    call = CALLS[0]
    results = json.loads(call.request.partition(b"\r\n\r\n")[2])["prefetch"]["counts-total"]["entry"]

    assert call.own == {str(entry["resource"]["valueQuantity"]["value"]) for entry in results}


def test_an_answer_is_right_with_the_patients_own_counts_alone() -> None:
    call = CALLS[0]
    other = next(each for each in CALLS if each.own != call.own)
    own, stranger = min(call.own), min(other.own)

    assert call.hook == judge(call, f"ANC {own} (20 Nov 2026), knowledge 2026.11.0".encode())
    assert "wrong: another patient's value" == judge(call, f"ANC {own}, was {stranger}".encode())
    assert "wrong: nothing of its own patient" == judge(call, b'{"cards": []}')


@pytest.mark.parametrize(("grown", "expected"), [(0.0, 0.0), (6.0, 6.0)])
def test_growth_is_told_per_minute(grown: float, expected: float) -> None:
    samples = [(float(second), 100.0 + grown * second / 60) for second in range(120)]

    assert slope(samples) == pytest.approx(expected)
