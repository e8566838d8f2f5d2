"""A number that a hospital can move moves something: each of the limits and weights is read somewhere."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from pydantic import BaseModel

from cds.knowledge.schema import Limits, Ranking

CODE = Path(__file__).parents[2] / "cds"
SOURCES = {"sources", "next_cycle_sources", "confirmation"}  # read by name, for every entry alike


def read_names() -> set[str]:
    """Every attribute that the code outside of the schema asks for."""
    return {
        node.attr
        for path in CODE.rglob("*.py")
        if "schema" not in path.parts and path.name not in {"check_lines.py", "checks.py"}
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute)
    }


READ = read_names()


def members(model: type[BaseModel], path: str) -> list[tuple[str, str]]:
    """Path and name of every number, however deep."""
    found: list[tuple[str, str]] = []
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            found += members(kind, f"{path}.{name}")
        elif name not in SOURCES:
            found.append((f"{path}.{name}", name))
    return found


@pytest.mark.parametrize(
    ("path", "name"),
    [*members(Limits, "limits"), *members(Ranking, "ranking")],
    ids=lambda each: each if "." in each else "",
)
def test_every_number_is_read(path: str, name: str) -> None:
    assert name in READ, f"{path} is read by nobody: an overlay that moves it would change nothing"
