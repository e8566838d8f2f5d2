"""``leukocds knowledge``: what a reviewer and a script get to see."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cds.commands.knowledge import knowledge
from tests.knowledge.overlays import write_overlay


def run(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(knowledge, list(arguments), input=stdin)


def test_check_of_a_sound_folder_succeeds(folder: Path) -> None:
    result = run("check", "--folder", str(folder), "--today", "2026-11-20")

    assert result.exit_code == 0
    assert result.output == "0 problems, 0 warnings\n"


def test_check_prints_every_problem_and_fails(folder: Path) -> None:
    (folder / "vaccines.toml").unlink()
    (folder / "workup.toml").write_text("")

    result = run("check", "--folder", str(folder), "--today", "2026-11-20")

    assert result.exit_code == 1
    assert result.output.splitlines() == [
        "vaccines.toml: the file is missing",
        "workup.toml: the file is empty",
        "2 problems, 0 warnings",
    ]


def test_an_overdue_review_only_warns(folder: Path) -> None:
    result = run("check", "--folder", str(folder), "--today", "2027-01-11")

    assert result.exit_code == 0
    assert result.output.startswith(
        "warning: drugs/clozapine.toml: review.next_review: the review was due on"
    )
    assert result.output.endswith("0 problems, 8 warnings\n")


def test_an_overdue_review_fails_a_strict_check(folder: Path) -> None:
    on_the_day = run("check", "--strict", "--folder", str(folder), "--today", "2027-01-10")
    after = run("check", "--strict", "--folder", str(folder), "--today", "2027-01-11")

    assert (0, 1) == (on_the_day.exit_code, after.exit_code)
    assert after.output.endswith("8 problems, 0 warnings\n")


def test_an_overlay_is_checked_with_the_folder(folder: Path, elsewhere: Path) -> None:
    house = write_overlay(elsewhere / "house", '[[off]]\ndrug = "water"\nwhy = "not used"\n')
    arguments = ("check", "--folder", str(folder), "--today", "2026-11-20")
    by_option = run(*arguments, "--overlay", str(house))
    by_variable = CliRunner().invoke(
        knowledge, list(arguments), env={"LEUKOCDS_KNOWLEDGE_OVERLAY": str(house)}
    )

    assert by_option.output == by_variable.output
    assert 1 == by_option.exit_code
    assert 'overlay.toml: off[0].drug: there is no drug "water"' in by_option.output


def test_a_day_that_is_none_is_refused(folder: Path) -> None:
    result = run("check", "--folder", str(folder), "--today", "tomorrow")

    assert result.exit_code == 2
    assert "'tomorrow' is not a day like 2026-11-20" in result.output


def test_list_as_json(folder: Path) -> None:
    result = run("list", "--json", "--folder", str(folder))
    rows = json.loads(result.output)

    assert {"name": "methimazole", "rxcui": "6835", "tier": "core", "lines": ["neutrophils"]} in rows
    assert len(rows) == 8


def test_list_as_columns(folder: Path) -> None:
    result = run("list", "--folder", str(folder))

    assert "penicillin V" in result.output
    assert len(result.output.splitlines()) == 8


def test_show_by_id_name_or_brand_gives_the_page_with_sources(folder: Path) -> None:
    by_id, by_name, by_brand = (
        run("show", name, "--folder", str(folder)) for name in ("methimazole", "Methimazole", "Tapazole")
    )

    assert by_id.output == by_name.output == by_brand.output
    assert "confirmation  sourced" in by_id.output
    assert "risky with    clozapine (warn): lower counts" in by_id.output
    assert "source        label: A label [read: full]" in by_id.output
    assert "checked by nobody yet" in by_id.output
    assert "\n\n\n" not in by_id.output


@pytest.mark.parametrize("code", ["2626", "N05AH02", "n05ah02", "Clozaril", " clozapine "])
def test_show_by_code(folder: Path, code: str) -> None:
    assert run("show", code, "--folder", str(folder)).output.startswith("clozapine (")


def test_show_of_a_combination_gives_both_drugs(folder: Path) -> None:
    output = run("show", "849580", "--folder", str(folder)).output

    assert output.startswith("sulfamethoxazole (")
    assert "\n\ntrimethoprim (" in output


def test_show_marks_what_is_not_confirmed(folder: Path) -> None:
    path = folder / "interactions.toml"
    path.write_text(path.read_text().replace('"sourced"', '"needs pharmacist review"'))

    result = run("show", "methimazole", "--folder", str(folder))

    assert "lower counts [needs pharmacist review]" in result.output


def test_show_of_something_else_fails(folder: Path) -> None:
    result = run("show", "water", "--folder", str(folder))

    assert result.exit_code == 1
    assert "No drug of the knowledge is called 'water'." in result.output


def test_a_broken_folder_is_not_queried(folder: Path) -> None:
    (folder / "vaccines.toml").unlink()

    for command in (["list"], ["show", "clozapine"], ["resolve"]):
        result = run(*command, "--folder", str(folder), stdin="")

        assert result.exit_code == 1
        assert "vaccines.toml: the file is missing" in result.output
