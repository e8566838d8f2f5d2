"""The source attributes: all 13, true to what the service reads, and linked from every card."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from cds import __version__
from cds.app import create_app, source_url_of
from cds.knowledge.base import Knowledge
from cds.knowledge.load import load_knowledge
from cds.pages.html import render_html
from cds.pages.source_attributes import source_attributes_data, source_attributes_page
from cds.settings import Settings
from tests.cases.requests import ANC, NOW, observation, request
from tests.knowledge.overlays import write_overlay
from tests.source_code import ROOT

BASE = "https://cds.example.org/leuko"


@pytest.fixture(scope="module")
def known() -> Knowledge:
    return load_knowledge()


def test_there_are_13_and_those_of_patients_say_whether_they_are_used(known: Knowledge) -> None:
    attributes = source_attributes_data(known)["attributes"]
    assert isinstance(attributes, list)

    assert [*range(1, 14)] == [each["number"] for each in attributes]
    assert {
        "Race": "not used",
        "Ethnicity": "not used",
        "Language": "not used",
        "Sexual orientation": "not used",
        "Gender identity": "not used",
        "Sex": "used in part",
        "Date of birth": "used",
        "Social determinants of health": "not used",
        "Health status assessments": "not used",
    } == {each["name"]: each["use"] for each in attributes if "use" in each}


def test_what_is_not_used_is_not_read() -> None:
    """The readers name no member or extension for race, ethnicity, sex, gender, language or orientation."""
    code = "\n".join(path.read_text("utf-8") for path in (ROOT / "cds" / "readers").glob("*.py")).casefold()

    for member in (
        "us-core-race",
        "us-core-ethnicity",
        ".gender",
        "birthsex",
        "communication",
        "orientation",
    ):
        assert member not in code


def test_page_and_data_say_the_same(known: Knowledge) -> None:
    page, data = render_html(source_attributes_page(known)), source_attributes_data(known)
    attributes = data["attributes"]
    assert isinstance(attributes, list)

    assert (__version__, known.version) == (data["version"], data["knowledge"])
    for attribute in attributes:
        assert "{" not in attribute["text"]
        assert attribute["text"].replace("'", "&#x27;") in page
    assert all(f">{source}<" in page for source in known.sources)


def test_the_dates_are_those_of_release_and_newest_review(known: Knowledge) -> None:
    data = source_attributes_data(known)
    newest = max(drug.review.reviewed_on for drug in known.drugs.values())

    assert newest.isoformat() == data["revised"]
    assert date.fromisoformat(str(data["released"])) <= NOW.date()


def test_a_hospitals_changes_are_disclosed(tmp_path: Path) -> None:
    text = """[[off]]
rule = "order-risk/pair"
why = "Our own alert <says> it."
[limits.fever]
celsius = 38.3
sources = ["own-standard"]
[drug_limits.methimazole]
hold_neutrophils_below_per_ul = 1000
status = "own"
confirmation = "sourced"
sources = ["own-standard"]
"""
    known = load_knowledge(overlay=write_overlay(tmp_path / "house", text))
    page, data = render_html(source_attributes_page(known)), source_attributes_data(known)

    assert {
        "name": "Klinikum Süd 2",
        "reviewedOn": "2026-11-01",
        "switchedOff": [
            {"kind": "rule", "name": "order-risk/pair", "why": "Our own alert <says> it."},
        ],
        "ownLimits": ["fever.celsius", "drugs.methimazole"],
    } == data["overlay"]
    assert "Switched off: rule order-risk/pair (Our own alert &lt;says&gt; it.)" in page
    assert "Own limit: fever.celsius" in page


def test_a_card_links_to_the_page_that_the_service_serves(known: Knowledge) -> None:
    settings = Settings(public_url=BASE)
    client = create_app(settings, known, clock=lambda: NOW).test_client()
    body = request("patient-view", observation(ANC, "0.3"))
    answer = client.post("/cds-services/leuko-patient-view", data=body, content_type="application/json")
    links = {card["source"]["url"] for card in answer.get_json()["cards"]}

    assert {f"{BASE}/about/source-attributes"} == links
    (link,) = links
    assert 200 == client.get(link.removeprefix(BASE)).status_code
    assert 200 == client.get(link.removeprefix("https://cds.example.org")).status_code


def test_another_address_may_be_set_and_without_one_there_is_no_link() -> None:
    assert "https://x.example" == source_url_of(Settings(source_url="https://x.example", public_url=BASE))
    assert "" == source_url_of(Settings())


def test_the_data_are_json(known: Knowledge) -> None:
    assert json.loads(json.dumps(source_attributes_data(known)))["title"] == known.attributes.title
