"""Measure before you show, and take back what went wrong: shadow mode and switches, from end to end."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from flask.testing import FlaskClient

from cds.app import create_app
from cds.errors import SwitchesError
from cds.hooks.about import DOOR
from cds.knowledge.base import Knowledge
from cds.knowledge.load import load_knowledge
from cds.logs import LOGGER, configure_logging
from cds.settings import Settings
from cds.stories import load_story
from cds.telemetry.assembly import open_telemetry
from tests.cases.patients import ordered
from tests.cases.requests import ANC, observation, request
from tests.faults.callers import PUBLIC_URL, Caller, write_callers
from tests.source_code import ROOT

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
STORY = load_story(ROOT / "fixtures" / "methimazole-reordered-at-anc-0.3", NOW)
WHOLE = load_story(ROOT / "fixtures" / "patient-view-gives-the-whole-picture", NOW)
UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
ORDER_RISK, LOW_COUNT, SUSPECTS = "leukoOrderRisk", "leukoLowCount", "leukoSuspects"


class Asked(NamedTuple):
    """A request as a story has it."""

    service: str
    request: bytes


class House:
    """A sandbox of which the switches file can be rewritten."""

    def __init__(self, path: Path, knowledge: Knowledge) -> None:
        self.path, self.knowledge = path, knowledge
        self.path.write_text("# nothing is off\n")
        self.log = io.StringIO()

    def client(self, switches: str = "", **settings: Any) -> FlaskClient:
        self.path.write_text(f"# for a test\n{switches}")
        chosen = replace(Settings(switches=self.path, max_cards=8), **settings)
        return create_app(chosen, self.knowledge, lambda: NOW).test_client()

    def line(self) -> dict[str, Any]:
        lines = [json.loads(line) for line in self.log.getvalue().splitlines()]
        return [dict(line) for line in lines if line["event"] in {"answered", "refused"}][-1]


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return load_knowledge()


@pytest.fixture
def house(tmp_path: Path, knowledge: Knowledge) -> Iterator[House]:
    house = House(tmp_path / "switches.toml", knowledge)
    before = (LOGGER.handlers, LOGGER.level, LOGGER.propagate)
    configure_logging("info", house.log)
    yield house
    LOGGER.handlers, LOGGER.level, LOGGER.propagate = before


def _shadow(topic: str) -> str:
    return f'[[shadow]]\ntopic = "{topic}"\n'


def _off(kind: str, name: str) -> str:
    return f'[[off]]\n{kind} = "{name}"\nwhy = "on trial"\n'


def _ask(client: FlaskClient, story: Any = STORY) -> list[dict[str, Any]]:
    response = client.post(
        f"/cds-services/{story.service}", data=story.request, content_type="application/json"
    )
    assert 200 == response.status_code
    assert ["cards"] == [name for name in response.get_json() if name == "cards"]
    return list(json.loads(UUID.sub("uuid", response.text))["cards"])


def _topics(cards: list[dict[str, Any]]) -> list[str]:
    return [card["source"]["topic"]["code"] for card in cards]


def _counted(client: FlaskClient, name: str) -> dict[str, float]:
    lines = client.get("/metrics").text.splitlines()
    return {
        line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines if line.startswith(name)
    }


# --- shadow ---------------------------------------------------------------------------------------------


def test_in_full_shadow_nothing_is_shown_and_everything_is_counted(house: House) -> None:
    shown = _ask(house.client())
    client = house.client(_shadow("*"))

    assert [] == _ask(client)
    line = house.line()
    assert ("shadow", 0, []) == (line["outcome"], line["cards"], line["topics"])
    assert _topics(shown) == line["shadowed"]
    counted = _counted(client, "leukocds_cards_total")
    assert len(shown) == sum(counted.values())
    assert all('fate="shadow"' in labels for labels in counted)


def test_in_full_shadow_a_count_that_is_normal_is_not_called_a_held_back_card(house: House) -> None:
    """What was held back and what was not there are told apart."""
    normal = load_story(ROOT / "fixtures" / "patient-view-with-normal-counts-is-silent", NOW)

    assert [] == _ask(house.client(_shadow("*")), normal)
    assert "silent" == house.line()["outcome"]


def test_missing_counts_are_412_in_shadow_too_even_if_a_card_was_asked_for(house: House) -> None:
    """412 is read by the EHR's people, not by clinicians; and who measures needs it most."""
    bare = json.loads(STORY.request) | {"prefetch": {}}
    for wish in ("412", "card"):
        client = house.client(_shadow("*"), when_not_checked=wish)
        response = client.post(f"/cds-services/{STORY.service}", json=bare)

        assert 412 == response.status_code
        assert "missing" == house.line()["outcome"]


@pytest.mark.parametrize("topic", [ORDER_RISK, LOW_COUNT, SUSPECTS])
@pytest.mark.parametrize("story", [STORY, WHOLE], ids=["order", "chart"])
def test_one_topic_in_shadow_leaves_the_others_as_if_it_had_nothing_to_say(
    house: House, story: Any, topic: str
) -> None:
    usual = _topics(_ask(house.client(), story))
    cards = _ask(house.client(_shadow(topic)), story)
    shadowed = house.line().get("shadowed", [])

    assert [each for each in usual if each != topic] == _topics(cards)
    assert [topic] * (topic in usual) == shadowed
    assert not any("Not shown" in card["detail"] for card in cards)


def test_a_topic_in_shadow_takes_no_room_from_the_others(house: House) -> None:
    usual = _topics(_ask(house.client(), WHOLE))
    assert LOW_COUNT == usual[0]

    cards = _ask(house.client(_shadow(LOW_COUNT), max_cards=1), WHOLE)

    assert 1 == len(cards)
    assert LOW_COUNT not in _topics(cards)


@pytest.mark.parametrize("switch", ["off", "shadow"])
def test_what_nobody_hears_does_not_silence_the_word_on_unchecked_medicines(
    house: House, switch: str
) -> None:
    """An order at ANC 1.3 without a medication list: the overdue count is hidden, that word must not be."""
    body = request("order-sign", observation(ANC, "1.3"), drafts=[ordered("dimethyl-fumarate")])
    told = json.loads(body)
    del told["prefetch"]["medications"]
    story = Asked("leuko-order-sign", json.dumps(told).encode())
    switches = {"off": _off("topic", "leukoMonitoring"), "shadow": _shadow("leukoMonitoring")}

    assert ["leukoMonitoring"] == _topics(_ask(house.client(), story))
    assert ["leukoDataQuality"] == _topics(_ask(house.client(switches[switch]), story))


def test_shadow_for_another_caller_changes_nothing_here(house: House) -> None:
    with pytest.raises(SwitchesError, match='there is no caller "north"'):
        house.client(_shadow("*") + 'tenant = "north"\n')
    assert [] == _ask(house.client(_shadow("*") + 'tenant = "sandbox"\n'))


# --- switched off ---------------------------------------------------------------------------------------


def test_a_topic_that_is_switched_off_is_silent_and_counted_nowhere(house: House) -> None:
    usual = _topics(_ask(house.client()))
    client = house.client(_off("topic", ORDER_RISK))

    assert [each for each in usual if each != ORDER_RISK] == _topics(_ask(client))
    assert not any(ORDER_RISK in labels for labels in _counted(client, "leukocds_cards_total"))
    labels = '{kind="topic",name="leukoOrderRisk",tenant="all"}'
    assert {f"leukocds_switched_off{labels}": 1.0} == _counted(client, "leukocds_switched_off")


def test_a_rule_that_is_switched_off_is_silent(house: House) -> None:
    assert ORDER_RISK in _topics(_ask(house.client()))

    cards = _ask(house.client(_off("rule", "order-risk/suspect-reordered")))

    assert ORDER_RISK not in _topics(cards)
    assert LOW_COUNT in _topics(cards)


def test_a_switch_that_has_ended_holds_no_longer(house: House) -> None:
    over = _off("topic", ORDER_RISK) + "until = 2026-11-20T11:59:59Z\n"

    assert _topics(_ask(house.client())) == _topics(_ask(house.client(over)))


def test_readyz_names_what_is_off_and_in_shadow_and_stays_ready(house: House) -> None:
    """The self-test hears every topic, so that a switch cannot make it fail."""
    client = house.client(_off("topic", LOW_COUNT) + _off("rule", "low-count") + _shadow("*"))

    response = client.get("/readyz")

    assert 200 == response.status_code
    told = response.get_json()
    assert ([f"topic {LOW_COUNT}", "rule low-count"], ["*"]) == (told["off"], told["shadow"])


def test_a_file_with_a_mistake_keeps_the_service_from_starting(house: House) -> None:
    with pytest.raises(SwitchesError):
        house.client('[[off]]\ntopic = "leukoFevers"\nwhy = "misspelt"\n')


# --- callers in production ------------------------------------------------------------------------------


def test_one_caller_in_shadow_while_the_other_is_shown_cards(
    tmp_path: Path, knowledge: Knowledge, house: House
) -> None:
    """By the callers' file and by the switches file; whoever asks, the metrics tell them apart."""
    north, south = Caller("north"), Caller("south")
    callers = write_callers(tmp_path, north, south)
    callers.write_text(callers.read_text("utf-8") + 'shadow = ["leukoLowCount"]\n', "utf-8")
    house.path.write_text(_shadow("*") + 'tenant = "north"\n')
    settings = Settings(
        env="production", tenants=callers, public_url=PUBLIC_URL, switches=house.path, max_cards=8
    )
    telemetry = open_telemetry(settings)
    client = create_app(settings, knowledge, lambda: NOW, telemetry).test_client()
    path = f"/cds-services/{STORY.service}"
    topics = {}
    for caller in (north, south):
        headers = caller.bearer(path, NOW)
        sent = client.post(path, data=STORY.request, content_type="application/json", headers=headers)
        topics[caller.name] = _topics(sent.get_json()["cards"])

    assert [] == topics["north"]
    assert ORDER_RISK in topics["south"]
    assert LOW_COUNT not in topics["south"]
    assert 404 == client.get("/metrics").status_code
    page = client.get("/metrics", environ_base={DOOR: "metrics"}).text
    assert 'leukocds_shadowed{tenant="north",topic="all"} 1.0' in page
    assert 'leukocds_shadowed{tenant="south",topic="leukoLowCount"} 1.0' in page
    assert 'hook="order-sign",outcome="shadow",tenant="north"} 1.0' in page
    assert 'hook="order-sign",outcome="cards",tenant="south"} 1.0' in page
