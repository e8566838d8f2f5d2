"""The check of the container says so when it could not check, and what it kept had nothing failed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.source_code import ROOT


def test_without_its_tools_it_says_that_nothing_was_checked(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "deploy.check_container"],
        cwd=ROOT,
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (0, "") == (done.returncode, done.stdout)
    assert "SKIPPED: the container was NOT checked: buildah, podman, runc, debootstrap" in done.stderr


def test_what_was_kept_had_nothing_failed() -> None:
    kept = (ROOT / "deploy" / "container-check.txt").read_text("utf-8").splitlines()

    assert {"with", "base", "figure", "seen", "ok"} == {line.split()[0] for line in kept}
