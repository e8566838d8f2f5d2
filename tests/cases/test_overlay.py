"""A hospital's overlay through the whole service: what is off is silent, its own codes are understood."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient

from cds.app import create_app
from cds.commands.explain import explain
from cds.knowledge.load import load_knowledge
from cds.settings import Settings
from tests.cases.asking import Answer
from tests.cases.requests import (
    ANC,
    CBC,
    NOW,
    WBC,
    Json,
    ago,
    bundle,
    draft,
    draft_test,
    draft_vaccine,
    medication_request,
    named,
    observation,
    prefetch_of,
    request,
    temperature,
)
from tests.knowledge.overlays import write_overlay

METHIMAZOLE, AZATHIOPRINE, ALLOPURINOL = "6835", "1256", "519"
HOUSE = "urn:oid:1.2.3"


@pytest.fixture
def house(tmp_path: Path) -> Path:
    return tmp_path / "house"


def client(house: Path, text: str) -> FlaskClient:
    known = load_knowledge(overlay=write_overlay(house, text))
    return create_app(Settings(), known, clock=lambda: NOW).test_client()


def ask(house: Path, text: str, body: bytes, hook: str = "order-sign") -> Answer:
    response = client(house, text).post(
        f"/cds-services/leuko-{hook}", data=body, content_type="application/json"
    )
    assert response.status_code == 200, response.text
    return Answer(tuple(response.get_json()["cards"]))


def off(what: str) -> str:
    return f'[[off]]\n{what}\nwhy = "not used here"\n'


def coded(resource: Json, code: str, system: str = HOUSE) -> Json:
    """The resource under a code of the hospital's own, and no other."""
    return resource | {"code": {"coding": [{"system": system, "code": code}]}}


REORDERED = request(
    "order-sign",
    observation(ANC, "0.3"),
    observation(ANC, "4.1", when=ago(40)),
    medication_request(METHIMAZOLE, since="2026-10-12"),
    drafts=[draft(METHIMAZOLE)],
)

SEEN = request(
    "patient-view",
    observation(ANC, "0.3"),
    observation(ANC, "4.1", when=ago(40)),
    medication_request(METHIMAZOLE, since="2026-10-12"),
)


# --- switched off ---------------------------------------------------------------------------------------


def test_without_switches_the_answer_is_the_usual_one_and_names_the_overlay(house: Path) -> None:
    usual = create_app(Settings(), load_knowledge(), clock=lambda: NOW).test_client()
    cards = usual.post(
        "/cds-services/leuko-order-sign", data=REORDERED, content_type="application/json"
    ).get_json()["cards"]
    own = ask(house, "", REORDERED)

    assert [card["summary"] for card in cards] == [card["summary"] for card in own.cards]
    assert all(".klinikumsud2-" in card["source"]["label"] for card in own.cards)
    assert all(".klinikumsud2-" in card["extension"]["org.leukocds.basis"]["knowledge"] for card in own.cards)


@pytest.mark.parametrize("topic", ["leukoLowCount", "leukoSuspects", "leukoPrecautions"])
def test_a_topic_that_is_off_makes_no_card_and_the_others_stay(house: Path, topic: str) -> None:
    on = ask(house, "", SEEN, "patient-view").topics
    without = ask(house, off(f'topic = "{topic}"'), SEEN, "patient-view").topics

    assert topic in on
    assert [each for each in on if each != topic] == without


def test_fever_that_is_off_is_silent(house: Path) -> None:
    body = request("patient-view", observation(ANC, "0.3"), temperature("39.0"))

    assert "leukoFever" in ask(house, "", body, "patient-view").topics
    assert "leukoFever" not in ask(house, off('topic = "leukoFever"'), body, "patient-view").topics
    assert "leukoFever" not in ask(house, off('rule = "fever"'), body, "patient-view").topics


@pytest.mark.parametrize(
    "rules", [("order-risk",), ("order-risk/suspect-reordered", "order-risk/label-limit")]
)
def test_a_rule_that_is_off_is_not_heard(house: Path, rules: tuple[str, ...]) -> None:
    answer = ask(house, "".join(off(f'rule = "{rule}"') for rule in rules), REORDERED)

    assert "leukoOrderRisk" not in answer.topics
    assert "leukoLowCount" in answer.topics
    assert "order-risk" not in str(answer.cards)


def test_the_low_count_rule_that_is_off_does_not_take_the_order_risk_with_it(house: Path) -> None:
    answer = ask(house, off('rule = "low-count"'), REORDERED)

    assert ["leukoOrderRisk"] == answer.topics


def test_one_pair_that_is_off_leaves_the_drugs(house: Path) -> None:
    body = request(
        "order-sign",
        observation(ANC, "4.0"),
        medication_request(AZATHIOPRINE, since="2026-01-01"),
        drafts=[draft(ALLOPURINOL)],
    )
    pair = next(
        pair.id
        for pair in load_knowledge().pairs
        if {pair.first, pair.second} == {"azathioprine", "allopurinol"}
    )

    assert "leukoOrderRisk" in ask(house, "", body).topics
    assert "leukoOrderRisk" not in ask(house, off(f'rule = "order-risk/pair/{pair}"'), body).topics
    assert "leukoOrderRisk" not in ask(house, off(f'pair = "{pair}"'), body).topics


def test_a_drug_that_is_off_is_no_suspect_and_not_called_unknown(house: Path) -> None:
    answer = ask(house, off('drug = "methimazole"'), REORDERED)
    text = answer.text.lower()

    assert "leukoLowCount" in answer.topics
    assert "leukoOrderRisk" not in answer.topics
    assert "methimazole" not in text
    assert "could not be coded" not in text
    assert "not recognised" not in text


def test_a_precaution_that_is_off_is_not_given(house: Path) -> None:
    body = request("patient-view", observation(ANC, "0.3"))
    words = "Hand hygiene"

    assert words in ask(house, "", body, "patient-view").text
    assert words not in ask(house, off('precaution = "hand-hygiene"'), body, "patient-view").text


def test_a_vaccine_that_is_off_is_no_live_vaccine_here(house: Path) -> None:
    body = request("order-sign", observation(ANC, "0.3"), drafts=[draft_vaccine("03")])

    assert "leukoLiveVaccine" in ask(house, "", body).topics
    assert "leukoLiveVaccine" not in ask(house, off('vaccine = "03"'), body).topics


def test_the_reasoning_says_that_a_topic_was_switched_off(
    house: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "request.json").write_bytes(REORDERED)
    monkeypatch.setenv(
        "LEUKOCDS_KNOWLEDGE_OVERLAY", str(write_overlay(house, off('topic = "leukoSuspects"')))
    )
    monkeypatch.setenv("LEUKOCDS_CLOCK", "2026-11-20T12:00:00Z")
    told = CliRunner().invoke(explain, [str(tmp_path / "request.json")]).output

    assert "switched off by this hospital" in told


# --- limits ---------------------------------------------------------------------------------------------


def test_the_hospitals_fever_begins_where_it_says(house: Path) -> None:
    body = request("patient-view", observation(ANC, "0.3"), temperature("38.2"))
    own = '[limits.fever]\ncelsius = 38.3\nsources = ["own-standard"]\n'

    assert "leukoFever" in ask(house, "", body, "patient-view").topics
    assert "leukoFever" not in ask(house, own, body, "patient-view").topics


def test_the_hospitals_limit_of_a_drug_is_on_the_card_with_its_name(house: Path) -> None:
    text = """[drug_limits.methimazole]
hold_neutrophils_below_per_ul = 1800
status = "standard of Klinikum Süd 2"
confirmation = "sourced"
sources = ["own-standard"]
"""
    body = request("order-sign", observation(ANC, "1.7"), drafts=[draft(METHIMAZOLE)])
    answer = ask(house, text, body)
    basis = answer.card("leukoOrderRisk")["extension"]["org.leukocds.basis"]

    assert "order-risk/label-limit/neutrophils" in basis["rules"]
    assert "own-standard" in basis["sources"]
    assert "Where the limit is from: standard of Klinikum Süd 2." in answer.text


def test_a_limit_that_the_hospital_left_alone_stays_that_of_its_source(house: Path) -> None:
    """Of methotrexate the neutrophils are the hospital's, the white cells still the guideline's."""
    text = """[drug_limits.methotrexate]
hold_neutrophils_below_per_ul = 1500
status = "standard of Klinikum Süd 2"
confirmation = "sourced"
sources = ["own-standard"]
"""
    counts = (observation(ANC, "1.8"), observation(WBC, "3.2"))
    body = request("order-sign", *counts, drafts=[draft("6851", "methotrexate")])
    plain, own = (ask(house, each, body).card("leukoOrderRisk") for each in ("", text))

    assert "Klinikum Süd 2" not in own["detail"].partition("**Basis:**")[0]
    assert "own-standard" not in own["extension"]["org.leukocds.basis"]["sources"]
    assert (
        plain["extension"]["org.leukocds.basis"]["sources"]
        == own["extension"]["org.leukocds.basis"]["sources"]
    )


# --- its own codes --------------------------------------------------------------------------------------

LAB = f"""[[lab_code]]
system = "{HOUSE}"
code = "NEUT,ABS"
loinc = "{ANC}"
[[lab_code]]
system = "{HOUSE}"
code = "TEMP"
loinc = "8310-5"
[[lab_code]]
system = "{HOUSE}"
code = "CBC"
loinc = "57021-8"
"""


def test_a_count_under_the_hospitals_own_code_is_read(house: Path) -> None:
    count = coded(observation(ANC, "0.3"), "NEUT,ABS")
    body = request("patient-view", prefetch=prefetch_of([]) | {"counts-neutrophils": bundle(named([count]))})

    assert ["leukoDataQuality"] == ask(house, "", body, "patient-view").topics  # nobody knows what it is
    assert "severe" == ask(house, LAB, body, "patient-view").tier("neutrophils")


def test_the_code_means_it_in_its_own_system_alone(house: Path) -> None:
    count = coded(observation(ANC, "0.3"), "NEUT,ABS", "urn:oid:9.9.9")
    body = request("patient-view", prefetch=prefetch_of([]) | {"counts-neutrophils": bundle(named([count]))})
    answer = ask(house, LAB, body, "patient-view")

    assert (["leukoDataQuality"], None) == (answer.topics, answer.tier("neutrophils"))


def test_a_code_beside_its_loinc_code_is_one_result(house: Path) -> None:
    count = observation(ANC, "0.3")
    count["code"]["coding"].append({"system": HOUSE, "code": "NEUT,ABS"})
    plain, own = (
        ask(house, LAB, request("patient-view", each), "patient-view")
        for each in (observation(ANC, "0.3"), count)
    )

    assert [card["detail"] for card in plain.cards] == [card["detail"] for card in own.cards]


def test_a_temperature_under_the_hospitals_own_code_is_read(house: Path) -> None:
    hot = coded(temperature("39.0"), "TEMP")
    body = request(
        "patient-view",
        prefetch=prefetch_of([observation(ANC, "0.3")]) | {"temperature": bundle(named([hot]))},
    )

    assert "leukoFever" not in ask(house, "", body, "patient-view").topics
    assert "leukoFever" in ask(house, LAB, body, "patient-view").topics


def test_a_test_ordered_under_the_hospitals_own_code_is_not_offered_again(house: Path) -> None:
    ordered = coded(draft_test(CBC), "CBC")
    body = request("order-sign", observation(ANC, "0.3"), drafts=[ordered, draft(METHIMAZOLE)])

    assert "57021-8" in ask(house, "", body).tests_offered()
    assert "57021-8" not in ask(house, LAB, body).tests_offered()


def test_the_queries_ask_for_the_hospitals_codes_too(house: Path) -> None:
    services = client(house, LAB).get("/cds-services").get_json()["services"]
    queries = services[0]["prefetch"]

    assert f",{HOUSE}|NEUT%5C%2CABS&" in queries["counts-neutrophils"]
    assert f",{HOUSE}|TEMP&" in queries["temperature"]
    assert f",{HOUSE}|CBC&" in queries["tests"]
    assert HOUSE not in queries["counts-total"]
    assert WBC in queries["counts-total"]


def test_a_medicine_under_the_hospitals_own_code_is_known(house: Path) -> None:
    text = f'[[medicine_code]]\nsystem = "{HOUSE}"\ncode = "4711"\ndrugs = ["methimazole"]\n'
    concept = {"coding": [{"system": HOUSE, "code": "4711"}]}
    medicine = medication_request(since="2026-10-12") | {"medicationCodeableConcept": concept}
    body = request("patient-view", observation(ANC, "0.3"), observation(ANC, "4.1", when=ago(40)), medicine)
    unknown, known = ask(house, "", body, "patient-view"), ask(house, text, body, "patient-view")
    suspects = [
        (suspect["ingredient"], suspect["matchedBy"])
        for card in known.cards
        for suspect in card["extension"]["org.leukocds.basis"].get("suspects", [])
    ]

    assert "methimazole" not in unknown.text.lower()
    assert [("methimazole", "local")] == suspects


def test_a_vaccine_under_the_hospitals_own_code_is_known(house: Path) -> None:
    text = f'[[vaccine_code]]\nsystem = "{HOUSE}"\ncode = "MMR"\ncvx = "03"\n'
    concept = {"coding": [{"system": HOUSE, "code": "MMR"}]}
    as_medicine = draft(medicationCodeableConcept=concept)
    as_recommendation = {
        "resourceType": "ImmunizationRecommendation",
        "patient": {"reference": "Patient/p1"},
        "recommendation": [{"vaccineCode": [concept]}],
    }
    for order in (as_medicine, as_recommendation):
        body = request("order-sign", observation(ANC, "0.3"), drafts=[order])

        assert "leukoLiveVaccine" not in ask(house, "", body).topics
        assert "leukoLiveVaccine" in ask(house, text, body).topics


def test_readiness_names_the_hospital(house: Path) -> None:
    """The known case of the self-test is found, whatever is switched off."""
    text = "".join(
        off(f'topic = "{topic}"') for topic in ("leukoLowCount", "leukoSuspects", "leukoPrecautions")
    )
    response = client(house, text + off('rule = "low-count"') + off('drug = "methimazole"')).get("/readyz")
    said = msgspec.json.decode(response.data)

    assert (200, "ready", "Klinikum Süd 2") == (response.status_code, said["status"], said["overlay"])
