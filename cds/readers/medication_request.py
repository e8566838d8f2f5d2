"""MedicationRequests of the chart as possible exposures.

Left out: what never counted (entered in error, cancelled), what is not yet ordered (draft, proposal, plan,
option) and what must not be given. A ``plan`` that records what the patient reports to take is kept.
"""

from __future__ import annotations

from datetime import datetime
from typing import cast

from cds.facts import Gap, GapKind, MedicationUse
from cds.readers import wire
from cds.readers.bundle import Gathered
from cds.readers.dose_form import is_systemic
from cds.readers.medication_names import Medicines
from cds.readers.medication_times import find_end, find_start, is_as_needed, is_single_dose
from cds.readers.note import ReadNote
from cds.readers.sent import Sent, is_void

_NOT_ORDERED = frozenset({"proposal", "plan", "option"})


def read_uses(
    gathered: Gathered, drafted: frozenset[str], medicines: Medicines, as_of: datetime
) -> tuple[tuple[MedicationUse, ...], tuple[Gap, ...], tuple[ReadNote, ...]]:
    """All exposures, oldest first.

    ``drafted``: references of the drafts. A request that is also drafted is an exposure only while it is
    active (re-signing what the patient takes); otherwise it is the draft and nothing else.
    """
    uses: list[MedicationUse] = []
    gaps: list[Gap] = []
    notes: list[ReadNote] = []
    requests: list[Sent[wire.MedicationRequest]] = [*gathered.of(wire.MedicationRequest)]
    requests += cast("list[Sent[wire.MedicationRequest]]", gathered.of(wire.MedicationOrder))
    for sent in requests:
        refused = _refused(sent, drafted)
        if refused:
            notes.append(ReadNote(sent.reference, f"not used: {refused}"))
            continue
        use = _read_use(sent, medicines, as_of)
        uses.append(use)
        if not use.recognised:
            gaps.append(Gap(GapKind.UNRECOGNISED_MEDICATION, "medications", sent.reference))
        taken_as = ", ".join(match.ingredient for match in use.matches) or "another medicine"
        notes.append(ReadNote(sent.reference, taken_as if use.recognised else "an unknown medicine"))
    uses.sort(key=lambda use: (use.start.earliest.timestamp() if use.start else 0.0, use.reference, use.text))
    return tuple(uses), tuple(gaps), tuple(notes)


def _refused(sent: Sent[wire.MedicationRequest], drafted: frozenset[str]) -> str:
    request = sent.resource
    if is_void(request.status) or request.status == "draft":
        return request.status
    if request.do_not_perform:
        return "not to be given"
    if sent.reference in drafted and request.status != "active":
        return "read as a draft"
    reported = request.reported_boolean or request.reported_reference is not None
    return request.intent if request.intent in _NOT_ORDERED and not reported else ""


def _read_use(sent: Sent[wire.MedicationRequest], medicines: Medicines, as_of: datetime) -> MedicationUse:
    request = sent.resource
    medicine = medicines.identify(request)
    dosages = request.dosage_instruction
    start = find_start(request)
    return MedicationUse(
        reference=sent.reference,
        text=medicine.text,
        matches=medicine.matches,
        status=request.status,
        start=start,
        end=find_end(request, start, as_of),
        recognised=medicine.recognised,
        coded=medicine.coded,
        systemic=is_systemic(
            [dosage.route for dosage in dosages if dosage.route is not None],
            medicine.forms,
            medicine.is_local,
        ),
        as_needed=any(is_as_needed(dosage) for dosage in dosages),
        single_dose=is_single_dose(request),
    )
