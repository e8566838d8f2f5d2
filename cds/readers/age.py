"""How old the patient was when a specimen was taken."""

from __future__ import annotations

from datetime import datetime, timedelta

from cds.facts import When


class Ages:
    """Ages of one patient. Without a date of birth nobody knows, and the patient is not taken for a child."""

    def __init__(self, born: When | None, adult_from_days: int, as_of: datetime) -> None:
        self._born = born.earliest if born is not None else None
        self._adult_since = self._born + timedelta(days=adult_from_days) if self._born is not None else None
        self._as_of = as_of

    def days(self, measured: When | None) -> int | None:
        """Age at the time of the specimen; for an undated one, now."""
        if self._born is None:
            return None
        return ((measured.earliest if measured is not None else self._as_of) - self._born).days

    def is_child(self, measured: When | None) -> bool:
        """Whether the patient was not yet of age then."""
        if self._adult_since is None:
            return False
        return (measured.earliest if measured is not None else self._as_of) < self._adult_since
