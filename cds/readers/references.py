"""References between resources, and whether a resource is about the patient who is asked about."""

from __future__ import annotations

from collections.abc import Mapping
from operator import attrgetter

from msgspec import Raw

from cds.facts import GapKind
from cds.readers import wire
from cds.readers.decode import REFERENCE, Resource
from cds.readers.elements import ABSENT

_SUBJECT_MEMBERS = ("subject", "patient")
_UUID_PREFIXES = ("urn:uuid:", "urn:oid:")


def relative_reference(reference: str) -> str:
    """``Observation/o2`` from ``http://ehr/fhir/Observation/o2/_history/3``; a URN or ``#id`` stays."""
    reference = reference.strip()
    parts = reference.partition("/_history/")[0].partition("?")[0].rstrip("/").rsplit("/", 2)
    return "/".join(parts[-2:]) if len(parts) > 1 else reference


def bare_patient_id(patient_id: str) -> str:
    """The id alone; ``context.patientId`` may itself be ``Patient/x``."""
    return relative_reference(patient_id).removeprefix("Patient/")


class PatientGuard:
    """Keeps out whatever belongs to another patient.

    ``urls`` resolves a ``urn:uuid:`` subject to the Patient entry of the Bundle. A subject that is absent, or
    contained in the resource, is accepted; one that cannot be read or resolved is not.
    """

    def __init__(self, patient_id: str, urls: Mapping[str, str]) -> None:
        self._id = bare_patient_id(patient_id)
        self._urls = urls
        self._verdicts: dict[bytes, GapKind | None] = {}
        self._own = ABSENT  # the subject that was accepted last: nearly always that of all

    def refuses(self, resource: Resource | wire.OtherOrder) -> GapKind | None:
        """Why the resource is not used; ``None`` if it may be."""
        if type(resource) is wire.Patient:
            return GapKind.WRONG_PATIENT if resource.id and resource.id != self._id else None
        for subject_of in _SUBJECTS[type(resource)]:
            subject = subject_of(resource)
            if subject == self._own:
                continue
            verdict = self._judge_once(bytes(subject))
            if verdict is not None:
                return verdict
            self._own = subject
        return None

    def _judge_once(self, sent: bytes) -> GapKind | None:
        if sent not in self._verdicts:
            self._verdicts[sent] = self._judge(sent)
        return self._verdicts[sent]

    def _judge(self, sent: bytes) -> GapKind | None:
        if sent in (b"", b"null"):
            return None
        dropped: list[str] = []
        subject = REFERENCE.read(sent, dropped)
        if subject is None or dropped:
            return GapKind.BROKEN_RESOURCE
        reference = subject.reference.strip()
        if not reference or reference.startswith("#"):
            return None
        relative = self._urls.get(reference) or relative_reference(reference)
        if relative in (f"Patient/{self._id}", self._id):
            return None
        for prefix in _UUID_PREFIXES:
            if relative.lower() == prefix + self._id.lower():
                return None
        return GapKind.WRONG_PATIENT


_SUBJECTS: Mapping[type, tuple[attrgetter[Raw], ...]] = {
    kind: tuple(attrgetter(member) for member in _SUBJECT_MEMBERS if member in kind.__struct_fields__)
    for kind in (*Resource.__args__, wire.OtherOrder)
}
