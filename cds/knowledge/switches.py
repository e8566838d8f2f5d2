"""Reads the switches file, and checks that everything it names is there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator

from cds.errors import SwitchesError
from cds.knowledge.base import Knowledge
from cds.knowledge.check_overlay import rule_names
from cds.knowledge.entries import read_entry
from cds.knowledge.folder import EMPTY_FILE, parse_toml
from cds.knowledge.problems import Problem
from cds.knowledge.schema import SWITCHABLE_TOPICS
from cds.knowledge.schema.switches import EVERY_TOPIC, Switches

_DATA_QUALITY = "leukoDataQuality"


def read_switches(raw: bytes, name: str, knowledge: Knowledge, tenants: Collection[str]) -> Switches:
    """What ``raw``, the file called ``name``, switches off. Raises ``SwitchesError`` with every problem.

    ``tenants`` are the names of the callers that there are. A file without a byte in it is one that somebody
    is just writing, or lost; one with remarks alone switches nothing off.
    """
    document, problems = parse_toml(name, raw)
    if not document and raw.strip():
        problems = [each for each in problems if each.message != EMPTY_FILE]  # remarks alone
    switches = read_entry(document, Switches, name, "", problems) if not problems else None
    if switches is not None:
        found = _unknown(switches, knowledge, tenants)
        problems += [Problem(name, where, message) for where, message in found]
    if problems or switches is None:
        raise SwitchesError(map(str, problems))
    return switches


def _unknown(switches: Switches, knowledge: Knowledge, tenants: Collection[str]) -> Iterator[tuple[str, str]]:
    rules = rule_names(knowledge.lines, knowledge.drugs, [pair.id for pair in knowledge.pairs])
    for index, off in enumerate(switches.off):
        here = f"off[{index}].{off.kind}"
        if off.kind == "rule":
            if not any(rule == off.name or rule.startswith(f"{off.name}/") for rule in rules):
                yield here, f'no rule is called "{off.name}" or begins so'
        elif off.name == _DATA_QUALITY:
            yield here, "cannot be switched off: a result that nobody could read would look like a normal one"
        elif off.name == EVERY_TOPIC:
            yield here, 'name the topics one by one; to show nothing at all, [[shadow]] with topic = "*"'
        elif off.name not in SWITCHABLE_TOPICS:
            yield here, f'there is no topic "{off.name}"'
    for index, shadow in enumerate(switches.shadow):
        here = f"shadow[{index}].topic"
        if shadow.topic == _DATA_QUALITY:
            yield here, 'is shown as long as anything is; with topic = "*" nothing is'
        elif shadow.topic not in {*SWITCHABLE_TOPICS, EVERY_TOPIC}:
            yield here, f'there is no topic "{shadow.topic}"'
    for table, entries in (("off", switches.off), ("shadow", switches.shadow)):
        for index, each in enumerate(entries):
            if each.tenant is not None and each.tenant not in tenants:
                yield f"{table}[{index}].tenant", f'there is no caller "{each.tenant}"'
    named = [("off", off.name, off.tenant) for off in switches.off]
    named += [("shadow", shadow.topic, shadow.tenant) for shadow in switches.shadow]
    for (table, what, _), times in Counter(named).items():
        if times > 1:
            yield table, f'"{what}" stands here {times} times'
