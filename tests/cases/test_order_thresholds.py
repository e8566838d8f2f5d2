"""Limits that a label, a policy or a vaccine sets for one order: at, one cell below, one cell above."""

from __future__ import annotations

from decimal import Decimal

import pytest

from cds.facts import CellLine
from tests.cases.asking import Answer, ask
from tests.cases.patients import ordered, taking
from tests.cases.requests import (
    ALC,
    ANC,
    WBC,
    Json,
    ago,
    condition,
    draft_vaccine,
    duffy_null,
    knowledge,
    observation,
)

LOINC_OF = {CellLine.NEUTROPHILS: ANC, CellLine.LYMPHOCYTES: ALC, CellLine.LEUKOCYTES: WBC}


def ordering(drug: str, *entries: Json, policy: str = "us-label") -> Answer:
    return ask("order-sign", *entries, drafts=[ordered(drug)], policy=policy)


def per_ul(loinc: str, value: Decimal | int) -> Json:
    return observation(loinc, f"{value:f}" if isinstance(value, Decimal) else str(value), "/uL")


def crosses(answer: Answer, drug: str) -> bool:
    return (drug, "label-limit") in answer.risks()


# --- labels ---------------------------------------------------------------------------------------------

PINNED = [
    ("azathioprine", ANC, 1600),
    ("azathioprine", WBC, 3500),
    ("methotrexate", ANC, 1600),
    ("deferiprone", ANC, 1500),
    ("ganciclovir", ANC, 500),
    ("baricitinib", ALC, 500),
    ("fingolimod", ALC, 200),
    ("dimethyl-fumarate", ALC, 500),
    ("paclitaxel", ANC, 1500),
    ("tocilizumab", ANC, 2000),
    ("ticlopidine", ANC, 1200),
    ("carboplatin", ANC, 1500),
]


@pytest.mark.parametrize(("drug", "loinc", "limit"), PINNED)
def test_the_limit_of_a_label_is_strict(drug: str, loinc: str, limit: int) -> None:
    assert not crosses(ordering(drug, per_ul(loinc, limit)), drug)
    assert not crosses(ordering(drug, per_ul(loinc, limit + 1)), drug)
    assert crosses(ordering(drug, per_ul(loinc, limit - 1)), drug)


def _highest_limits() -> list[tuple[str, CellLine, Decimal]]:
    """For each drug with limits and each line, the one that a first order meets first."""
    found = []
    for drug in sorted(knowledge().drugs.values(), key=lambda each: each.id):
        limits = drug.limits
        if limits is None or drug.id == "clozapine":
            continue
        by_line = {
            CellLine.NEUTROPHILS: (
                limits.stop_neutrophils_below_per_ul,
                limits.hold_neutrophils_below_per_ul,
                limits.do_not_start_neutrophils_per_ul,
            ),
            CellLine.LYMPHOCYTES: (
                limits.hold_lymphocytes_below_per_ul,
                limits.do_not_start_lymphocytes_per_ul,
            ),
            CellLine.LEUKOCYTES: (limits.hold_leukocytes_below_per_ul,),
        }
        for line, values in by_line.items():
            stated = [value for value in values if value is not None]
            if stated:
                found.append((drug.id, line, max(stated)))
    return found


@pytest.mark.parametrize(("drug", "line", "limit"), _highest_limits())
def test_every_limit_of_the_knowledge_reaches_the_card(drug: str, line: CellLine, limit: Decimal) -> None:
    loinc = LOINC_OF[line]
    limits = knowledge().drugs[drug].limits
    at_it_too = limits is not None and limits.at_or_below
    below = ordering(drug, per_ul(loinc, limit - 1))

    assert not crosses(ordering(drug, per_ul(loinc, limit + 1)), drug)
    assert crosses(ordering(drug, per_ul(loinc, limit)), drug) is at_it_too
    assert crosses(below, drug)
    assert below.highest in ("warning", "critical")
    assert f"{limit:f} /uL" in below.about("leukoOrderRisk").replace(",", "")


def test_what_is_taken_already_is_not_started_but_may_be_held() -> None:
    """Tocilizumab: not started below 2,000, held below 1,000."""
    taken = taking("tocilizumab", "2026-03-01")

    assert crosses(ordering("tocilizumab", per_ul(ANC, 1500)), "tocilizumab")
    assert not crosses(ordering("tocilizumab", per_ul(ANC, 1500), taken), "tocilizumab")
    assert crosses(ordering("tocilizumab", per_ul(ANC, 999), taken), "tocilizumab")


@pytest.mark.parametrize(
    ("drug", "limit"), [("terbinafine", 1000), ("ceftaroline", 1500), ("cabazitaxel", 1500)]
)
def test_at_the_limit_itself_where_the_source_says_or_less(drug: str, limit: int) -> None:
    before = (ordered(drug), taking(drug, "2026-10-20"))
    counts = {value: per_ul(ANC, value) for value in (limit - 1, limit, limit + 1)}
    answers = {
        value: ask("order-sign", count, before[1], drafts=[before[0]]) for value, count in counts.items()
    }

    assert [crosses(answer, drug) for answer in answers.values()] == [True, True, False]
    assert not answers[limit].lacks("hold at or below")


@pytest.mark.parametrize(("alc", "crossed"), [(150, True), (600, True), (799, True), (800, False)])
def test_a_second_year_of_cladribine_is_not_started_below_800_lymphocytes(alc: int, crossed: bool) -> None:
    """The label has no count at which a course under way is held."""
    last_year = taking("cladribine", "2025-11-20", status="completed")
    answer = ordering("cladribine", per_ul(ALC, alc), last_year)

    assert crosses(answer, "cladribine") is crossed
    assert ("do not start below lymphocytes 0.8" in answer.text) is crossed
    assert not answer.has("hold below")


# --- clozapine ------------------------------------------------------------------------------------------

BANDS = {
    ("us-label", False): "1500 none, 1499 warning, 1000 warning, 999 warning, 500 warning, 499 critical",
    ("us-label", True): "1000 none, 999 warning, 500 warning, 499 critical",
    ("eu-2025", False): "1500 none, 1499 warning, 1000 warning, 999 warning, 500 warning, 499 critical",
    ("eu-2025", True): "1000 none, 999 warning, 500 warning, 499 critical",
    ("uk", False): "2000 none, 1999 warning, 1500 warning, 1499 warning, 500 warning, 499 critical",
    ("uk", True): "1500 none, 1499 warning, 1000 warning, 999 warning, 500 warning, 499 critical",
}
WORDS = {
    ("us-label", False): "1499 continues, 1000 continues, 999 interrupted, 500 interrupted, 499 interrupted",
    ("us-label", True): "999 continues, 500 continues, 499 interrupted",
}


def rows(table: dict[tuple[str, bool], str]) -> list[tuple[str, bool, int, str]]:
    return [
        (policy, duffy, int(row.split()[0]), row.split()[1])
        for (policy, duffy), listed in table.items()
        for row in listed.split(", ")
    ]


def refill(policy: str, duffy: bool, anc: int) -> Answer:
    taken = taking("clozapine", "2026-01-10")
    known = [duffy_null()] if duffy else []
    return ordering("clozapine", per_ul(ANC, anc), taken, *known, policy=policy)


@pytest.mark.parametrize(("policy", "duffy", "anc", "expected"), rows(BANDS))
def test_the_bands_of_clozapine(policy: str, duffy: bool, anc: int, expected: str) -> None:
    answer = refill(policy, duffy, anc)

    assert crosses(answer, "clozapine") is (expected != "none")
    if expected != "none":
        assert answer.card("leukoOrderRisk")["indicator"] == expected
        assert policy in answer.about("leukoOrderRisk")


@pytest.mark.parametrize(("policy", "duffy", "anc", "word"), rows(WORDS))
def test_and_what_they_say(policy: str, duffy: bool, anc: int, word: str) -> None:
    assert not refill(policy, duffy, anc).lacks(word)


@pytest.mark.parametrize(("days", "due"), [(16, False), (17, False), (18, True)])
def test_a_count_every_second_week_with_three_days_of_grace(days: int, due: bool) -> None:
    """From half a year to a year on clozapine."""
    taken = taking("clozapine", "2026-01-10")
    last = observation(ANC, "4.2", when=ago(days, "12:00"))

    assert ("leukoMonitoring" in ordering("clozapine", last, taken).topics) is due


# --- live vaccines --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("loinc", "value", "expected"),
    [
        (ANC, 500, False),
        (ANC, 499, True),
        (ALC, 500, False),
        (ALC, 499, True),
        ("24467-3", 200, False),
        ("24467-3", 199, True),
    ],
)
def test_live_vaccines_and_the_count_alone(loinc: str, value: int, expected: bool) -> None:
    answer = ask("order-sign", per_ul(loinc, value), drafts=[draft_vaccine("03", "MMR")])

    assert ("leukoLiveVaccine" in answer.topics) is expected
    if expected:
        assert answer.card("leukoLiveVaccine")["indicator"] == "critical"


@pytest.mark.parametrize(
    ("drug", "loinc", "limit"),
    [("methotrexate", ANC, 1600), ("methotrexate", WBC, 3500), ("cladribine", ALC, 800)],
)
@pytest.mark.parametrize(("disease", "holds"), [("93143009", False), ("69896004", True)])
def test_a_limit_made_for_another_disease_holds_no_chemotherapy(
    drug: str, loinc: str, limit: int, disease: str, holds: bool
) -> None:
    """93143009 is leukaemia, 69896004 rheumatoid arthritis."""
    answer = ordering(drug, per_ul(loinc, limit - 1), condition(disease, text="as recorded"))

    assert crosses(answer, drug) is holds
