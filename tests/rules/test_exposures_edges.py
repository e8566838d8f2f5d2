"""Requests that follow each other are one exposure, which ends with the last of them."""

from __future__ import annotations

import pytest

from cds.findings import Occasion, Standing
from tests.rules.charts import ago, assessed, count, suspect, taking


@pytest.mark.parametrize("reverse", [False, True])
def test_an_exposure_of_several_requests_ends_with_the_last(reverse: bool) -> None:
    requests = [
        taking("methimazole", 40, until=25, status="stopped"),
        taking("methimazole", 20, until=2, status="stopped"),
    ]
    assessment = assessed(
        count("neutrophils", "0.3", 1),
        count("neutrophils", "4.0", 60),
        *(reversed(requests) if reverse else requests),
        occasion=Occasion.PATIENT_VIEW,
    )
    found = suspect(assessment, "methimazole")

    assert found is not None
    assert found.standing is Standing.LEADING
    assert (found.since, found.stopped) == (ago(40), ago(2))


def test_a_request_that_ends_first_though_it_began_last_ends_nothing() -> None:
    assessment = assessed(
        count("neutrophils", "0.3", 1),
        count("neutrophils", "4.0", 60),
        taking("methimazole", 40, until=2, status="stopped"),
        taking("methimazole", 35, until=25, status="stopped"),
        occasion=Occasion.PATIENT_VIEW,
    )
    found = suspect(assessment, "methimazole")

    assert found is not None
    assert found.stopped == ago(2)
