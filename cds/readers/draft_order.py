"""The drafts of ``context.draftOrders``: what is about to be signed, as incomplete as it comes.

A draft may lack an id, an intent or its medicine, and its Bundle a type. Medication entries beside the
drafts only say what those order. A draft entered in error is treated as absent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from typing import Any

from cds.facts import DraftAction, DraftOrder, Gap, GapKind
from cds.knowledge.base import Knowledge
from cds.readers import wire
from cds.readers.bundle import Gathered
from cds.readers.dose_form import is_systemic
from cds.readers.elements import CodeableConcept
from cds.readers.meaning import loinc_codes
from cds.readers.medication_names import Medicines
from cds.readers.products import cvx_codes, find_named_vaccines
from cds.readers.quantity import NAME_LENGTH, shorten
from cds.readers.references import relative_reference
from cds.readers.sent import Sent

_ENDED = frozenset({"stopped", "cancelled", "completed", "revoked", "ended", "not-done"})
_NOT_DUE = frozenset({"contraindicated", "complete", "immune"})  # forecastStatus: no dose is meant
_ABSENT = "entered-in-error"
_ORDERS = (
    wire.MedicationRequest,
    wire.MedicationOrder,
    wire.ServiceRequest,
    wire.ProcedureRequest,
    wire.ImmunizationRecommendation,
    wire.Immunization,
    wire.OtherOrder,
)


def read_drafts(
    gathered: Gathered,
    selections: Collection[str] | None,
    medicines: Medicines,
    knowledge: Knowledge,
) -> tuple[tuple[DraftOrder, ...], tuple[Gap, ...]]:
    """The drafts by kind, and a gap for each medicine that nobody can recognise.

    Two with one id are both read; by that id nothing can act on the one that is meant.
    """
    orders = [sent for kind in _ORDERS for sent in gathered.of(kind)]
    times = Counter(sent.reference for sent in orders)
    read = [
        (draft if times[sent.reference] == 1 else replace(draft, reference=""), sent)
        for sent in orders
        for draft in _read(sent, medicines, knowledge)
    ]
    gaps = tuple(
        Gap(GapKind.UNRECOGNISED_MEDICATION, "drafts", draft.reference)
        for draft, _ in read
        if not draft.recognised
    )
    return _selected(read, selections), gaps


def _read(sent: Sent[Any], medicines: Medicines, knowledge: Knowledge) -> Iterator[DraftOrder]:
    resource = sent.resource
    reference = sent.reference if resource.id else ""
    match resource:
        case wire.MedicationRequest():
            if resource.status != _ABSENT:
                yield _medicine(reference, resource, medicines, knowledge)
        case wire.ServiceRequest():
            if resource.status != _ABSENT:
                yield DraftOrder(
                    reference,
                    type(resource).__name__,
                    _text(resource.code),
                    tests=loinc_codes(resource.code, knowledge),
                    action=_action(resource.status, resource.do_not_perform),
                )
        case wire.ImmunizationRecommendation():
            due = [each for each in resource.recommendation if not _is_not_due(each)]
            codes = [code for each in due for code in each.vaccine_code]
            yield from _vaccines(reference, "ImmunizationRecommendation", codes, DraftAction.ORDER, knowledge)
        case wire.Immunization():
            if resource.status != _ABSENT:
                codes = [resource.vaccine_code]
                yield from _vaccines(
                    reference, "Immunization", codes, _action(resource.status, False), knowledge
                )
        case wire.OtherOrder():
            if resource.status != _ABSENT:
                yield DraftOrder(
                    reference,
                    resource.resource_type,
                    _text(resource.code),
                    action=_action(resource.status, resource.do_not_perform),
                )


def _medicine(
    reference: str, request: wire.MedicationRequest, medicines: Medicines, knowledge: Knowledge
) -> DraftOrder:
    medicine = medicines.identify(request)
    routes = [dosage.route for dosage in request.dosage_instruction if dosage.route is not None]
    vaccines = medicine.vaccines or medicines.named_vaccines(medicine)
    # the live one, where a draft carries several
    vaccine = next((code for code in vaccines if code in knowledge.live_vaccines), None)
    return DraftOrder(
        reference,
        type(request).__name__,
        medicine.text,
        medicine.matches,
        vaccine=vaccine or next(iter(vaccines), None),
        action=_action(request.status, request.do_not_perform),
        systemic=is_systemic(routes, medicine.forms, medicine.is_local),
        recognised=bool(vaccines)
        or (medicine.recognised and not medicine.is_uncoded_vaccine)
        or not medicine.chosen,
        coded=medicine.coded or bool(vaccines) or not medicine.chosen,
    )


def _vaccines(
    reference: str, kind: str, codes: Iterable[CodeableConcept], action: DraftAction, knowledge: Knowledge
) -> Iterator[DraftOrder]:
    """One order for each vaccine that is named."""
    named: dict[str | None, DraftOrder] = {}
    for code in codes:
        names = (code.text, *(coding.display for coding in code.coding))
        known: tuple[str | None, ...] = cvx_codes(code.coding, knowledge) or find_named_vaccines(
            names, knowledge
        )
        for each in known or (None,):
            named.setdefault(each, DraftOrder(reference, kind, _text(code), vaccine=each, action=action))
    yield from named.values() or [DraftOrder(reference, kind, "", action=action)]


def _is_not_due(recommendation: wire.Recommendation) -> bool:
    return any(coding.code in _NOT_DUE for coding in recommendation.forecast_status.coding)


def _action(status: str, do_not_perform: bool) -> DraftAction:
    return DraftAction.STOP if do_not_perform or status in _ENDED else DraftAction.ORDER


def _text(code: CodeableConcept) -> str:
    names = (code.text, *(coding.display for coding in code.coding))
    return shorten(next((name for name in names if name), ""), NAME_LENGTH)


def _selected(
    read: list[tuple[DraftOrder, Sent[Any]]], selections: Collection[str] | None
) -> tuple[DraftOrder, ...]:
    """Marked by order-select's ``selections``; if these point at none of the drafts, all are meant."""
    drafts = tuple(draft for draft, _ in read)
    wanted = {selection.strip() for selection in selections or ()}
    wanted |= {relative_reference(selection) for selection in wanted}
    chosen = [not wanted.isdisjoint(_pointers(draft, sent)) for draft, sent in read]
    if not any(chosen):
        return drafts
    return tuple(replace(draft, selected=is_chosen) for draft, is_chosen in zip(drafts, chosen, strict=True))


def _pointers(draft: DraftOrder, sent: Sent[Any]) -> set[str]:
    """What a selection may call a draft: its reference, its bare id, or the ``fullUrl`` of its entry."""
    url = sent.full_url
    of_kind = sent.reference.partition("/")[2] if sent.resource.id else ""
    return {draft.reference, sent.reference, of_kind, url, relative_reference(url)} - {""}
