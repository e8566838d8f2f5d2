"""The figures of the fault proofs: told at the end of the run, and kept when WRITE_FIGURES is set."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

KEPT = Path(__file__).with_name("figures.json")
_FIGURES: dict[str, str] = {}


@pytest.fixture
def tell(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Takes the figure of this test: one line."""

    def take(figure: str) -> None:
        _FIGURES[request.node.name] = figure

    return take


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if _FIGURES:
        terminalreporter.section("figures")
        for name, figure in _FIGURES.items():
            terminalreporter.line(f"{name.removeprefix('test_').replace('_', ' ')}: {figure}")


def pytest_sessionfinish() -> None:
    if _FIGURES and os.environ.get("WRITE_FIGURES"):
        kept = json.loads(KEPT.read_text("utf-8"))["figures"] if KEPT.exists() else {}
        day = datetime.now(UTC).date().isoformat()
        KEPT.write_text(json.dumps({"day": day, "figures": kept | _FIGURES}, indent=2) + "\n", "utf-8")
