"""Write ``response.json`` of the stories anew, from what the service answers now.

    make fixtures                              all of them (ONLY=NAME: one)
    python -m tests.regenerate_fixtures NAME   some of them

To be run on purpose, and its difference to be read: from then on the tests hold the service to it. Nothing
is written for a story that does not say what its ``case.toml`` promises.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.cases.requests import knowledge
from tests.fixture_stories import DAYS, FIXTURES, story_folders, tell
from tests.kept_answers import NotKeptError, keep
from tests.promises import broken_promises


def regenerate(folder: Path) -> str:
    """What became of one story: ``written``, ``unchanged``, or why neither."""
    told = {now: tell(folder, now) for now in DAYS}
    problems = [problem for each in told.values() for problem in broken_promises(each)]
    if problems:
        return "; ".join(dict.fromkeys(problems))
    try:
        text = keep(
            {now: each.answer for now, each in told.items()},
            (folder / "request.json").read_text("utf-8"),
            knowledge().version,
        )
    except NotKeptError as problem:
        return str(problem)
    kept = folder / "response.json"
    if kept.exists() and kept.read_text("utf-8") == text:
        return "unchanged"
    kept.write_text(text, "utf-8")
    return "written"


def main(names: list[str]) -> int:
    """Regenerate the named stories, or all; the exit status says whether all of them could be written."""
    folders = [FIXTURES / name for name in names] or story_folders()
    outcomes = {folder.name: regenerate(folder) for folder in folders}
    for name, outcome in outcomes.items():
        if outcome != "unchanged":
            print(f"{name}: {outcome}")
    return 0 if {*outcomes.values()} <= {"written", "unchanged"} else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
