"""The patient: born when, and whether deceased. Nothing else of a person is looked at."""

from __future__ import annotations

from cds.facts import Patient
from cds.readers import wire
from cds.readers.bundle import Gathered
from cds.readers.moments import read_moment


def read_patient(gathered: Gathered) -> Patient:
    """From the Patient resource, if one was supplied; several copies agree or the first dated one counts."""
    patients = [sent.resource for sent in gathered.of(wire.Patient)]
    born = next((moment for patient in patients if (moment := read_moment(patient.birth_date))), None)
    deceased = any(patient.deceased_boolean or patient.deceased_date_time for patient in patients)
    return Patient(born=born, deceased=deceased)
