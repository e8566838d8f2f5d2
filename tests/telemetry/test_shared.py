"""The folder of shared metrics: private, locked while it is lived in, cleared away when nobody is."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, values

from cds.telemetry.metrics import Metrics
from cds.telemetry.shared import SharedFolder


def test_it_is_private_and_goes_with_its_maker(tmp_path: Path) -> None:
    folder = SharedFolder(tmp_path)

    assert [folder.path] == [*tmp_path.iterdir()]
    assert 0o700 == folder.path.stat().st_mode & 0o777
    folder.remove()
    assert [] == [*tmp_path.iterdir()]


def test_what_a_dead_service_left_is_cleared_away_and_what_a_living_one_has_is_not(tmp_path: Path) -> None:
    script = "import os, sys; from pathlib import Path; from cds.telemetry.shared import SharedFolder;"
    script += "folder = SharedFolder(Path(sys.argv[1])); print(folder.path, flush=True); os._exit(9)"
    dead = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, timeout=60, check=False
    )
    left = Path(dead.stdout.strip())
    stranger = tmp_path / "leukocds-run-of-somebody"
    stranger.mkdir()
    assert left.is_dir()
    first = SharedFolder(tmp_path)

    second = SharedFolder(tmp_path)

    assert {first.path, second.path, stranger} == {*tmp_path.iterdir()}
    for folder in (first, second):
        folder.remove()


@pytest.fixture
def shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SharedFolder:
    monkeypatch.setattr(values, "ValueClass", values.ValueClass)
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", "")
    folder = SharedFolder(tmp_path)
    folder.share_metrics()
    return folder


def test_what_a_process_counted_stays_in_the_sum_and_its_files_do_not(shared: SharedFolder) -> None:
    metrics = Metrics()
    metrics.count_reload(accepted=True)
    files = [*shared.path.glob(f"*_{os.getpid()}.db")]
    for file in files:  # as if two processes had counted
        for pid in (1, 2):
            (shared.path / file.name.replace(str(os.getpid()), str(pid))).write_bytes(file.read_bytes())

    def total() -> float | None:
        registry = CollectorRegistry()
        shared.register(registry)
        return registry.get_sample_value("leukocds_reloads_total", {"result": "ok"})

    assert 3 == total()
    with shared.reading():
        shared.bury(1)  # nobody waits for a reader, who may hang
        assert 3 == total()
        assert [*shared.path.glob("*_1.db")]
    shared.bury(2)
    assert 3 == total()
    assert [] == [*shared.path.glob("*_1.db"), *shared.path.glob("*_2.db")]
    shared.bury(4711)
    assert 3 == total()
    shared.remove()
