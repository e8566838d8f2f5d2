"""A hospital's overlay folder for tests."""

from __future__ import annotations

from pathlib import Path

HEAD = """
name = "Klinikum Süd 2"

[review]
authored = "drug information"
checked = "head of pharmacy"
reviewed_on = 2026-11-01
next_review = 2027-11-01
"""

SOURCES = """
[[source]]
id = "own-standard"
citation = "The hospital's own standard"
read_as = "full"
"""


def write_overlay(folder: Path, text: str = "", **drugs: str) -> Path:
    """The folder with ``overlay.toml`` of a name, a review and ``text``, one source, and these drug files."""
    (folder / "drugs").mkdir(parents=True, exist_ok=True)
    (folder / "overlay.toml").write_text(HEAD + text, "utf-8")
    (folder / "sources.toml").write_text(SOURCES)
    for name, drug in drugs.items():
        (folder / "drugs" / f"{name}.toml").write_text(drug)
    return folder
