"""``leukocds knowledge import-rxnorm``: what is printed, where the index lies, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cds.commands.knowledge import knowledge
from cds.rxnorm.index import RxNormIndex
from tests.rxnorm.releases import FULL, write_release, zipped


def run(*arguments: object) -> Result:
    return CliRunner().invoke(knowledge, ["import-rxnorm", *map(str, arguments)])


def test_it_prints_what_went_in_and_how_to_use_it(tmp_path: Path) -> None:
    output = tmp_path / "rxnorm.sqlite"

    result = run(write_release(tmp_path / "RxNorm_full_10062025.zip"), "--output", output)

    assert 0 == result.exit_code
    assert [
        "release      2025-10-06",
        "ingredients          9",
        "codes               44, 9 of them retired",
        "NDC                  7",
        "left out             1 codes whose ingredients are not told for certain",
        "",
        f"To use it: LEUKOCDS_RXNORM_INDEX={output}",
    ] == result.stdout.splitlines()
    assert "reading RxNorm_full_10062025.zip" in result.stderr


def test_without_a_name_it_is_called_as_the_release_and_lies_in_this_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "loaded").mkdir()
    monkeypatch.chdir(tmp_path / "here")

    result = run(write_release(tmp_path / "loaded" / "RxNorm_full_10062025.zip"))

    assert 0 == result.exit_code
    assert "RxNorm_full_10062025.zip" == RxNormIndex(Path("RxNorm_full_10062025.sqlite")).about.release
    assert ["RxNorm_full_10062025.zip"] == [path.name for path in (tmp_path / "loaded").iterdir()]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot be read: No such file"),
        (b"", "is no zip file, or its end is missing"),
        (zipped(FULL)[:-100], "is no zip file, or its end is missing"),
        (zipped({"x.txt": ["x"]}), "is no RxNorm release"),
        (zipped({**FULL, "rrf/RXNREL.RRF": ["1|RXNORM|"]}), "RXNREL.RRF, line 1: 2 columns instead of 16"),
    ],
    ids=["missing", "empty", "cut-short", "other-zip", "wrong-columns"],
)
def test_what_cannot_be_used_ends_with_2_and_writes_nothing(
    tmp_path: Path, content: bytes | None, message: str
) -> None:
    release = tmp_path / "x.zip"
    if content is not None:
        release.write_bytes(content)

    result = run(release, "--output", tmp_path / "x.sqlite")

    assert 2 == result.exit_code
    assert message in result.stderr
    assert "Traceback" not in result.output
    assert [] == [path.name for path in tmp_path.iterdir() if path != release]
