"""``call`` and ``explain`` hold back what the service holds back, and say so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cds.cli import main
from tests.faults.callers import Caller, write_callers
from tests.source_code import ROOT

STORY = str(ROOT / "fixtures" / "methimazole-reordered-at-anc-0.3")
AT_THE_LIMIT = "2026-11-20T12:00:00Z"
ALL = ["leukoOrderRisk", "leukoLowCount", "leukoPrecautions"]


@pytest.fixture
def switches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "switches.toml"
    monkeypatch.setenv("LEUKOCDS_SWITCHES", str(path))
    return path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, [*arguments, STORY], catch_exceptions=False)


def topics(result: Result) -> list[str]:
    assert result.exit_code in {0, 10, 20, 30}, result.output
    return [card["source"]["topic"]["code"] for card in json.loads(result.stdout)["cards"]]


def off(kind: str, name: str, more: str = "") -> str:
    return f'[[off]]\n{kind} = "{name}"\nwhy = "on trial"\n{more}'


def test_what_is_switched_off_is_not_shown_and_that_is_said(switches: Path) -> None:
    switches.write_text(off("topic", "leukoOrderRisk"))
    result = run("call", "--json")

    assert "leukoOrderRisk" not in topics(result)
    assert f"{switches}: off topic leukoOrderRisk for all\n" == result.stderr


def test_a_rule_that_is_switched_off_is_not_spoken_of(switches: Path) -> None:
    switches.write_text(off("rule", "order-risk/suspect-reordered"))

    assert "leukoOrderRisk" not in topics(run("call", "--json"))


def test_what_is_in_shadow_is_named_and_not_shown(switches: Path) -> None:
    switches.write_text('[[shadow]]\ntopic = "*"\n')
    result = run("call", "--json")

    assert ([], 0) == (topics(result), result.exit_code)
    assert [f"{STORY}: in shadow, not shown: {topic}" for topic in ALL] == result.stderr.splitlines()[1:]


@pytest.mark.parametrize(
    ("now", "shown"),
    [("2026-11-20T11:59:59Z", False), (AT_THE_LIMIT, True), ("2026-11-20T12:00:01Z", True)],
)
def test_a_switch_holds_until_its_end(switches: Path, now: str, shown: bool) -> None:
    switches.write_text(off("topic", "leukoOrderRisk", f"until = {AT_THE_LIMIT}\n"))

    assert shown == ("leukoOrderRisk" in topics(run("call", "--json", "--as-of", now)))


def test_the_reasoning_says_what_is_switched_off_and_what_is_in_shadow(switches: Path) -> None:
    switches.write_text(off("topic", "leukoOrderRisk") + '[[shadow]]\ntopic = "leukoLowCount"\n')
    told = run("explain").stdout

    assert "switched off by this hospital" in told
    assert "in shadow: worked out and counted, not shown" in told
    assert "methimazole" in told  # it is worked out all the same


@pytest.mark.parametrize("command", ["call", "explain"])
@pytest.mark.parametrize(
    ("text", "said"),
    [(off("topic", "leukoX"), 'no topic "leukoX"'), ("", "empty"), (None, "cannot be read")],
)
def test_with_switches_that_cannot_be_used_nothing_is_answered(
    switches: Path, command: str, text: str | None, said: str
) -> None:
    """As the service would not start: nobody knows what should be off."""
    if text is not None:
        switches.write_text(text)
    result = run(command)

    assert (1, "") == (result.exit_code, result.stdout)
    assert said in result.stderr


@pytest.mark.parametrize("command", ["call", "explain"])
def test_help_and_the_page_say_so(command: str) -> None:
    assert "LEUKOCDS_SWITCHES" in CliRunner().invoke(main, [command, "--help"]).output
    assert "`leukocds call` and `leukocds explain`" in (ROOT / "docs" / "rollout.md").read_text("utf-8")


# --- one caller of several ------------------------------------------------------------------------------


@pytest.fixture
def production(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    callers = [Caller("north", members={"shadow": ["leukoPrecautions"]}), Caller("south")]
    monkeypatch.setenv("LEUKOCDS_ENV", "production")
    monkeypatch.setenv("LEUKOCDS_PUBLIC_URL", "https://cds.hospital.example")
    monkeypatch.setenv("LEUKOCDS_TENANTS", str(write_callers(tmp_path, *callers)))


@pytest.mark.usefixtures("production")
def test_what_is_off_for_one_caller_is_shown_to_the_others(switches: Path) -> None:
    switches.write_text(off("topic", "leukoOrderRisk", 'tenant = "north"\n'))

    assert ["leukoLowCount"] == [
        each for each in topics(run("call", "--json", "--tenant", "north")) if each != "leukoSuspects"
    ]
    assert ALL == topics(run("call", "--json", "--tenant", "south"))
    assert ALL == topics(run("call", "--json"))


@pytest.mark.usefixtures("production")
def test_a_caller_that_there_is_not_is_said() -> None:
    result = run("call", "--tenant", "east")

    assert 2 == result.exit_code
    assert "there is north, south" in result.stderr


def test_without_a_file_nothing_is_held_back() -> None:
    result = run("call", "--json")

    assert (ALL, "") == (topics(result), result.stderr)
