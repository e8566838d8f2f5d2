"""``leukocds knowledge export`` and ``diff``: what a reviewer of a new version gets to see."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cds.commands.knowledge import knowledge
from cds.knowledge.base import Knowledge
from tests.knowledge.conftest import drug_text
from tests.knowledge.overlays import write_overlay


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(knowledge, [str(argument) for argument in arguments])


def exported(folder: Path, *more: str | Path) -> dict[str, Any]:
    result = run("export", "--folder", folder, *more)
    assert result.exit_code == 0, result.output
    return dict(json.loads(result.stdout))


@pytest.fixture
def kept(folder: Path, elsewhere: Path) -> Path:
    """The export of the untouched folder."""
    path = elsewhere / "kept.json"
    assert run("export", "--folder", folder, "--json", path).exit_code == 0
    return path


def rewrite(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


# --- export ---------------------------------------------------------------------------------------------


def test_the_export_has_every_table_with_its_entries(folder: Path) -> None:
    data = exported(folder)

    assert ("leukocds-knowledge/1", "") == (data["format"], data["overlay"])
    assert ["2626"] == data["drugs"]["clozapine"]["codes"]["rxnorm"]
    assert "clozapine" == data["pairs"]["I01"]["second"]
    assert 7 == data["monitoring"]["clozapine, label"]["steps"][0]["every_days"]
    assert "0.1" in str(data["lines"]["neutrophils"]["tiers"]["profound"])
    assert ["g/l", "k/ul"] == data["units"]["count: (x - 0) * 1 / 1"]
    assert {"products": 4, "historic": 1} == data["rxnorm"]
    assert {} == data["house"]


def test_no_table_of_the_knowledge_is_forgotten(folder: Path) -> None:
    """A table that is added to the knowledge has to appear in the export, or here with a reason."""
    left_out = {
        "line_codes": "in the lines",
        "medicines": "in the drugs; the products are counted",
        "vaccine_names": "in the vaccines",
        "condition_codes": "in the conditions",
        "attributes": "what the service says of itself",
        "reviews": "in the drugs",
        "silenced_rules": "in the house",
        "silenced_topics": "in the house",
        "local_loinc": "in the house",
        "local_cvx": "in the house",
        "orderables": "in the house",
        "remembered": "made of all others",
    }
    renamed = {"live_vaccines": "vaccines", "work_up": "tests"}
    members = {renamed.get(name, name) for name in Knowledge.__slots__ if name not in left_out}

    assert members <= exported(folder).keys()


def test_the_export_goes_where_it_is_told(folder: Path, elsewhere: Path) -> None:
    data = exported(folder)
    target = elsewhere / "out"
    target.mkdir()

    assert run("export", "--folder", folder, "--json", target / "k.json").exit_code == 0
    assert run("export", "--folder", folder, "--json", target).exit_code == 0

    assert (
        data
        == json.loads((target / "k.json").read_text())
        == json.loads((target / "knowledge.json").read_text())
    )
    assert data == json.loads(run("export", "--folder", folder, "--json", "-").stdout)


def test_pages_are_written_as_html_and_markdown(folder: Path, elsewhere: Path) -> None:
    result = run("export", "--folder", folder, "--html", elsewhere / "h", "--markdown", elsewhere / "m")

    assert result.exit_code == 0
    assert "" == result.stdout
    assert f"begin with {elsewhere / 'h' / 'index.html'}" in result.stderr
    page = (elsewhere / "h" / "drugs" / "clozapine.html").read_text()
    assert "<dt>source</dt><dd>label: A label [read: full]</dd>" in page
    assert "checked by nobody yet" in page
    assert 8 == len([*(elsewhere / "m" / "drugs").iterdir()])
    for name in ("index", "precautions", "pairs", "limits", "monitoring"):
        assert (elsewhere / "h" / f"{name}.html").exists()
        assert (elsewhere / "m" / f"{name}.md").exists()


def test_what_is_not_confirmed_is_marked_on_its_page(folder: Path, elsewhere: Path) -> None:
    rewrite(folder / "interactions.toml", '"sourced"', '"needs pharmacist review"')
    run("export", "--folder", folder, "--html", elsewhere)

    for name in ("pairs", "drugs/clozapine"):
        assert "[needs pharmacist review]" in (elsewhere / f"{name}.html").read_text()


def test_the_hospitals_changes_are_exported(folder: Path, elsewhere: Path) -> None:
    overlay = write_overlay(elsewhere / "house", '[[off]]\ndrug = "clozapine"\nwhy = "not used"\n')
    data = exported(folder, "--overlay", overlay)
    run("export", "--folder", folder, "--overlay", overlay, "--html", elsewhere / "h")

    assert "clozapine" not in data["drugs"]
    assert [{"drug": "clozapine", "why": "not used"}] == data["house"]["off"]
    assert (
        "Switched off: drug clozapine (not used)" in (elsewhere / "h" / "source-attributes.html").read_text()
    )
    assert not (elsewhere / "h" / "drugs" / "clozapine.html").exists()


def test_a_broken_folder_is_not_exported(folder: Path, elsewhere: Path) -> None:
    (folder / "vaccines.toml").unlink()
    result = run("export", "--folder", folder, "--html", elsewhere / "h")

    assert 1 == result.exit_code
    assert "vaccines.toml: the file is missing" in result.stderr
    assert not (elsewhere / "h").exists()


# --- diff -----------------------------------------------------------------------------------------------


def test_nothing_changed_is_exit_status_0(folder: Path, kept: Path) -> None:
    result = run("diff", kept, folder)

    assert 0 == result.exit_code
    assert "Entries: 0 added, 0 removed, 0 changed" == result.output.splitlines()[-1]
    assert [] == json.loads(run("diff", kept, folder, "--json").stdout)


def test_every_change_is_told_member_by_member(folder: Path, kept: Path) -> None:
    (folder / "drugs" / "lithium.toml").write_text(drug_text("lithium", "6448"))
    (folder / "drugs" / "cortisone.toml").unlink()
    rewrite(folder / "drugs" / "clozapine.toml", "max_days = 90", "max_days = 120")
    rewrite(folder / "drugs" / "clozapine.toml", '["Clozaril"]', '["Clozaril", "Leponex"]')
    rewrite(folder / "limits.toml", "celsius = 38.0", "celsius = 38.3")
    rewrite(folder / "limits.toml", "adult_from_days = 6574", "adult_from_days = 6575")
    rewrite(folder / "cell_lines.toml", "to_days = 6574", "to_days = 6575")
    rewrite(folder / "monitoring.toml", "every_days = 7", "every_days = 8")

    result = run("diff", kept, folder)
    lines = result.output.splitlines()

    assert 1 == result.exit_code
    assert " -> " in lines[0]
    for line in (
        "drugs/lithium: added",
        "drugs/cortisone: removed",
        "drugs/clozapine: onset.max_days: 90 -> 120",
        "drugs/clozapine: names.brands: Clozaril -> Clozaril, Leponex",
        "limits/fever: celsius: 38.0 -> 38.3",
        "limits/adult_from_days: 6574 -> 6575",
    ):
        assert line in lines
    assert any(line.startswith("monitoring/clozapine, label: steps: ") for line in lines)
    assert "Entries: 1 added, 1 removed, 10 changed" == lines[-1]


def test_changes_as_json(folder: Path, kept: Path) -> None:
    rewrite(folder / "limits.toml", "celsius = 38.0", "celsius = 38.3")

    assert [
        {
            "table": "limits",
            "entry": "fever",
            "what": "changed",
            "member": "celsius",
            "before": "38.0",
            "after": "38.3",
        }
    ] == json.loads(run("diff", kept, folder, "--json").stdout)


def test_two_folders_are_compared_as_the_hospital_would_use_them(
    folder: Path, kept: Path, elsewhere: Path
) -> None:
    """A change of a drug that the hospital switched off is no change for it."""
    overlay = write_overlay(elsewhere / "house", '[[off]]\ndrug = "clozapine"\nwhy = "not used"\n')
    old = elsewhere / "old.json"
    run("export", "--folder", folder, "--overlay", overlay, "--json", old)
    rewrite(folder / "drugs" / "clozapine.toml", "max_days = 90", "max_days = 120")

    assert 0 == run("diff", old, folder, "--overlay", overlay).exit_code
    assert 1 == run("diff", kept, folder).exit_code


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"format": "leukocds-knowledge/0"}', '"x"'])
def test_something_else_is_not_compared(folder: Path, elsewhere: Path, text: str) -> None:
    (elsewhere / "x.json").write_text(text)
    result = run("diff", elsewhere / "x.json", folder)

    assert 1 == result.exit_code
    assert "x.json" in result.stderr
