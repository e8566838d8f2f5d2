"""The index as the service asks it: checked at start, read-only, from many threads and processes."""

from __future__ import annotations

import os
import shutil
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from cds.errors import RxNormIndexError
from cds.rxnorm.index import RxNormIndex


def problems(path: Path) -> str:
    with pytest.raises(RxNormIndexError) as caught:
        RxNormIndex(path)
    (problem,) = caught.value.problems
    return problem


def changed(index_file: Path, tmp_path: Path, statement: str) -> Path:
    path = Path(shutil.copy(index_file, tmp_path / "changed.sqlite"))
    with closing(sqlite3.connect(path)) as database:
        database.execute(statement)
        database.commit()
    return path


def test_a_file_that_is_missing(tmp_path: Path) -> None:
    assert f"LEUKOCDS_RXNORM_INDEX: there is no file {tmp_path / 'x'}" == problems(tmp_path / "x")


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"PK\x03\x04" * 1000)

    assert problems(tmp_path / "x").endswith("cannot be read as an index")


def test_an_index_that_was_cut_short(index_file: Path, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(index_file.read_bytes()[:4096])

    assert problems(tmp_path / "x").endswith("cannot be read as an index")


def test_another_database(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "x")) as database:
        database.execute("CREATE TABLE about (release TEXT)")

    assert problems(tmp_path / "x").endswith("was not made by import-rxnorm")


def test_an_index_of_another_version(index_file: Path, tmp_path: Path) -> None:
    path = changed(index_file, tmp_path, "PRAGMA user_version = 99")

    assert "has version 99, this program reads 1; make it again" in problems(path)


def test_an_index_without_its_provenance(index_file: Path, tmp_path: Path) -> None:
    path = changed(index_file, tmp_path, "DELETE FROM about")

    assert problems(path).endswith("cannot be read as an index")


def test_it_writes_nothing_beside_the_file(index_file: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(index_file, tmp_path / "x.sqlite"))
    path.chmod(0o444)
    index = RxNormIndex(path)

    assert index.lookup("rxnorm", "6835") is not None
    assert ["x.sqlite"] == [each.name for each in tmp_path.iterdir()]
    index.close()


def test_a_name_with_marks_of_an_address_is_opened(index_file: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(index_file, tmp_path / "a ?#%20.sqlite"))
    index = RxNormIndex(path)

    assert index.lookup("rxnorm", "6835") is not None
    index.close()


def test_many_threads_get_the_same_answers(index: RxNormIndex) -> None:
    codes = ["6835", "197941", "849580", "99999999", "1000011"] * 200
    alone = [index.lookup("rxnorm", code) for code in codes]
    index.lookup.cache_clear()
    with ThreadPoolExecutor(8) as threads:
        together = list(threads.map(lambda code: index.lookup("rxnorm", code), codes))

    assert alone == together


def test_a_process_of_its_own_opens_the_file_itself(index: RxNormIndex) -> None:
    """The server's processes are forked from one that has checked the index and may have asked it."""
    index.lookup("rxnorm", "6835")
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        found = index.lookup("rxnorm", "849580")
        os.write(writing, b"yes" if found is not None else b"no")
        os._exit(0)
    os.waitpid(child, 0)

    assert b"yes" == os.read(reading, 10)
    os.close(reading)
    os.close(writing)


def test_an_index_that_is_replaced_goes_on_answering_from_the_old_one(
    index_file: Path, tmp_path: Path
) -> None:
    path = Path(shutil.copy(index_file, tmp_path / "x.sqlite"))
    index = RxNormIndex(path)
    assert index.lookup("rxnorm", "6835") is not None

    path.unlink()
    path.write_text("something else")

    assert index.lookup("rxnorm", "849580") is not None
    index.close()


def test_no_more_than_so_many_codes_are_remembered(index: RxNormIndex) -> None:
    for code in range(5_000):
        index.lookup("rxnorm", str(code))

    assert 4_096 == index.lookup.cache_info().currsize
