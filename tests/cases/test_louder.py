"""More danger never speaks more softly: lower counts, higher temperatures, less knowledge."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cases.asking import Answer, ask
from tests.cases.comparing import loudness
from tests.cases.patients import DIFFERENTIAL, Case, Medicine, Result, cases, hundredths, medicines
from tests.cases.requests import ALC, ANC, BASO, EOS, WBC, condition, draft, observation, prefetch_of

STEPS = ["4.0", "2.0", "1.6", "1.5", "1.49", "1.2", "1.0", "0.99", "0.7", "0.5", "0.49", "0.2", "0.1"]
STEPS += ["0.09", "0"]


def answer_to(case: Case) -> Answer:
    return ask(case.hook, *case.entries(), drafts=case.drafts())


def with_neutrophils(case: Case, value: str) -> Case:
    """The same patient with this neutrophil count and a plain total today."""
    earlier = [result for result in case.results if result.days > 0]
    return case.with_results(*earlier, Result(WBC, "8.0"), Result(ANC, value))


# --- a lower count --------------------------------------------------------------------------------------


@given(cases(duffy=False))
def test_a_lower_neutrophil_count_never_speaks_more_softly(case: Case) -> None:
    heard = [loudness(answer_to(with_neutrophils(case, value))) for value in STEPS]

    assert heard == sorted(heard), dict(zip(STEPS, heard, strict=True))


@given(
    st.lists(hundredths(5, 450), min_size=1, max_size=3),
    medicines(),
    st.sampled_from(("order-sign", "patient-view")),
)
def test_nor_after_any_course(earlier: list[str], taken: tuple[Medicine, ...], hook: str) -> None:
    """The days before are what makes a count new, steep or recovering."""
    before = tuple(Result(ANC, value, days) for days, value in zip((3, 9, 25), earlier, strict=False))
    case = Case(hook, before, taken, (draft("10582", "levothyroxine"),))
    heard = [loudness(answer_to(with_neutrophils(case, value))) for value in STEPS]

    assert heard == sorted(heard), dict(zip(STEPS, heard, strict=True))


def test_a_count_that_recovers_is_no_louder_when_higher() -> None:
    """Normal 12 days ago, 0.3 and 0.6 since: 1.2 today is better than 0.8 today."""
    course = [
        observation(ANC, "4.1", when="2026-11-08T08:00:00Z"),
        observation(ANC, "0.3", when="2026-11-13T08:00:00Z"),
        observation(ANC, "0.6", when="2026-11-17T08:00:00Z"),
    ]
    higher = ask("patient-view", *course, observation(ANC, "1.2"))
    lower = ask("patient-view", *course, observation(ANC, "0.8"))

    assert loudness(higher) <= loudness(lower)


def test_a_warning_is_not_dropped_for_information() -> None:
    """Three cards of information and a contradiction: no more than three cards are shown."""
    results = [observation(WBC, "2.2"), observation(ANC, "1.2"), observation(ALC, "2.6")]
    answer = ask("patient-view", *results, condition("55464009", text="Lupus"))
    alone = ask("patient-view", *results)

    assert alone.highest == "warning"
    assert answer.highest == "warning"


@given(cases(), st.sampled_from((EOS, BASO)), st.sampled_from(("0", "0.00", "0.01", "0.02")))
def test_low_eosinophils_or_basophils_add_nothing(case: Case, loinc: str, value: str) -> None:
    others = [result for result in case.results if result.loinc != loinc and not _is_empty(result)]
    without = answer_to(case.with_results(*others))
    added = answer_to(case.with_results(*others, Result(loinc, value)))

    assert (added.topics, added.highest) == (without.topics, without.highest)


def _is_empty(result: Result) -> bool:
    """A total of nothing contradicts any cell beside it."""
    return result.loinc == WBC and Decimal(result.value) < 1


# --- fever -----------------------------------------------------------------------------------------------


@given(cases(duffy=False), hundredths(0, 50))
def test_fever_is_always_the_first_card(case: Case, neutrophils: str) -> None:
    feverish = replace(with_neutrophils(case, neutrophils), celsius="38.0")
    answer = answer_to(feverish)

    assert answer.highest == "critical"
    assert answer.topics[0] == "leukoFever"


# --- less knowledge -------------------------------------------------------------------------------------

_REASSURANCE = re.compile(
    r"no neutropenia|no low (?:count|neutrophils)|(?:neutrophils|anc) \d[\d.]* x"
    r"|(?:neutrophils|anc)\W{1,3}(?:are |is )?(?:normal|not low|fine)",
    re.IGNORECASE,
)


@given(cases())
def test_without_a_differential_nothing_is_said_of_the_neutrophils(case: Case) -> None:
    totals = case.with_results(*(each for each in case.results if each.loinc not in DIFFERENTIAL))
    counts = "leukoLowCount", "leukoFever", "leukoPrecautions", "leukoDataQuality"

    assert not _REASSURANCE.findall(answer_to(totals).about(*counts))


@given(cases(duffy=False), hundredths(0, 49), hundredths(400, 1200), st.sampled_from((1, 2, 3)))
def test_a_newer_total_never_silences_severe_neutropenia(
    case: Case, neutrophils: str, total: str, days: int
) -> None:
    seen = case.with_results(Result(ANC, neutrophils, days), Result(WBC, total))
    answer = answer_to(seen)

    assert loudness(answer) >= 2
    assert answer.tier("neutrophils") in ("severe", "profound")
    assert not answer.lacks("no differential")


@given(cases())
def test_a_total_bounds_the_neutrophils_of_its_own_draw_only(case: Case) -> None:
    """What an older total proved says nothing of today."""
    totals = [result for result in case.results if result.loinc == WBC]
    answer = answer_to(case.with_results(*totals))
    newest = min(totals, key=lambda result: result.days, default=None)
    bounds = [each for each in answer.counts() if each["line"] == "neutrophils"]

    assert all(newest is not None and Decimal(each["value"]) == Decimal(newest.value) for each in bounds)


def test_a_normal_total_ends_what_an_older_low_one_proved() -> None:
    older = observation(WBC, "0.8", when="2026-10-21T08:00:00Z")
    answer = ask("patient-view", older, observation(WBC, "4.2"))

    assert answer.counts() == []
    assert answer.cards == ()


@pytest.mark.parametrize("hook", ["order-sign", "patient-view"])
def test_medicines_that_were_not_sent_are_not_passed_over(hook: str) -> None:
    """That nobody could look for a drug is said wherever a severe count is shown."""
    sent = prefetch_of([observation(ANC, "0.3", id="o1")])
    del sent["medications"]
    answer = ask(hook, drafts=[draft("10582", "levothyroxine")], prefetch=sent)

    assert answer.highest == "critical"
    assert answer.has("medications were not supplied", "medications")


@pytest.mark.parametrize("hook", ["order-sign", "patient-view"])
def test_nor_are_medicines_that_could_not_be_fetched(hook: str) -> None:
    failed = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "timeout"}]}
    sent = prefetch_of([observation(ANC, "0.3", id="o1")]) | {"medications": failed}
    answer = ask(hook, drafts=[draft("10582", "levothyroxine")], prefetch=sent)

    assert answer.highest == "critical"
    assert answer.has("medications could not be fetched", "medications")
