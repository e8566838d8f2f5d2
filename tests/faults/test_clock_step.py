"""The machine's clock jumps while the service answers, as it does when somebody sets it right."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from http.client import HTTPConnection
from itertools import pairwise
from pathlib import Path

import pytest

from tests.faults.serving import Service, post, serving, story

pytestmark = pytest.mark.faults
STEPS = [0, 1, -1, 24 * 40, 0]  # hours from the true time, one after the other
ASKED = 50


def test_a_clock_that_jumps_loses_no_answer_and_no_process(
    tmp_path: Path, tell: Callable[[str], None]
) -> None:
    clock, program = tmp_path / "clock", Path(__file__).with_name("stepped_clock.py")
    clock.write_text("0")
    with serving(
        tmp_path, program=[sys.executable, str(program)], environment={"CLOCK_FILE": str(clock)}
    ) as service:
        processes = service.workers()
        told = []
        with closing(HTTPConnection("127.0.0.1", service.port, timeout=30)) as connection:
            for step in STEPS:
                clock.write_text(str(step * 3600))
                answers = [post(connection, story()) for _ in range(ASKED)]
                assert [200] * ASKED == [status for status, _ in answers]
                assert step > 1 or not [body for _, body in answers if b'"critical"' not in body]
                told.append(_last_told(service))

        assert processes == service.workers()
    went = [round((later - earlier) / timedelta(hours=1)) for earlier, later in pairwise(told)]
    assert [1, -2, 961, -960] == went  # the service went along with each
    jumps = ", ".join(f"{hours:+}" for hours in went)
    tell(f"{ASKED * len(STEPS)} answers by one process while the clock jumped by {jumps} hours")


def _last_told(service: Service) -> datetime:
    """The moment that the last line of the log gives."""
    last = service.log.read_text("utf-8").splitlines()[-1]
    return datetime.fromisoformat(json.loads(last)["at"])
