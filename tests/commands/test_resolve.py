"""``leukocds knowledge resolve``: one JSON object a line, whatever the line is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from cds.commands.knowledge import knowledge
from tests.knowledge.conftest import drug_text
from tests.knowledge.overlays import write_overlay
from tests.rxnorm.conftest import build
from tests.rxnorm.releases import write_release


def resolve(
    *lines: str | bytes, environment: dict[str, str] | None = None
) -> tuple[int, list[dict[str, Any]]]:
    stdin = b"".join((line.encode() if isinstance(line, str) else line) + b"\n" for line in lines)
    result = CliRunner().invoke(knowledge, ["resolve"], input=stdin, env=environment)
    return result.exit_code, [json.loads(line) for line in result.stdout.splitlines()]


@pytest.mark.parametrize(
    ("line", "names", "matched_by"),
    [
        ("rxnorm 6835", ["methimazole"], "rxnorm"),
        ("rxnorm 207012", ["methimazole"], "historic"),
        ("rxnorm 849580", ["sulfamethoxazole", "trimethoprim"], "rxnorm"),
        ("rxnorm   849580 ", ["sulfamethoxazole", "trimethoprim"], "rxnorm"),
        ("rxnorm 99999999", [], "none"),
        ("atc L04AX01", ["azathioprine"], "atc"),
        ("atc l04ax01", ["azathioprine"], "atc"),
        ("atc L04AX", [], "none"),
        ("snomed 387381009", ["methotrexate"], "snomed"),
        ("snomed 99999999", [], "none"),
        ("ndc 00078-0126-05", ["clozapine"], "ndc"),
        ("ndc 0093-7772-01", ["clozapine"], "ndc"),
        ("ndc 99999-9999-99", [], "none"),
        ("text CLOZAPINE 100 MG PO TABS", ["clozapine"], "name"),
        ("text amlodipine 5 MG", [], "none"),
    ],
)
def test_a_line_and_its_answer(line: str, names: list[str], matched_by: str) -> None:
    status, (answer,) = resolve(line)

    assert 0 == status
    assert {"input", "ingredients", "matchedBy"} == answer.keys()
    assert line.strip() == answer["input"]
    assert names == [ingredient["name"] for ingredient in answer["ingredients"]]
    assert matched_by == answer["matchedBy"]


def test_an_ingredient_has_its_name_and_its_rxnorm_code() -> None:
    _, (answer,) = resolve("rxnorm 207012")

    assert [{"name": "methimazole", "rxcui": "6835"}] == answer["ingredients"]


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("", "a line begins with one of rxnorm, ndc, atc, snomed, text"),
        ("207012", "a line begins with one of"),
        ("brand Tapazole", "a line begins with one of"),
        ("RXNORM 207012", "a line begins with one of"),
        ("rxnorm", "rxnorm needs a value after it"),
        ("text  ", "text needs a value after it"),
        ("rxnorm Tapazole", "a code of rxnorm is one to eight digits"),
        ("rxnorm 207012 6835", "a code of rxnorm is one to eight digits"),
        ("atc methimazole", "a code of atc is such as L04AX01"),
        ("snomed 387", "a code of snomed is 6 to 18 digits"),
        ("ndc 0078012605", "an NDC is 11 digits"),
        (b"rxnorm \xff\xfe", "a code of rxnorm is one to eight digits"),
    ],
)
def test_a_malformed_line_is_answered_with_an_error_and_the_next_follows(
    line: str | bytes, error: str
) -> None:
    status, answers = resolve(line, "rxnorm 6835")

    assert 1 == status
    assert {"input", "error"} == answers[0].keys()
    assert answers[0]["error"].startswith(error)
    assert "rxnorm" == answers[1]["matchedBy"]


def test_nothing_to_do_is_no_error() -> None:
    assert (0, []) == resolve()


def test_the_local_index_is_asked_as_the_setting_says(tmp_path: Path) -> None:
    index = tmp_path / "x.sqlite"
    build(write_release(tmp_path / "x.zip"), index)

    status, answers = resolve(
        "ndc 49708-146-01",
        "rxnorm 91919",
        "rxnorm 197361",
        "rxnorm 1000011",
        environment={"LEUKOCDS_RXNORM_INDEX": str(index)},
    )

    assert 0 == status
    assert ["ndc", "historic", "rxnorm", "rxnorm"] == [answer["matchedBy"] for answer in answers]
    assert [2, 2, 0, 3] == [len(answer["ingredients"]) for answer in answers]
    assert [{"name": "amlodipine", "rxcui": "17767"}] == answers[2]["others"]


def test_an_unknown_code_comes_with_the_way_to_know_it_unless_that_was_gone(tmp_path: Path) -> None:
    build(write_release(tmp_path / "x.zip"), tmp_path / "x.sqlite")
    stdin = "ndc 99999-9999-99\nrxnorm 99999999\ntext xyzzy\nrxnorm 6835\n"

    without = CliRunner().invoke(knowledge, ["resolve"], input=stdin)
    with_index = CliRunner().invoke(
        knowledge, ["resolve"], input=stdin, env={"LEUKOCDS_RXNORM_INDEX": str(tmp_path / "x.sqlite")}
    )

    assert "not in the shipped tables: 2. leukocds knowledge import-rxnorm" in without.stderr
    assert "" == with_index.stderr


def test_an_index_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    result = CliRunner().invoke(
        knowledge, ["resolve"], input="", env={"LEUKOCDS_RXNORM_INDEX": str(tmp_path / "x")}
    )

    assert 1 == result.exit_code
    assert "there is no file" in result.stderr


@pytest.mark.parametrize("by_option", [True, False])
def test_a_hospitals_own_names_are_known_with_its_folder(tmp_path: Path, by_option: bool) -> None:
    house = write_overlay(
        tmp_path, examplazole=drug_text("examplazole", "99999998").replace('"label"', '"own-standard"')
    )
    arguments = ["resolve", *(["--overlay", str(house)] if by_option else [])]
    environment = {} if by_option else {"LEUKOCDS_KNOWLEDGE_OVERLAY": str(house)}
    result = CliRunner().invoke(knowledge, arguments, input="text EXAMPLAZOLE 10 MG", env=environment)

    assert [{"name": "examplazole", "rxcui": "99999998"}] == json.loads(result.stdout)["ingredients"]
