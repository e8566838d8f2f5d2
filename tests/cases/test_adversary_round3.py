"""A third round at the clinic: fevers that come and go, first doses of clozapine, days at the date line,
what nobody could look at, and what two cards said of one another's drugs."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cases.asking import Answer, ask
from tests.cases.by_name import anc, child_born, ordering, taking
from tests.cases.requests import (
    ANC,
    ATC,
    ICD10CM,
    SNOMED,
    TODAY,
    WBC,
    Json,
    ago,
    bundle,
    condition,
    draft,
    draft_vaccine,
    duffy_null,
    medication_request,
    named,
    observation,
    percent,
    prefetch_of,
    temperature,
)

MMR = draft_vaccine("03", "MMR")
AGRANULOCYTOSIS, HIV, CYCLIC = "17182001", "86406008", "D70.4"


def removals(answer: Answer) -> set[str]:
    """What one click would take away."""
    return {
        offer["label"]
        for card in answer.cards
        for offer in card.get("suggestions", [])
        if any(action["type"] == "delete" for action in offer["actions"])
    }


# --- a fever that was and is gone -----------------------------------------------------------------------


def test_an_earlier_fever_of_the_day_stands_on_the_card_of_the_count(neutral: Json) -> None:
    hot, cool = temperature("39.4", ago(0, "06:00")), temperature("36.9", ago(0, "11:00"))
    answer = ask("order-sign", anc("0.1"), taking("docetaxel", 8), hot, cool, drafts=[neutral])
    count = answer.card("leukoLowCount")

    assert "leukoFever" not in answer.topics  # the newest reading is none
    assert "Fever: 39.4 °C" in count["summary"]
    assert not answer.lacks("Highest temperature of the last day: 39.4 °C", "febrile-neutropenia pathway")


def test_a_fever_of_the_day_before_yesterday_does_not(neutral: Json) -> None:
    hot = temperature("39.4", ago(1, "11:59"))
    answer = ask("order-sign", anc("0.1"), taking("docetaxel", 8), hot, drafts=[neutral])

    assert not answer.has("39.4")


@pytest.mark.parametrize(("celsius", "said"), [("38.0", True), ("37.9", False)])
def test_no_fever_is_called_one(celsius: str, said: bool, neutral: Json) -> None:
    answer = ask("order-sign", anc("0.7"), temperature(celsius), drafts=[neutral])

    assert (f"Fever: {celsius} °C" in answer.card("leukoLowCount")["summary"]) is said


@pytest.mark.parametrize("whole_day", ["36.6", "39.4"])
def test_of_readings_whose_order_nobody_knows_the_higher_counts(whole_day: str, neutral: Json) -> None:
    dated, timed = {"36.6": ("36.6", "39.4"), "39.4": ("39.4", "36.6")}[whole_day]
    readings = temperature(dated, "2026-11-20"), temperature(timed, ago(0, "11:00"))
    answer = ask("order-sign", anc("0.3"), *readings, drafts=[neutral])

    assert answer.topics[:1] == ["leukoFever"]


# --- a fever, and no count ------------------------------------------------------------------------------

RECORDED = {
    "agranulocytosis": (AGRANULOCYTOSIS, SNOMED),
    "neutropenia after chemotherapy": ("D70.1", ICD10CM),
    "an encounter for chemotherapy": ("Z51.11", ICD10CM),
    "drug-induced": ("D70.2", ICD10CM),
}


@pytest.mark.parametrize(("code", "system"), RECORDED.values(), ids=RECORDED)
@pytest.mark.parametrize(("recorded", "met"), [("2026-10-09", True), ("2026-10-08", False)])
def test_a_new_record_of_low_neutrophils_counts_as_a_dose_does(
    code: str, system: str, recorded: str, met: bool, neutral: Json
) -> None:
    known = condition(code, system, recorded=recorded)
    answer = ask("order-sign", temperature("39.1"), known, drafts=[neutral])

    assert (answer.topics[:1] == ["leukoFever"]) is met
    if met:
        assert not answer.lacks("ANC unknown", "9 Oct", "treat as possible neutropenic fever")


def test_a_count_after_the_record_settles_it_and_one_before_does_not(neutral: Json) -> None:
    known = condition(AGRANULOCYTOSIS, recorded="2026-11-18")

    def topics(count: Json) -> list[str]:
        return ask("order-sign", temperature("39.1"), known, count, drafts=[neutral]).topics

    assert topics(anc("3.1", 1)) == []
    assert topics(anc("3.1", 3))[:1] == ["leukoFever"]
    assert topics(anc("0.8", 3))[:1] != []


@pytest.mark.parametrize("code", [("D72.810", ICD10CM), ("I10", ICD10CM), ("Z92.3", ICD10CM)])
def test_other_records_do_not(code: tuple[str, str], neutral: Json) -> None:
    known = condition(*code, recorded="2026-11-18")

    assert not ask("order-sign", temperature("39.1"), known, drafts=[neutral]).cards


# --- clozapine ------------------------------------------------------------------------------------------

FIRST_DOSE = {
    ("us-label", False): ("1499", "1.5", "1500"),
    ("us-label", True): ("999", "1.0", "1000"),
    ("eu-2025", False): ("1499", "1.5", "1500"),
    ("uk", False): ("1999", "2.0", "2000"),
    ("uk", True): ("1499", "1.5", "1500"),
}


@pytest.mark.parametrize(("policy", "duffy"), FIRST_DOSE)
def test_clozapine_is_not_started_below_the_limit_of_its_policy(policy: str, duffy: bool) -> None:
    below, shown, at = FIRST_DOSE[policy, duffy]
    known = [duffy_null()] if duffy else []

    def first(per_ul: str) -> Answer:
        count = observation(ANC, per_ul, "/uL")
        return ask("order-sign", count, *known, drafts=[ordering("clozapine")], policy=policy)

    answer = first(below)
    assert ("clozapine", "label-limit") in answer.risks()
    assert not answer.lacks(f"do not start below {shown}", "not started")
    assert removals(answer) == {"Remove the draft order: clozapine"}
    assert ("clozapine", "label-limit") not in first(at).risks()


def test_what_is_taken_is_not_started(neutral: Json) -> None:
    taken = taking("clozapine", 400)
    answer = ask("order-sign", anc("1.2"), taken, drafts=[ordering("clozapine")])

    assert not answer.has("do not start")
    assert removals(answer) == set()


@pytest.mark.parametrize(("policy", "own"), [("uk", "UK red result"), ("eu-2025", "EU, ANC 1,000-1,499")])
def test_a_site_reads_the_bands_of_its_own_policy(policy: str, own: str) -> None:
    taken = taking("clozapine", 60)
    answer = ask("patient-view", anc("1.2"), anc("4.0", 62), taken, policy=policy)

    assert not answer.lacks(own, "needs pharmacist review")
    assert not answer.has("US label")


def test_where_the_policy_calls_a_count_normal_nothing_is_taken_away() -> None:
    """One count alone, and the Duffy-null table of the label begins at 1,000."""
    taken = taking("clozapine", 60)
    answer = ask("order-sign", anc("1.1"), duffy_null(), taken, drafts=[ordering("clozapine")])

    assert "leukoOrderRisk" not in answer.topics


def test_duffy_null_excuses_no_fall() -> None:
    taken = taking("carbamazepine", 60)
    answer = ask("patient-view", anc("1.05"), anc("4.0", 70), duffy_null(), taken)

    assert answer.standings() == {"carbamazepine": "leading"}
    assert not answer.has("such a count is usual for this patient")


@pytest.mark.parametrize(("earlier", "expected"), [(["1.3", "1.2"], True), (["1.3"], False), ([], False)])
def test_one_earlier_count_makes_no_baseline(earlier: list[str], expected: bool) -> None:
    before = [anc(value, 100 + 30 * number) for number, value in enumerate(earlier)]
    answer = ask("patient-view", anc("1.1"), *before, duffy_null(), taking("carbamazepine", 60))

    assert ("carbamazepine" not in answer.standings()) is expected
    assert not answer.has("such a count is usual for this patient")


# --- days as they were written --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("drawn", "day"),
    [("2026-11-20T07:00:00+11:00", 10), ("2026-11-19T20:00:00-05:00", 9), ("2026-11-20T08:00:00Z", 10)],
)
def test_days_after_a_dose_are_counted_between_the_dates_that_are_shown(
    drawn: str, day: int, neutral: Json
) -> None:
    dose = taking("docetaxel", 10)
    count = observation(ANC, "0.3", when=drawn)
    answer = ask("order-sign", count, dose, drafts=[neutral])

    assert f"Expected effect of treatment, day {day}." in answer.card("leukoLowCount")["summary"]


def test_what_began_on_the_next_day_came_after_the_fall() -> None:
    """In the evening in New York it is tomorrow in London already."""
    count = observation(ANC, "0.3", when="2026-11-19T20:00:00-05:00")
    begun = medication_request("6835", "methimazole", since="2026-11-20")
    answer = ask("patient-view", count, anc("4.0", 30), begun)

    assert answer.standings() == {}


def test_the_moment_is_shown_where_the_day_is_another_one() -> None:
    count = observation(ANC, "0.3", when="2026-11-20T07:00:00+11:00")

    assert not ask("patient-view", count).lacks("20 Nov 2026 (19 Nov 20:00 UTC)")


# --- suspects and pairs ---------------------------------------------------------------------------------

AS_NEEDED: Json = {"dosageInstruction": [{"asNeededBoolean": True}]}


@pytest.mark.parametrize(
    ("drug", "reaction", "standing"),
    [
        ("metamizole", False, "leading"),
        ("sulfasalazine", False, "possible"),
        ("sulfasalazine", True, "leading"),
    ],
)
def test_one_dose_leads_only_with_metamizole_or_a_known_reaction(
    drug: str, reaction: bool, standing: str
) -> None:
    days = {"metamizole": 5, "sulfasalazine": 30}[drug]
    dose = taking(drug, days, **AS_NEEDED)
    known: list[Json] = [_reaction(drug)] if reaction else []
    answer = ask("patient-view", anc("0.3"), anc("4.0", days + 5), dose, *known)

    assert answer.standings()[drug] == standing


def _reaction(drug: str) -> Json:
    concept: Json = dict(taking(drug, 0)["medicationCodeableConcept"])
    manifestation = {"coding": [{"system": SNOMED, "code": AGRANULOCYTOSIS}], "text": "Agranulocytosis"}
    return {
        "resourceType": "AllergyIntolerance",
        "patient": {"reference": "Patient/p1"},
        "code": concept,
        "reaction": [{"manifestation": [manifestation]}],
    }


def test_the_two_halves_of_one_tablet_are_no_pair() -> None:
    tablet = medication_request("", "zidovudine and lamivudine", since="2026-10-01")
    answer = ask("patient-view", anc("0.7"), anc("4.0", 60), tablet)

    assert answer.standings()
    assert not answer.has("risky pair")


def test_a_relative_is_not_printed_with_the_points_of_the_suspect() -> None:
    taken = taking("propylthiouracil", 40)
    orders = [ordering("propylthiouracil"), ordering("methimazole")]
    detail = ask("order-sign", anc("0.2"), taken, drafts=orders).card("leukoOrderRisk")["detail"]

    assert detail.count("Possible contributor") == 1
    assert detail.index("Possible contributor") < detail.index("**Methimazole:**")


def test_stopped_and_ordered_anew_is_changed_and_not_stopped() -> None:
    taken = taking("methimazole", 40)
    orders = [ordering("methimazole", status="stopped"), ordering("methimazole")]
    answer = ask("order-sign", anc("0.8"), anc("4.0", 42), taken, drafts=orders)

    assert ("methimazole", "suspect-reordered") in answer.risks()
    assert not answer.has("Stopping methimazole")


def test_no_pair_is_made_with_what_is_being_stopped() -> None:
    taken = taking("carbamazepine", 400)
    started = ordering("clozapine")

    def risks(*orders: Json) -> set[tuple[str, str]]:
        return ask("order-sign", anc("4.0"), taken, drafts=[started, *orders]).risks()

    assert ("clozapine", "risky-pair") in risks()
    assert ("clozapine", "risky-pair") not in risks(ordering("carbamazepine", status="stopped"))


def test_the_loudest_line_heads_the_suspects() -> None:
    answer = ask(
        "patient-view",
        anc("0.7"),
        observation("731-0", "0.6"),
        taking("mycophenolate-mofetil", 100),
        taking("valganciclovir", 60),
        taking("prednisone", 60),
    )
    card = answer.card("leukoSuspects")

    assert card["summary"].startswith("ANC 0.7")
    assert "mycophenolate mofetil" in card["summary"]
    assert "prednisone" not in card["summary"]


def test_cyclic_neutropenia_that_comes_again_is_no_alarm(neutral: Json) -> None:
    swings = [anc("0.3"), anc("2.4", 12), anc("0.3", 21), anc("2.5", 33), anc("0.2", 42)]
    known = condition(CYCLIC, ICD10CM)

    assert ask("order-sign", *swings, known, drafts=[neutral]).highest == "warning"
    assert ask("order-sign", *swings, drafts=[neutral]).highest == "critical"


# --- forms and names ------------------------------------------------------------------------------------


def by_atc(*codes: str) -> dict[str, Any]:
    """A medicine that is known by its ATC codes alone."""
    return {"medicationCodeableConcept": {"coding": [{"system": ATC, "code": code} for code in codes]}}


@pytest.mark.parametrize(
    ("codes", "suspected"),
    [
        (["J01BA01"], True),
        (["S01AA01"], False),
        (["D06AX02"], False),
        (["S01AA01", "J01BA01"], True),
        (["D10BA01"], True),  # isotretinoin is swallowed for the skin
        (["S01EC01"], True),  # and acetazolamide for the eye
    ],
)
def test_an_atc_code_of_a_local_form_accuses_nobody(codes: list[str], suspected: bool) -> None:
    taken = medication_request(since="2026-11-01") | by_atc(*codes)
    answer = ask("patient-view", anc("0.3"), anc("4.0", 25), taken)

    assert bool(answer.standings()) is suspected


def test_drafts_known_by_free_text_alone_are_counted() -> None:
    answer = ask("order-sign", anc("0.3"), drafts=[draft("", "Grandmother's herbal mixture")])

    assert not answer.lacks("1 draft order known by free text only")


# --- live vaccines for children -------------------------------------------------------------------------

HIV_KNOWN = condition(HIV, text="HIV infection")
CD4_SHARE = "8123-2"


@pytest.mark.parametrize(
    ("born", "share", "critical"),
    [
        ("2023-05-01", "14.9", True),
        ("2023-05-01", "15", False),
        ("2025-11-20", "9", True),  # one year old
        ("2025-11-21", "9", False),
        ("2012-11-21", "9", True),  # not yet fourteen
        ("2012-11-20", "9", False),
    ],
)
def test_a_childs_share_of_cd4_cells_decides_with_hiv(born: str, share: str, critical: bool) -> None:
    answer = ask("order-sign", percent(CD4_SHARE, share), HIV_KNOWN, drafts=[MMR], patient=child_born(born))

    assert (answer.highest == "critical") is critical
    if critical:
        assert not answer.lacks(f"CD4 {share} %", "CD4 cells", "20 Nov", "Limits for the child's age")


def test_without_hiv_it_does_not() -> None:
    child = child_born("2023-05-01")

    assert not ask("order-sign", percent(CD4_SHARE, "9"), drafts=[MMR], patient=child).cards


def test_hiv_with_a_low_line_speaks_where_nobody_counted_cd4() -> None:
    low = observation("731-0", "0.9")
    cd4 = observation("24467-3", "600", "/uL")

    assert "leukoLiveVaccine" in ask("order-sign", low, HIV_KNOWN, drafts=[MMR]).topics
    assert "leukoLiveVaccine" not in ask("order-sign", low, cd4, HIV_KNOWN, drafts=[MMR]).topics


# --- what nobody could look at --------------------------------------------------------------------------


def without(*keys: str, entries: tuple[Json, ...]) -> Json:
    """The prefetch of an EHR that leaves these keys out."""
    prefetch = prefetch_of(named(entries))
    return {key: value for key, value in prefetch.items() if key not in keys}


@pytest.mark.parametrize("key", ["counts-neutrophils", "counts-total", "counts-lymphocytes"])
@pytest.mark.parametrize("hook", ["order-sign", "patient-view"])
def test_white_cells_that_were_left_out_are_no_silence(key: str, hook: str, neutral: Json) -> None:
    normal = (observation(WBC, "6.0"), anc("4.0"), observation("731-0", "2.0"))
    prefetch = without(key, entries=normal)
    answer = ask(hook, drafts=[neutral], prefetch=prefetch)

    assert answer.topics == ["leukoDataQuality"]
    assert answer.highest == "info"
    assert not answer.lacks("Not supplied, so not checked")


def test_beside_a_card_they_are_said_in_passing() -> None:
    answer = ask("patient-view", prefetch=without("counts-total", entries=(anc("0.3"),)))

    assert "leukoDataQuality" not in answer.topics
    assert not answer.lacks("Not supplied, so not checked")


def test_an_ehr_with_keys_of_its_own_sends_what_it_has(neutral: Json) -> None:
    labs = bundle(named([observation(WBC, "3.6")]))

    assert not ask("order-sign", drafts=[neutral], prefetch={"labs": labs}).cards


@pytest.mark.parametrize("subject", ["Patient/somebody", "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"])
def test_a_draft_of_somebody_else_is_said(subject: str) -> None:
    other = ordering("methimazole", subject={"reference": subject})

    assert ask("order-sign", anc("4.0"), drafts=[other]).topics == ["leukoDataQuality"]
    assert "leukoLowCount" in ask("order-sign", anc("0.8"), drafts=[other]).topics


@pytest.mark.parametrize(
    "member",
    [
        {"medicationCodeableConcept": [{"text": "methimazole"}]},
        {"medicationCodeableConcept": "methimazole"},
    ],
)
def test_a_medicine_in_an_odd_shape_is_read(member: Json) -> None:
    order = {**draft("", "x"), **member}

    assert ("methimazole", "suspect-started") in ask("order-sign", anc("0.8", 0), drafts=[order]).risks()


def test_a_number_that_is_none_spoils_nothing() -> None:
    odd = [{"low": {"value": 4.0}, "high": {"value": text}} for text in ("NaN", "sNaN", "Infinity")]
    for each in odd:
        answer = ask("patient-view", anc("0.3"), observation(WBC, "3.0", referenceRange=[each]))
        assert answer.tier("neutrophils") == "severe"
    counted: Json = {"dosageInstruction": [{"timing": {"repeat": {"count": "sNaN"}}}]}
    assert (
        ask("patient-view", anc("0.3"), taking("methimazole", 40, **counted)).tier("neutrophils") == "severe"
    )
    small = {"value": "sNaN", "unit": "/uL"}
    assert ask("patient-view", anc("0.3"), observation(WBC, valueQuantity=small, when=TODAY)).cards
