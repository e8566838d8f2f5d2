"""Everything of one patient, as of one moment: FHIR goes in, facts come out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from cds.facts import Gap, GapKind, PatientFacts
from cds.knowledge.base import Knowledge
from cds.readers import wire
from cds.readers.allergy import read_reactions
from cds.readers.bundle import Gathered, gather
from cds.readers.condition import read_conditions
from cds.readers.decode import Bytes
from cds.readers.draft_order import read_drafts
from cds.readers.medication_names import Medicines
from cds.readers.medication_request import read_uses
from cds.readers.note import ReadNote
from cds.readers.observation import read_results
from cds.readers.ordered_test import read_tests
from cds.readers.page import Page
from cds.readers.patient import read_patient
from cds.readers.sent import Sent, is_void

_OTHER_MEDICINES = frozenset({"MedicationStatement", "MedicationAdministration", "MedicationDispense"})


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read of one patient.

    Attributes:
        facts: for the rules.
        cited: reference to the JSON of the resource, as it was sent.
        read: what each resource was taken as, or why it was not used.
        next_pages: links to pages that were announced and not supplied.
        medications: references to Medications that were not supplied; first those without which a medicine
            is not recognised.
    """

    facts: PatientFacts
    cited: Mapping[str, bytes]
    read: tuple[ReadNote, ...]
    next_pages: tuple[str, ...] = ()
    medications: tuple[str, ...] = ()


def read_patient_facts(
    *,
    patient_id: str,
    supplied: Iterable[Page],
    drafts: Bytes | None,
    selections: Collection[str] | None,
    knowledge: Knowledge,
    as_of: datetime,
    gaps: Iterable[Gap] = (),
    followed: Collection[str] = (),
) -> Reading:
    """Read what was supplied about one patient; nothing that is sent makes this fail.

    Args:
        patient_id: as in ``context.patientId``; data of anybody else is left out.
        supplied: resources and Bundles as JSON, under whatever keys they came.
        drafts: ``context.draftOrders``.
        selections: order-select's references into the drafts; ``None`` means all drafts.
        as_of: "now", timezone-aware.
        gaps: what the caller already knows to be missing.
        followed: links to further pages that are among what is supplied.
    """
    chart = gather(supplied, patient_id, followed=followed)
    drafted = gather(() if drafts is None else (Page(drafts),), patient_id, chart.urls)
    medicines = Medicines(knowledge, (drafted, chart))
    conditions = read_conditions(chart, knowledge)
    patient = replace(read_patient(chart, as_of), preterm=conditions.preterm)
    results = read_results(chart, patient, knowledge, as_of)
    orders, order_gaps = read_drafts(drafted, selections, medicines, knowledge)
    draft_references = frozenset(order.reference for order in orders if order.reference)
    uses, use_gaps, use_notes = read_uses(chart, draft_references, medicines, as_of)
    active = draft_references & {use.reference for use in uses}
    orders = tuple(replace(order, in_force=order.reference in active) for order in orders)
    reactions, reaction_notes = read_reactions(chart, knowledge)
    facts = PatientFacts(
        as_of=as_of,
        patient=patient,
        counts=results.counts,
        fractions=results.fractions,
        temperatures=results.temperatures,
        medications=uses,
        drafts=orders,
        conditions=conditions.known,
        reactions=reactions,
        tests=read_tests(chart, results, knowledge),
        gaps=(
            *gaps,
            *chart.gaps,
            *_unread_medicines(chart),
            *_of_drafts(drafted),
            *results.gaps,
            *use_gaps,
            *order_gaps,
        ),
        duffy_null=results.duffy_null or conditions.duffy_null,
        pregnant=conditions.pregnant,
    )
    notes = (*results.notes, *use_notes, *conditions.notes, *reaction_notes)
    return Reading(
        facts,
        _Cited((chart, drafted)),
        notes,
        next_pages=chart.next_pages,
        medications=tuple(sorted(medicines.unsent, key=medicines.unsent.__getitem__)),
    )


def _unread_medicines(chart: Gathered) -> Iterator[Gap]:
    """Medicines came, but none as the requests that were asked for: nobody has looked at them."""
    if chart.of(wire.MedicationRequest) or chart.of(wire.MedicationOrder):
        return
    if any(
        sent.resource.resource_type in _OTHER_MEDICINES and not is_void(sent.resource.status)
        for sent in chart.of(wire.OtherOrder)
    ):
        yield Gap(GapKind.NOT_SUPPLIED, "medications")


def _of_drafts(drafted: Gathered) -> Iterator[Gap]:
    return (replace(gap, what="drafts") for gap in drafted.gaps)


class _Cited(Mapping[str, bytes]):
    """Reference to the sender's bytes. Drafts hide the chart. Nearly all calls are silent and cite nothing,
    so that it is put together, and bytes are looked for, only when somebody asks."""

    def __init__(self, gathered: Iterable[Gathered]) -> None:
        self._gathered = tuple(gathered)

    @cached_property
    def _sent(self) -> dict[str, Sent[Any]]:
        return {
            sent.reference: sent
            for each in self._gathered
            for resources in each.resources.values()
            for sent in resources
            if sent.reference
        }

    def __getitem__(self, reference: str) -> bytes:
        return bytes(self._sent[reference].raw)

    def __iter__(self) -> Iterator[str]:
        return iter(self._sent)

    def __len__(self) -> int:
        return len(self._sent)
