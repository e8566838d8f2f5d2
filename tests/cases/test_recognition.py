"""From an order's code or words to a suspect on a card, or to none: the whole way."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import responses
from flask.testing import FlaskClient

from cds.app import create_app
from cds.errors import RxNormIndexError
from cds.settings import Settings
from tests.cases.requests import (
    ALC,
    ANC,
    NOW,
    RXNORM,
    Json,
    ago,
    knowledge,
    medication_request,
    observation,
    request,
)
from tests.rxnorm.conftest import build
from tests.rxnorm.releases import write_release

NDC = "http://hl7.org/fhir/sid/ndc"
ATC = "http://www.whocc.no/atc"
RXNAV = "https://rxnav.example.org/REST"


def low_neutrophils() -> list[Json]:
    return [observation(ANC, "0.3"), observation(ANC, "3.2", when=ago(40))]


def low_lymphocytes() -> list[Json]:
    return [observation(ALC, "0.4"), observation(ALC, "1.8", when=ago(40))]


def taken(system: str, code: str, display: str = "", **members: Any) -> Json:
    coding = {"system": system, "code": code} | ({"display": display} if display else {})
    return (
        medication_request(since=ago(34)[:10]) | {"medicationCodeableConcept": {"coding": [coding]}} | members
    )


def suspects(client: FlaskClient, *entries: Json) -> dict[str, str]:
    """Every suspect, by how it was recognised."""
    body = request("patient-view", *entries)
    response = client.post("/cds-services/leuko-patient-view", data=body, content_type="application/json")
    assert response.status_code == 200, response.text
    return {
        each["ingredient"]: each["matchedBy"]
        for card in json.loads(response.data)["cards"]
        for each in card["extension"]["org.leukocds.basis"].get("suspects", [])
    }


@pytest.fixture(scope="module")
def plain() -> FlaskClient:
    return create_app(Settings(), knowledge(), clock=lambda: NOW).test_client()


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    folder = tmp_path_factory.mktemp("rxnorm")
    build(write_release(folder / "x.zip"), folder / "x.sqlite")
    settings = Settings(rxnorm_index=folder / "x.sqlite")
    return create_app(settings, knowledge(), clock=lambda: NOW).test_client()


@pytest.fixture
def web() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mock:
        yield mock


# --- the drug files -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("retired", "today", "drug"),
    [("L04AA27", "L04AE01", "fingolimod"), ("L04AA34", "L04AG06", "alemtuzumab")],
)
def test_a_drug_coded_by_the_atc_code_it_had_is_a_suspect_as_by_todays(
    plain: FlaskClient, retired: str, today: str, drug: str
) -> None:
    by_retired = suspects(plain, *low_lymphocytes(), taken(ATC, retired))

    assert {drug: "atc"} == by_retired == suspects(plain, *low_lymphocytes(), taken(ATC, today))


@pytest.mark.parametrize(
    "system",
    ["https://www.nlm.nih.gov/research/umls/rxnorm", "http: //www.nlm.nih.gov/research/umls/rxnorm/",
     "urn:oid:2.16.840.1.113883.6.88", "2.16.840.1.113883.6.88"],
)  # fmt: skip
def test_a_drug_coded_without_a_name_is_a_suspect_however_its_system_is_written(
    plain: FlaskClient, system: str
) -> None:
    assert {"methimazole": "rxnorm"} == suspects(plain, *low_neutrophils(), taken(system, "6835"))


# --- the local index ------------------------------------------------------------------------------------


def test_a_package_code_alone_names_a_suspect(plain: FlaskClient, indexed: FlaskClient) -> None:
    package = taken(NDC, "0093-3210-01")

    assert {} == suspects(plain, *low_neutrophils(), package)
    assert {"methimazole": "ndc"} == suspects(indexed, *low_neutrophils(), package)


def test_a_retired_code_that_no_table_has_names_a_suspect(plain: FlaskClient, indexed: FlaskClient) -> None:
    retired = taken(RXNORM, "91920")

    assert {} == suspects(plain, *low_neutrophils(), retired)
    assert {"sulfamethoxazole": "historic", "trimethoprim": "historic"} == suspects(
        indexed, *low_neutrophils(), retired
    )


def test_a_medicine_of_other_ingredients_is_recognised_and_accuses_nobody(
    plain: FlaskClient, indexed: FlaskClient
) -> None:
    """Without the index nobody knows what it is, and that is said."""
    amlodipine = taken(RXNORM, "197361")

    assert {} == suspects(indexed, *low_neutrophils(), amlodipine)
    assert "could not be coded" in said(plain, *low_neutrophils(), amlodipine)
    assert "could not be coded" not in said(indexed, *low_neutrophils(), amlodipine)


def said(client: FlaskClient, *entries: Json) -> str:
    body = request("patient-view", *entries)
    return client.post("/cds-services/leuko-patient-view", data=body, content_type="application/json").text


def test_a_service_does_not_start_with_an_index_that_cannot_be_used(tmp_path: Path) -> None:
    with pytest.raises(RxNormIndexError, match="there is no file"):
        create_app(Settings(rxnorm_index=tmp_path / "x"), knowledge())


# --- RxNav ----------------------------------------------------------------------------------------------


def test_rxnav_is_asked_about_the_unknown_code_alone(web: responses.RequestsMock) -> None:
    history = {"rxcuiStatusHistory": {"metaData": {"status": "Active"}}}
    related = {"relatedGroup": {"conceptGroup": [{"tty": "IN", "conceptProperties": [{"rxcui": "6835"}]}]}}
    web.get(f"{RXNAV}/rxcui/7654321/historystatus.json", json=history)
    web.get(f"{RXNAV}/rxcui/7654321/related.json?tty=IN", json=related)
    client = create_app(Settings(rxnav_url=RXNAV), knowledge(), clock=lambda: NOW).test_client()
    known = taken(RXNORM, "7646", "omeprazole")
    unknown = taken(RXNORM, "7654321", note=[{"text": "for Erika Mustermann"}])

    found = suspects(client, *low_neutrophils(), known, unknown)

    assert "rxnorm" == found["methimazole"]
    assert [f"{RXNAV}/rxcui/7654321/{page}" for page in ("historystatus.json", "related.json?tty=IN")] == [
        call.request.url for call in web.calls
    ]


def test_an_rxnav_that_fails_leaves_the_medicine_unrecognised_and_said(web: responses.RequestsMock) -> None:
    web.get(f"{RXNAV}/rxcui/7654321/historystatus.json", status=503)
    client = create_app(Settings(rxnav_url=RXNAV), knowledge(), clock=lambda: NOW).test_client()

    assert "could not be coded" in said(client, *low_neutrophils(), taken(RXNORM, "7654321"))


# --- what accuses nobody --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "entry",
    [
        medication_request(text="hydrocortisone 1 % cream", since=ago(5)[:10]),
        medication_request(text="HYDROCORTISONE 1 % EX CREA", since=ago(5)[:10]),
        medication_request(text="PREDNISOLONE ACETATE 1 % OP SUSP", since=ago(5)[:10]),
        medication_request(text="dexamethasone 0.1 % eye drops", since=ago(5)[:10]),
        medication_request(text="budesonide 0.5 MG/2ML IN SUSP", since=ago(5)[:10]),
        medication_request("106258", since=ago(5)[:10]),  # a cream by its code alone
    ],
    ids=lambda entry: str(entry["medicationCodeableConcept"]),
)
def test_creams_and_drops_accuse_nobody(plain: FlaskClient, entry: Json) -> None:
    assert {} == suspects(plain, *low_lymphocytes(), entry)


def test_the_same_steroid_by_mouth_is_named(plain: FlaskClient) -> None:
    """Beside the creams: what is swallowed is seen."""
    tablet = medication_request(text="prednisolone 40 mg tablet", since=ago(5)[:10])

    assert {"prednisolone"} == suspects(plain, *low_lymphocytes(), tablet).keys()


@pytest.mark.parametrize(
    "text",
    ["penicillin allergy", "Penicillin skin test", "aspirin-free cold relief",
     "interferon gamma release assay", "silver sulfadiazine 1 % cream", "lithium heparin tube",
     "hydrocodone 5 mg", "dapagliflozin 10 mg",
     "sulfur soap", "carboxymethylcellulose eye drops"],
)  # fmt: skip
def test_words_that_only_look_like_a_suspect_accuse_nobody(plain: FlaskClient, text: str) -> None:
    assert {} == suspects(plain, *low_neutrophils(), medication_request(text=text, since=ago(34)[:10]))


def test_a_compounded_product_is_its_ingredients(plain: FlaskClient) -> None:
    compound: Json = {
        "resourceType": "Medication",
        "id": "mix",
        "code": {"text": "compounded capsule 'Dr Smith no. 4'"},
        "ingredient": [
            {"itemCodeableConcept": {"coding": [{"system": RXNORM, "code": "6835"}]}},
            {"itemCodeableConcept": {"text": "lactose"}},
        ],
    }
    order = medication_request(since=ago(34)[:10]) | {
        "contained": [compound],
        "medicationReference": {"reference": "#mix"},
    }
    del order["medicationCodeableConcept"]

    assert {"methimazole": "ingredient"} == suspects(plain, *low_neutrophils(), order)
