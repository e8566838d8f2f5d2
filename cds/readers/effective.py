"""When a result was obtained, by its own word; and how far back a page of results reaches."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from cds.facts import When
from cds.readers import wire
from cds.readers.moments import read_moment, read_period, read_timing


def effective(result: wire.Observation) -> When | None:
    """Observation.effective[x]."""
    return (
        read_moment(result.effective_date_time)
        or read_moment(result.effective_instant)
        or read_period(result.effective_period)
        or read_timing(result.effective_timing)
    )


def oldest_of_page(results: Iterable[wire.Observation]) -> When | None:
    """The oldest date of a page that runs from new to old: whatever is on later pages is as old or older.

    ``None`` if the page does not run so, or if that cannot be told because a result has no date.
    """
    dates = []
    for result in results:
        measured = effective(result)
        if measured is None:
            return None
        dates.append(measured)
    if not dates or any(later.latest.date() > earlier.latest.date() for earlier, later in pairwise(dates)):
        return None
    return dates[-1]
