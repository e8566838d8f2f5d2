"""How old the patient was when a specimen was taken."""

from __future__ import annotations

from datetime import datetime, timedelta

from cds.facts import Patient, When


class Ages:
    """Ages of one patient. Without a date of birth nobody knows, and the patient is not taken for a child."""

    def __init__(self, patient: Patient, adult_from_days: int, as_of: datetime) -> None:
        self._patient = patient
        self._as_of = as_of
        born = patient.birthday
        self._of_age = born + timedelta(days=adult_from_days) if born is not None else None

    def days(self, measured: When | None) -> int | None:
        """Age at the time of the specimen; for an undated one, now."""
        return self._patient.age_in_days(measured, self._as_of)

    def is_child(self, measured: When | None) -> bool:
        """Whether the patient was not yet of age then."""
        if self._of_age is None:
            return False
        return (measured.day if measured is not None else self._as_of.date()) < self._of_age
