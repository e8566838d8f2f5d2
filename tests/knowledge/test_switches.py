"""The switches file: everything it names has to be there, and what cannot be meant is no switch."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from cds.errors import SwitchesError
from cds.knowledge.base import Knowledge
from cds.knowledge.load import load_knowledge
from cds.knowledge.schema.switches import Held, Switches
from cds.knowledge.switches import read_switches

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return load_knowledge()


def _read(text: str, knowledge: Knowledge) -> Switches:
    return read_switches(text.encode(), "switches.toml", knowledge, ["north", "south"])


def _problems(text: str, knowledge: Knowledge) -> list[str]:
    with pytest.raises(SwitchesError) as refused:
        _read(text, knowledge)
    return list(refused.value.problems)


def test_each_switch_holds_for_whom_it_names(knowledge: Knowledge) -> None:
    switches = _read(
        '[[off]]\ntopic = "leukoMonitoring"\nwhy = "late counts"\n'
        '[[off]]\nrule = "order-risk/pair/I03"\nwhy = "blocked already"\ntenant = "north"\n'
        '[[shadow]]\ntopic = "leukoSuspects"\ntenant = "south"\n'
        '[[shadow]]\ntopic = "*"\ntenant = "north"\n',
        knowledge,
    )

    monitoring = frozenset(["leukoMonitoring"])
    assert Held(monitoring, frozenset(["order-risk/pair/I03"]), frozenset("*")) == switches.held("north", NOW)
    assert Held(monitoring, frozenset(), frozenset(["leukoSuspects"])) == switches.held("south", NOW)
    assert (
        "off topic leukoMonitoring for all",
        "off rule order-risk/pair/I03 for north",
        "shadow topic leukoSuspects for south",
        "shadow topic * for north",
    ) == switches.told(NOW)


@pytest.mark.parametrize(("second", "holds"), [(59, True), (0, False), (1, False)])
def test_a_switch_ends_at_its_instant(knowledge: Knowledge, second: int, holds: bool) -> None:
    text = '[[off]]\ntopic = "leukoFever"\nwhy = "drill"\nuntil = 2026-11-20T13:00:00+01:00\n'
    now = NOW.replace(hour=11, minute=59, second=second) if second == 59 else NOW.replace(second=second)

    switches = _read(text, knowledge)

    assert holds == bool(switches.held("north", now).off_topics)
    assert holds == bool(switches.told(now))


def test_remarks_alone_switch_nothing_off_but_an_empty_file_is_a_mistake(knowledge: Knowledge) -> None:
    """A file without a byte is one that somebody is just writing."""
    assert Switches() == _read("# nothing is off\n", knowledge)
    assert ["switches.toml: the file is empty"] == _problems("", knowledge)
    assert ["switches.toml: the file is empty"] == _problems(" \n", knowledge)


def test_every_mistake_is_named_at_once(knowledge: Knowledge) -> None:
    text = (
        '[[off]]\ntopic = "leukoLowCounts"\nwhy = "x"\n'
        '[[off]]\nrule = "order-risk/pairs"\nwhy = "x"\n'
        '[[off]]\ntopic = "leukoDataQuality"\nwhy = "x"\n'
        '[[off]]\ntopic = "*"\nwhy = "x"\n'
        '[[off]]\ntopic = "leukoFever"\nwhy = "x"\ntenant = "west"\n'
        '[[shadow]]\ntopic = "leukoDataQuality"\n'
        '[[shadow]]\ntopic = "fever"\n'
        '[[shadow]]\ntopic = "leukoFever"\n[[shadow]]\ntopic = "leukoFever"\n'
    )

    problems = _problems(text, knowledge)

    expected = [
        'off[0].topic: there is no topic "leukoLowCounts"',
        'off[1].rule: no rule is called "order-risk/pairs" or begins so',
        "off[2].topic: cannot be switched off",
        "off[3].topic: name the topics one by one",
        "shadow[0].topic: is shown as long as anything is",
        'shadow[1].topic: there is no topic "fever"',
        'off[4].tenant: there is no caller "west"',
        'shadow: "leukoFever" stands here 2 times',
    ]
    assert len(expected) == len(problems)
    for start, problem in zip(expected, problems, strict=True):
        assert problem.startswith(f"switches.toml: {start}")


@pytest.mark.parametrize(
    "text",
    [
        '[[off]]\nwhy = "nothing named"\n',
        '[[off]]\ntopic = "leukoFever"\nrule = "low-count"\nwhy = "two named"\n',
        '[[off]]\ntopic = "leukoFever"\n',
        '[[of]]\ntopic = "leukoFever"\nwhy = "misspelt"\n',
        '[[off]]\ntopic = "leukoFever"\nwhy = "x"\nuntil = 2026-12-01\n',
        '[[off]]\ntopic = "leukoFever"\nwhy = "x"\nuntil = 2026-12-01T00:00:00\n',
        '[[shadow]]\ntenant = "north"\n',
        "[[off]\n",
        f"x = {'[' * 5000}",
        f"x = {'9' * 5000}",
        f"[[off]]\ntopic = 0x{'9' * 5000}\nwhy = 'x'\n",
        f"[off]\n{'.'.join(['a'] * 20_000)} = 1\n",
    ],
    ids=lambda text: text[:40],
)
def test_what_cannot_be_meant_is_refused(knowledge: Knowledge, text: str) -> None:
    """An end without a zone could be hours off; a switch without a reason tells the next person nothing."""
    assert 1 == len(_problems(text, knowledge))
