"""The project's source, read with ``ast`` and never imported: what the tests of its structure look at."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True, slots=True)
class Module:
    """One file of Python: its dotted name (``cds.rules.trends``), its place and its text."""

    name: str
    path: str
    text: str
    tree: ast.Module

    def at(self, line: int) -> str:
        """``cds/rules/trends.py:12``, as editors understand it."""
        return f"{self.path}:{line}"


def read_modules(*packages: str) -> tuple[Module, ...]:
    """Every module below these packages."""
    return tuple(_read(path) for package in packages for path in sorted((ROOT / package).rglob("*.py")))


def write_module(name: str, text: str) -> Module:
    """A module that exists only in a test, to show that a fault would be noticed."""
    return Module(name, f"{name.replace('.', '/')}.py", text, ast.parse(text))


def within(name: str, *parents: str) -> bool:
    """Whether a dotted name is one of ``parents`` or lies below it."""
    return any(name == parent or name.startswith(f"{parent}.") for parent in parents)


def imports(module: Module) -> Iterator[tuple[int, str]]:
    """Line and full name of all that is imported, wherever in the file: ``cds.facts.Gap``."""
    here = module.name.split(".")
    package = here if module.path.endswith("__init__.py") else here[:-1]
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            origin = ".".join([*above, *([node.module] if node.module else [])])
            yield from ((node.lineno, f"{origin}.{alias.name}") for alias in node.names)


def calls(module: Module) -> Iterator[tuple[int, str]]:
    """Line and name of all that is called: ``open``, ``datetime.now``."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call):
            yield node.lineno, ast.unparse(node.func)


def literals(module: Module) -> Iterator[tuple[int, object]]:
    """Line and value of every string and number that is no docstring."""
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Constant) and id(node) not in docstrings:
            yield node.lineno, node.value


def _read(path: Path) -> Module:
    text = path.read_text("utf-8")
    place = path.relative_to(ROOT)
    name = ".".join(place.with_suffix("").parts).removesuffix(".__init__")
    return Module(name, place.as_posix(), text, ast.parse(text))
