"""Reading a release: which zip it is, what is read of it, and what is refused."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from cds.errors import ReleaseError
from cds.rxnorm.release import CONCEPTS, SUCCESSORS, Release
from tests.rxnorm.releases import FULL, PRESCRIBABLE, SOURCE, concept, write_release, zipped


def read(path: Path, table: str, mark: str, wanted: str) -> list[list[str]]:
    with Release(path) as release:
        return list(release.rows(table, mark, wanted, lambda _: None))


def test_only_rows_with_the_mark_are_split_and_only_wanted_columns_given(tmp_path: Path) -> None:
    path = write_release(tmp_path / "x.zip")

    rows = read(path, CONCEPTS, "|RXNORM|IN|", "STR RXCUI SUPPRESS")

    assert ["methimazole", "6835", "N"] == rows[0]
    assert all("METHIMAZOLE" != row[0] for row in rows)


def test_a_table_that_the_subset_does_not_have_has_no_rows(tmp_path: Path) -> None:
    path = write_release(tmp_path / "x.zip", PRESCRIBABLE)

    assert [] == read(path, SUCCESSORS, "|", "CUI1 CUI2")


def test_the_tables_of_the_full_release_win_over_those_of_its_subset(tmp_path: Path) -> None:
    """The full release holds the subset again, under prescribe/, whose tables are empty here."""
    with Release(write_release(tmp_path / "x.zip")) as release:
        assert release.is_full
    assert read(tmp_path / "x.zip", CONCEPTS, "|RXNORM|", "RXCUI")


@pytest.mark.parametrize(
    ("name", "tables", "released"),
    [
        ("x.zip", FULL, date(2025, 10, 6)),  # by its Readme
        ("RxNorm_full_prescribe_01052026.zip", PRESCRIBABLE, date(2026, 1, 5)),  # by its own name
        ("x.zip", {**PRESCRIBABLE, "rrf/RXNSAB.RRF": [SOURCE]}, date(2025, 10, 6)),  # by its list of sources
        ("RxNorm_full_13452026.zip", PRESCRIBABLE, None),  # not a day
        ("x.zip", PRESCRIBABLE, None),
    ],
)
def test_the_date_of_the_release(
    tmp_path: Path, name: str, tables: dict[str, list[str]], released: date | None
) -> None:
    with Release(write_release(tmp_path / name, tables)) as release:
        assert released == release.released


def test_progress_reaches_the_size_that_was_told(tmp_path: Path) -> None:
    """Told in megabytes as they are read, and the rest at the end."""
    rows = [concept(number, "SCD", "x" * 60) for number in range(30_000)]
    told: list[int] = []
    with Release(write_release(tmp_path / "x.zip", {**PRESCRIBABLE, "rrf/RXNCONSO.RRF": rows})) as release:
        for table in ("RXNCONSO.RRF", "RXNREL.RRF", "RXNSAT.RRF"):
            list(release.rows(table, "|RXNORM|", "SAB", told.append))

        assert release.size == sum(told)
    assert 4 < len(told)


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_lines_may_end_as_on_any_system(tmp_path: Path, line_end: str) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(
        zipped({**PRESCRIBABLE, "rrf/RXNCONSO.RRF": [concept(1, "IN", "a") + line_end.strip("\n")]})
    )

    assert [["1", "a"]] == read(path, CONCEPTS, "|RXNORM|", "RXCUI STR")


# --- refused --------------------------------------------------------------------------------------------


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match=r"nothing\.zip cannot be read: No such file"):
        Release(tmp_path / "nothing.zip")


def test_a_file_that_is_no_zip(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    path.write_text("<html>Please sign in")

    with pytest.raises(ReleaseError, match=r"x\.zip is no zip file, or its end is missing"):
        Release(path)


def test_a_zip_that_was_not_loaded_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(zipped(FULL)[:-200])

    with pytest.raises(ReleaseError, match="its end is missing"):
        Release(path)


def test_another_zip(tmp_path: Path) -> None:
    """The UMLS Metathesaurus has similar files under similar names."""
    path = write_release(tmp_path / "umls.zip", {"META/MRCONSO.RRF": ["x"], "META/MRREL.RRF": ["x"]})

    with pytest.raises(ReleaseError) as caught:
        Release(path)

    assert "no RxNorm release: it has no RXNCONSO.RRF, RXNREL.RRF, RXNSAT.RRF" in str(caught.value)


def test_a_damaged_table(tmp_path: Path) -> None:
    """A wrong byte in the middle; the list at the end of the zip is sound."""
    packed = bytearray(zipped(FULL))
    place = packed.index(b"rrf/RXNCONSO.RRF", packed.index(b"prescribe/rrf/RXNSAT.RRF")) + 60
    packed[place : place + 40] = b"\xff" * 40
    path = tmp_path / "x.zip"
    path.write_bytes(packed)

    with pytest.raises(ReleaseError, match=r"x\.zip is damaged: RXNCONSO\.RRF cannot be unpacked"):
        read(path, CONCEPTS, "|RXNORM|", "RXCUI")


@pytest.mark.parametrize("row", ["1|ENG|RXNORM|", concept(1, "IN", "a") + "|", concept(1, "IN", "a|b")])
def test_a_row_that_has_not_its_columns(tmp_path: Path, row: str) -> None:
    tables = {**PRESCRIBABLE, "rrf/RXNCONSO.RRF": [concept(2, "IN", "b"), row]}
    path = write_release(tmp_path / "x.zip", tables)

    with pytest.raises(ReleaseError, match=r"RXNCONSO\.RRF, line 2: \d+ columns instead of 18"):
        read(path, CONCEPTS, "|RXNORM|", "RXCUI")
