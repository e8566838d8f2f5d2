"""The table of requirements: every item has a test that is there, or says why there is none."""

from __future__ import annotations

import ast
import csv
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from cds.conform.run import CHECKS
from tests.conformance.test_kit import OWN_REASONS
from tests.source_code import ROOT

TABLE = Path(__file__).with_name("requirements.csv")
CHECKLIST = ROOT.parent / "shared" / "protocol" / "conformance.md"
REASONS = ("not applicable: ", "later: ")

with TABLE.open(encoding="utf-8", newline="") as _file:
    ROWS = [*csv.DictReader(_file)]
ITEMS = {row["item"]: row for row in ROWS}


@cache
def functions_of(path: str) -> frozenset[str]:
    """The names of the test functions of a file; of none if it is not there."""
    file = ROOT / path
    tree = ast.parse(file.read_text("utf-8")) if file.exists() else ast.Module([], [])
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def missing(row: dict[str, str]) -> Iterator[str]:
    """What is named in a row and does not exist, and what a row lacks."""
    checks = {check.name for check in CHECKS}
    for each in row["shown by"].split():
        kind, _, name = each.partition("::" if "::" in each else ":")
        if kind == "conform" and (name not in checks or name in OWN_REASONS):
            yield f"{each}: no such check, or one that our own service is not tried with"
        elif kind != "conform" and (name not in functions_of(kind) or not name.startswith("test_")):
            yield f"{each}: no such test"
    if row["open"] and not (row["open"].startswith(REASONS) and len(row["open"]) > 25):
        yield f"{row['open']}: give a reason, 'not applicable: ...' or 'later: ...'"
    if not row["shown by"] and not row["open"]:
        yield "neither a test nor a reason"


@pytest.mark.parametrize("item", ITEMS)
def test_an_item_has_a_test_or_a_reason(item: str) -> None:
    assert [] == list(missing(ITEMS[item]))


def test_a_row_that_claims_too_much_is_noticed() -> None:
    good = {"shown by": "conform:answers-are-json", "open": ""}

    assert [] == list(missing(good))
    assert [] != list(missing(good | {"shown by": "conform:no-such-check"}))
    assert [] != list(missing(good | {"shown by": "tests/test_app.py::test_no_such_test"}))
    assert [] != list(missing(good | {"shown by": "tests/test_nowhere.py::test_x"}))
    assert [] != list(missing(good | {"shown by": ""}))
    assert [] != list(missing(good | {"open": "because"}))


def test_the_table_is_whole() -> None:
    """No item twice, none left out in the numbering, and every row says what we do."""
    numbers: dict[str, list[int]] = {}
    for row in ROWS:
        letter, number = re.fullmatch(r"([A-Z])-(\d\d)", row["item"]).groups()  # type: ignore[union-attr]
        numbers.setdefault(letter, []).append(int(number))
        assert row["level"] in {"M", "S", "O", "client M"}
        assert all(row[name] for name in ("basis", "requirement", "we")), row["item"]

    assert "XDTRHPCAFSJN" == "".join(numbers)
    assert {letter: [*range(1, len(found) + 1)] for letter, found in numbers.items()} == numbers


def test_what_is_still_to_come_is_said_on_the_page() -> None:
    """Neither more nor less than in the table."""
    page = (ROOT / "docs" / "conformance.md").read_text("utf-8")
    later = {row["item"] for row in ROWS if "later: " in row["open"]}

    assert later == set(re.findall(r"\b[XDTRHPCAFSJN]-\d\d\b", page))


def test_the_checks_of_the_kit_are_about_items_of_the_table() -> None:
    shown = Counter(item for check in CHECKS for item in check.shows)

    assert set() == shown.keys() - ITEMS.keys()


def test_a_failure_of_the_kit_rests_on_a_specification() -> None:
    """A check that can fail a service is about an item that is more than our own inference."""
    ours = {"ENG", "VND", "BP", "3.0b"}
    for check in CHECKS:
        bases = {ITEMS[item]["basis"] for item in check.shows}

        assert check.is_advice or bases - ours, check.name


@pytest.mark.skipif(not CHECKLIST.exists(), reason="the checklist that the table began with is not at hand")
def test_every_item_of_the_checklist_is_in_the_table() -> None:
    text = CHECKLIST.read_text("utf-8")
    items = re.findall(r"^\| ([XDTRHPCAFSJN]-\d\d) \| (?:client )?[MS] \|", text, re.MULTILINE)

    assert len(items) > 100
    assert set() == set(items) - ITEMS.keys()
