"""A release and the index made of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from cds.rxnorm.build import Built, build_index
from cds.rxnorm.index import RxNormIndex
from cds.rxnorm.release import Release
from tests.rxnorm.releases import write_release

MADE_ON = date(2026, 11, 20)


def build(release: Path, output: Path) -> Built:
    with Release(release) as opened:
        return build_index(opened, output, MADE_ON, lambda _: None)


@pytest.fixture(scope="session")
def index_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rxnorm")
    build(write_release(folder / "RxNorm_full_10062025.zip"), folder / "rxnorm.sqlite")
    return folder / "rxnorm.sqlite"


@pytest.fixture
def index(index_file: Path) -> Iterator[RxNormIndex]:
    opened = RxNormIndex(index_file)
    yield opened
    opened.close()
