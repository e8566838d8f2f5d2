"""Who is suspected: creams are not, capsules taken for a year are, and the days are counted right."""

from __future__ import annotations

import pytest

from tests.cases.asking import ask
from tests.cases.by_name import EYE_DROPS, TOPICAL, anc, bounds, ordering, taking
from tests.cases.requests import (
    ALC,
    ICD10CM,
    WBC,
    Json,
    ago,
    condition,
    day,
    draft,
    draft_vaccine,
    medication_request,
    observation,
    temperature,
)

ONDANSETRON = draft("26225", "ondansetron")
NORMAL, SEVERE = anc("4.0", 40), anc("0.3")


# --- routes that do not reach the blood -----------------------------------------------------------------


def test_a_cream_explains_no_nadir() -> None:
    answer = ask(
        "order-sign", SEVERE, anc("4", 30), taking("fluorouracil", 11, **TOPICAL), drafts=[ONDANSETRON]
    )

    assert answer.highest == "critical"
    assert not answer.has("expected effect of treatment")


def test_a_cream_is_no_chemotherapy_to_the_fever_rule() -> None:
    assert not ask(
        "order-sign", temperature("38.5"), taking("fluorouracil", 11, **TOPICAL), drafts=[ONDANSETRON]
    ).cards


def test_eye_drops_need_no_counts() -> None:
    assert not ask("patient-view", anc("3"), taking("chloramphenicol", 4, **EYE_DROPS)).cards


@pytest.mark.parametrize("route", ["Inhalation", "ophthalmic", "topical"])
def test_a_local_steroid_does_not_explain_lymphocytes_of_0_4(route: str) -> None:
    local: Json = {"dosageInstruction": [{"route": {"text": route}}]}
    answer = ask("patient-view", observation(ALC, "0.4"), taking("methylprednisolone", 5, **local))

    assert answer.highest == "warning"


def test_eye_drops_do_not_weaken_the_defence_against_a_live_vaccine() -> None:
    drops = taking("prednisolone", 10, **EYE_DROPS)
    answer = ask("order-sign", observation(ALC, "0.9"), drops, drafts=[draft_vaccine("03")])

    assert answer.risks() == set()


def test_capsules_after_eye_drops_are_started_not_re_ordered() -> None:
    drops = taking("chloramphenicol", 30, **EYE_DROPS)
    answer = ask("order-sign", anc("0.4"), drops, drafts=[ordering("chloramphenicol")])

    assert answer.risks() == {("chloramphenicol", "suspect-started")}


def test_an_old_gel_does_not_set_the_start_of_the_capsules() -> None:
    gel = taking("clindamycin", 1054, **TOPICAL)
    capsules = taking("clindamycin", 25)
    answer = ask("order-sign", anc("0.4"), NORMAL, gel, capsules, drafts=[ONDANSETRON])

    assert answer.standings() == {"clindamycin": "possible"}
    assert not answer.lacks("day 25")


@pytest.mark.parametrize("drug", ["ganciclovir", "chloramphenicol", "cyclosporine"])
def test_a_local_draft_adds_no_risk(drug: str) -> None:
    assert ask("order-sign", SEVERE, drafts=[ordering(drug, **EYE_DROPS)]).risks() == set()


# --- when it was taken ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "drug", ["capecitabine", "cyclophosphamide", "temozolomide", "chlorambucil", "busulfan"]
)
def test_a_cytotoxic_medicine_that_is_still_taken_is_named(drug: str) -> None:
    answer = ask("order-sign", SEVERE, anc("4", 30), taking(drug, 400), drafts=[ONDANSETRON])

    assert drug in answer.standings()


def test_an_end_in_the_future_does_not_end_the_pair() -> None:
    azathioprine = taking("azathioprine", 300, **bounds("2027-05-01", day(300)))
    answer = ask("order-sign", anc("3"), azathioprine, drafts=[ordering("allopurinol")])

    assert answer.risks() == {("allopurinol", "risky-pair")}


def test_an_end_in_the_future_does_not_end_the_counts_for_clozapine() -> None:
    clozapine = taking("clozapine", 40, **bounds("2027-05-01", day(40)))

    assert ask("patient-view", clozapine).topics == ["leukoMonitoring"]


def stopped(days: int) -> Json:
    return taking("methimazole", 39, status="stopped", **bounds(day(days), day(39)))


@pytest.mark.parametrize(
    ("days", "standing"), [(5, "leading"), (7, "leading"), (8, "possible"), (12, "possible")]
)
def test_a_suspect_stopped_before_the_count_still_stands(days: int, standing: str) -> None:
    answer = ask("order-sign", SEVERE, NORMAL, stopped(days), drafts=[ONDANSETRON])

    assert answer.standings() == {"methimazole": standing}


def test_a_drug_started_after_the_fall_is_not_called_a_suspect_when_ordered_again() -> None:
    answer = ask(
        "order-sign",
        anc("0.7"),
        anc("0.8", 10),
        anc("4", 60),
        taking("methimazole", 5),
        drafts=[ordering("methimazole")],
    )

    assert ("methimazole", "suspect-reordered") not in answer.risks()


@pytest.mark.parametrize("months", [1, 6, 12])
def test_the_start_is_the_first_of_a_chain_of_monthly_orders(months: int) -> None:
    chain = [
        taking("carbamazepine", 5 + 30 * number, status="completed" if number else "active")
        for number in range(months)
    ]
    answer = ask("order-sign", anc("0.9"), anc("4", 20), *chain, drafts=[ONDANSETRON])

    assert not answer.lacks(f"day {5 + 30 * (months - 1)}")


@pytest.mark.parametrize(
    ("drug", "days", "standing"),
    [
        ("methimazole", 34, "leading"),
        ("clozapine", 60, "leading"),
        ("sulfasalazine", 30, "leading"),
        ("carbamazepine", 40, "leading"),
        ("metamizole", 5, "leading"),
        ("rituximab", 90, "leading"),
        ("mercaptopurine", 20, "leading"),
        ("bupropion", 10, "possible"),
        ("prednisone", 10, None),
        ("ibuprofen", 10, None),
        ("filgrastim", 3, None),
        ("docetaxel", 8, "expected"),
        ("carmustine", 35, "expected"),
        ("trastuzumab-deruxtecan", 12, "expected"),
    ],
)
def test_each_mechanism_stands_where_it_belongs(drug: str, days: int, standing: str | None) -> None:
    answer = ask("patient-view", anc("0.8"), anc("4", days + 10), taking(drug, days))

    assert answer.standings().get(drug) == standing


def test_carmustine_explains_no_nadir_before_its_window() -> None:
    answer = ask("order-sign", anc("0.4"), anc("4", 40), taking("carmustine", 10), drafts=[ONDANSETRON])

    assert not answer.has("expected effect of treatment")
    assert answer.highest == "critical"


def test_both_cards_of_a_nadir_name_the_same_day() -> None:
    counts = (anc("0.05"), anc("0.04", 4), anc("0.06", 9), anc("4", 25))
    answer = ask("order-sign", *counts, taking("cytarabine", 16), drafts=[ONDANSETRON])

    assert "day 16" in answer.card("leukoLowCount")["summary"]
    assert "day 7" not in answer.card("leukoSuspects")["summary"]


# --- what is said ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("hook", ["patient-view", "order-sign"])
def test_a_medicine_that_could_not_be_coded_is_counted(hook: str) -> None:
    members = {"drafts": [ONDANSETRON]} if hook == "order-sign" else {}
    unknown = medication_request(text="methimazol 10", since=day(35))

    assert not ask(hook, SEVERE, unknown, **members).lacks("1 medicine")


def test_a_steroid_is_noted_as_masking_beside_the_re_ordered_suspect() -> None:
    taken = (taking("methimazole", 34), taking("prednisone", 5))

    assert not ask("order-sign", SEVERE, NORMAL, *taken, drafts=[ordering("methimazole")]).lacks("prednisone")


def test_a_growth_factor_that_drives_the_count_is_noted() -> None:
    assert not ask("patient-view", anc("1.1"), taking("filgrastim", 2)).lacks("filgrastim")


def test_the_two_parts_of_one_tablet_are_no_pair() -> None:
    counts = (observation(WBC, "1.7"), observation(WBC, "6", when=ago(20)))
    tablet = medication_request("10831", "sulfamethoxazole / trimethoprim", since=day(8))
    answer = ask("order-sign", *counts, taking("methotrexate", 749), tablet, drafts=[ONDANSETRON])

    assert "sulfamethoxazole and trimethoprim, a risky pair" not in answer.card("leukoSuspects")["summary"]
    assert "methotrexate" in answer.card("leukoSuspects")["summary"]


@pytest.mark.parametrize("code", ["86406008", "55464009", "19943007", "190634004"])
def test_a_known_cause_is_said_before_the_drug(code: str) -> None:
    answer = ask(
        "order-sign", SEVERE, NORMAL, taking("methimazole", 35), condition(code), drafts=[ONDANSETRON]
    )
    summary = answer.card("leukoSuspects")["summary"]

    assert summary.index("may explain it") < summary.index("methimazole")


def test_a_refuted_cause_is_not_said() -> None:
    refuted = condition("D70.1", ICD10CM) | {"verificationStatus": {"coding": [{"code": "refuted"}]}}

    assert not ask("patient-view", SEVERE, refuted).has("may explain it")
