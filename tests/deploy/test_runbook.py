"""The runbook names whatever the service can say when something is wrong."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from cds.errors import ON_THE_WIRE, LeukoError, NotAuthenticated, RequestError
from cds.knowledge.load import load_knowledge
from cds.knowledge.switches import read_switches
from tests.documents import blocks_of
from tests.source_code import ROOT, read_modules

RUNBOOK = (ROOT / "docs" / "runbook.md").read_text("utf-8")
CONNECT = (ROOT / "docs" / "connect.md").read_text("utf-8")
MODULES = read_modules("cds")


def codes_in(page: str) -> set[str]:
    """What stands in backticks."""
    return set(re.findall(r"`([^`\n]+)`", page))


def first_words(*callables: str) -> Iterator[str]:
    """The first argument of every call of these, where it is written out."""
    for module in MODULES:
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in callables:
                for each in ast.walk(node.args[0]) if node.args else ():
                    if isinstance(each, ast.Constant) and isinstance(each.value, str):
                        yield each.value


def subclasses(kind: type[LeukoError]) -> Iterator[type[LeukoError]]:
    for each in kind.__subclasses__():
        yield each
        yield from subclasses(each)


def test_every_error_on_the_wire_is_there_with_its_status() -> None:
    rows = [line for line in RUNBOOK.splitlines() if re.match(r"\| \d{3} \|", line)]
    told = {(int(row[2:5]), code) for row in rows for code in re.findall(r"`([A-Z]\w+)`", row)}
    wanted = {(each.status, error.__name__) for error, each in ON_THE_WIRE.items()}

    assert set() == wanted - told - {(401, NotAuthenticated.__name__)}
    assert set() == {(status, name) for status, name in told - wanted if not name.isupper()
                     and not name.startswith("LEUKOCDS")}  # fmt: skip


def test_every_error_at_the_start_is_there() -> None:
    wire = set(subclasses(RequestError)) | {RequestError}
    names = {each.__name__ for each in subclasses(LeukoError) if each not in wire} - {"StartError"}

    assert set() == names - codes_in(RUNBOOK)


def test_every_reason_to_refuse_a_token_is_explained() -> None:
    (trust,) = (module for module in MODULES if module.name == "cds.hooks.trust")
    reasons = {*first_words("NotAuthenticated")}
    for node in ast.walk(trust.tree):
        if isinstance(node, ast.Dict):
            reasons |= {key.value for key in node.keys if isinstance(key, ast.Constant)}

    assert len(reasons) > 15
    assert set() == reasons - codes_in(CONNECT)


def test_every_line_of_the_log_is_explained() -> None:
    assert set() == {*first_words("log_event")} - codes_in(RUNBOOK)


def test_every_reason_why_data_or_keys_did_not_come_is_explained() -> None:
    reasons = {each for each in first_words("FhirError", "UnusableError") if not each.startswith("http-")}
    (authorization,) = (module for module in MODULES if module.name == "cds.hooks.authorization")
    reasons |= set(re.findall(r'\("(token-[a-z-]+|authorization-[a-z-]+)"', authorization.text))

    assert len(reasons) > 8
    assert set() == reasons - codes_in(RUNBOOK)


def test_the_switches_of_the_example_would_be_taken() -> None:
    (block,) = (each for each in blocks_of(ROOT / "docs" / "runbook.md") if each.about == "switches.toml")

    switches = read_switches(block.text.encode(), "switches.toml", load_knowledge(), ["north-hospital"])

    assert (1, 1) == (len(switches.off), len(switches.shadow))
