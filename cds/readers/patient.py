"""The patient: born when, and whether deceased. Nothing else of a person is looked at."""

from __future__ import annotations

from datetime import datetime

from cds.facts import Patient
from cds.readers import wire
from cds.readers.bundle import Gathered
from cds.readers.moments import read_moment


def read_patient(gathered: Gathered, as_of: datetime) -> Patient:
    """From the Patient resource, if one was supplied; several copies agree or the first dated one counts.

    Who died after ``as_of`` was alive then: an old record can be looked at as of any day.
    """
    patients = [sent.resource for sent in gathered.of(wire.Patient)]
    born = next((moment for patient in patients if (moment := read_moment(patient.birth_date))), None)
    return Patient(born=born, deceased=any(_is_deceased(patient, as_of) for patient in patients))


def _is_deceased(patient: wire.Patient, as_of: datetime) -> bool:
    if not patient.deceased_date_time:
        return bool(patient.deceased_boolean)
    died = read_moment(patient.deceased_date_time)
    return died is None or died.earliest <= as_of  # an unreadable date still says that the patient died
