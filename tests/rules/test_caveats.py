"""Gaps: which of them mean that nobody looked at the medicines, and which only concern one of them."""

from __future__ import annotations

import pytest

from cds.facts import Gap, GapKind
from cds.findings import Caveat, Topic
from cds.rules.caveats import medicines_unchecked
from tests.rules.charts import ago, assessed, count, draft

COULD_NOT_LOOK = {GapKind.NOT_SUPPLIED, GapKind.FAILED, GapKind.INCOMPLETE}


@pytest.mark.parametrize("kind", GapKind)
def test_medicines_are_unchecked_only_where_some_of_them_never_came(kind: GapKind) -> None:
    """One that is matched by its name, or broken, was looked at: the others were checked."""
    assert medicines_unchecked([Caveat(kind, "medications")]) is (kind in COULD_NOT_LOOK)


@pytest.mark.parametrize("kind", sorted(COULD_NOT_LOOK))
def test_conditions_that_never_came_are_no_unchecked_medicines(kind: GapKind) -> None:
    assert not medicines_unchecked([Caveat(kind, "conditions")])


@pytest.mark.parametrize(
    ("kind", "reasons"),
    [
        (GapKind.NOT_SUPPLIED, ("medications-not-checked",)),
        (GapKind.UNRECOGNISED_MEDICATION, ()),
        (GapKind.MATCHED_BY_NAME, ()),
    ],
)
def test_a_medicine_that_was_looked_at_draws_no_card_of_its_own(
    kind: GapKind, reasons: tuple[str, ...]
) -> None:
    decision = assessed(
        count("neutrophils", "1.4"), draft("paracetamol"), gaps=(Gap(kind, "medications"),)
    ).decision(Topic.DATA_QUALITY)

    assert (decision.reasons if decision.urgency is not None else ()) == reasons


@pytest.mark.parametrize(("hours", "may_hide"), [(0, False), (1, True)])
def test_what_could_not_be_read_hides_something_only_if_it_is_newer_than_what_could(
    hours: float, may_hide: bool
) -> None:
    unread = Gap(GapKind.UNREADABLE_VALUE, "neutrophils", "Observation/o1", measured=ago(0.5 - hours / 24))
    found = assessed(count("neutrophils", "4.0", 0.5), gaps=(unread,)).caveats

    assert [each.may_hide for each in found if each.kind == GapKind.UNREADABLE_VALUE] == [may_hide]


def test_of_many_values_three_are_quoted_and_all_are_counted() -> None:
    unread = [Gap(GapKind.UNREADABLE_VALUE, "neutrophils", f"Observation/o{i}", f"see {i}") for i in range(5)]
    (found,) = (
        each for each in assessed(gaps=tuple(unread)).caveats if each.kind == GapKind.UNREADABLE_VALUE
    )

    assert (found.detail, found.count, len(found.references)) == ("see 0; see 1; see 2", 5, 5)
