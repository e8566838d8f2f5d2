"""``leukocds`` on a machine whose clock is set while it runs: the file CLOCK_FILE says how far off it is.

Whatever asks Python for the time of day gets the wrong one, here and in gunicorn; the clocks that only
measure how long something takes go on, as they do when a real clock is set.
"""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from pathlib import Path

_TRUE = time.time
_OFF = Path(os.environ["CLOCK_FILE"])


def _now() -> float:
    return _TRUE() + float(_OFF.read_text() or 0)


time.time = _now  # before anything else is imported, so that nobody holds the true one

import cds.app  # noqa: E402
from cds.cli import main  # noqa: E402

cds.app.utc_now = lambda: datetime.fromtimestamp(_now(), UTC)

if __name__ == "__main__":
    main()
