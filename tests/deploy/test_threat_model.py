"""Every mitigation of the threat model names tests, and they are there."""

from __future__ import annotations

import ast
import re
from functools import cache

import pytest

from tests.source_code import ROOT

PAGE = (ROOT / "docs" / "threat-model.md").read_text("utf-8")
ROWS = [line for line in PAGE.splitlines() if line.startswith("| **")]
TEST = re.compile(r"`T/(\S+\.py)::(\w+)`")


@cache
def names_in(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / "tests" / path).read_text("utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


@pytest.mark.parametrize("row", ROWS, ids=[row.split("|")[2].strip()[:40] for row in ROWS])
def test_a_mitigation_is_shown_by_tests_that_are_there(row: str) -> None:
    named = TEST.findall(row)

    assert named
    assert [] == [f"{path}::{test}" for path, test in named if test not in names_in(path)]


def test_all_six_kinds_of_threat_are_thought_of() -> None:
    assert {*"STRIDE"} <= {row.split("**")[1] for row in ROWS}


def test_nothing_is_named_that_is_not_looked_up() -> None:
    assert PAGE.count("::test_") == sum(len(TEST.findall(row)) for row in ROWS)
