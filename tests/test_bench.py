"""The bench runs and says what it found. How fast anything is, no test decides."""

from __future__ import annotations

import re
import subprocess
import sys

from tests.source_code import ROOT


def test_the_bench_prints_a_ratio_for_each_body() -> None:
    done = subprocess.run(
        [sys.executable, "bench/answer.py", "--rounds", "1", "--seconds", "0.01"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    rows = re.findall(r"^(.+ [a-z]+) +[\d,]+ +(\d) .* us +[\d,]+ us +([\d.]+) \(", done.stdout, re.MULTILINE)
    bodies = [(name.strip(), int(cards) > 0) for name, cards, _ in rows]

    assert "" == done.stderr
    assert [
        ("30 KB, silent", False),
        ("30 KB, silent but one result is odd", False),
        ("30 KB, with cards", True),
        ("1.3 MB, silent", False),
        ("1.3 MB, with cards", True),
    ] == bodies
    assert re.search(
        r"^Ready after [\d,]+ ms \([\d,]+ at best\); [\d,]+ ms of .* [\d.]+ \(.*\) ms go to loading",
        done.stdout,
        re.M,
    )
