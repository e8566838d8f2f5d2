"""One exchange as a FHIR R4 AuditEvent, in the shape of IHE's Basic Audit Log Patterns (BALP).

What was asked of whom, by which caller, with which outcome, on which knowledge, and which cards came of it.
No value, name or text of a patient. Who the patient and the user were is written only as the site has chosen.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from cds import __version__
from cds.hooks.observed import Action, Exchange, Outcome
from cds.logs import in_milliseconds
from cds.shown import ShownCard

Json = dict[str, Any]
Name = Callable[[str, str, str], Json | None]
"""How a person is written, from the caller, the kind of resource and the id as sent; ``None``: not at all."""

_OUTCOMES = {
    Outcome.REFUSED: "4",  # minor failure: the request
    Outcome.MISSING: "4",
    Outcome.UNAVAILABLE: "8",  # serious failure: the service
    Outcome.FAULT: "8",
}
_AUDIT_TYPE = "http://terminology.hl7.org/CodeSystem/audit-event-type"
_INTERACTION = "http://hl7.org/fhir/restful-interaction"
_ENTITY_TYPE = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
_OBJECT_ROLE = "http://terminology.hl7.org/CodeSystem/object-role"
_SOURCE_TYPE = "http://terminology.hl7.org/CodeSystem/security-source-type"
_DICOM = "http://dicom.nema.org/resources/ontology/DCM"
_PARTICIPATION = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
_BALP_ENTITY = "https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType"
_OWN = "urn:leukocds:audit"
_HASH = "urn:leukocds:hash"
_LONGEST = 400  # characters of what was sent: an event is a line of the log
_SUBTYPES = {Action.DECISION: "decision", Action.FEEDBACK: "feedback"}


def by_reference(_tenant: str, kind: str, sent: str) -> Json | None:
    """The person as the EHR names it: ``Patient/123``; what is cut is no reference any more."""
    reference = sent if "/" in sent else f"{kind}/{sent}"
    if len(reference) > _LONGEST:
        return {"display": f"{reference[:_LONGEST]}..."}
    return {"reference": reference} if sent else None


def unnamed(_tenant: str, _kind: str, _sent: str) -> Json | None:
    """Nobody is named."""
    return None


def by_hash(key: bytes) -> Name:
    """The person by a number that only the holder of ``key`` can make from an id, the same one every time."""

    def name(tenant: str, kind: str, sent: str) -> Json | None:
        bare = sent.rpartition("/")[2]
        value = hmac.digest(key, f"{tenant}/{kind}/{bare}".encode("utf-8", "surrogatepass"), "sha256").hex()
        return {"identifier": {"system": _HASH, "value": value}} if sent else None

    return name


@dataclass(frozen=True, slots=True)
class Describer:
    """Writes events; ``name`` says how people are written."""

    name: Name = unnamed

    def describe(self, exchange: Exchange) -> Json:
        """The event of ``exchange``."""
        event: Json = {
            "resourceType": "AuditEvent",
            "id": str(uuid4()),
            "type": _coding(_AUDIT_TYPE, "rest", "RESTful Operation"),
            "subtype": [
                _coding(_INTERACTION, "operation", "operation"),
                _coding(_OWN, _SUBTYPES.get(exchange.action, "other")),
            ],
            "action": "E",
            "recorded": in_milliseconds(exchange.at),
            "outcome": _OUTCOMES.get(exchange.outcome, "0"),
            "outcomeDesc": exchange.outcome.value,
            "agent": [*self._agents(exchange)],
            "source": {
                "observer": {"display": "leukocds"},
                "type": [_coding(_SOURCE_TYPE, "4", "Application Server")],
            },
            "entity": [*self._entities(exchange)],
        }
        return event

    def _agents(self, exchange: Exchange) -> Iterator[Json]:
        user = self.name(exchange.tenant, "Practitioner", exchange.user)
        yield {
            "type": _concept(_DICOM, "110153", "Source Role ID"),
            "who": {"display": exchange.tenant or "unknown"},
            "requestor": user is None,
        }
        yield {
            "type": _concept(_DICOM, "110152", "Destination Role ID"),
            "who": {"display": f"leukocds {__version__}"},
            "requestor": False,
        }
        if user is not None:
            yield {
                "type": _concept(_PARTICIPATION, "IRCP", "information recipient"),
                "who": user,
                "requestor": True,
            }

    def _entities(self, exchange: Exchange) -> Iterator[Json]:
        told = {
            "service": exchange.service,
            "hook": exchange.hook,
            "hookInstance": exchange.instance,
            "status": str(exchange.status),
            "reason": exchange.reason,
            "knowledge": exchange.knowledge,
            "trace": exchange.trace,
        }
        if exchange.kept is not None:
            told["outcomesKept"] = str(len(exchange.kept.new))
            told["outcomesKnown"] = str(exchange.kept.repeated)
        yield {
            "what": {"identifier": {"value": exchange.request}},
            "type": _coding(_BALP_ENTITY, "XrequestId"),
            "detail": _details(told),
        }
        patient = self.name(exchange.tenant, "Patient", exchange.patient)
        if patient is not None:
            yield {
                "what": patient,
                "type": _coding(_ENTITY_TYPE, "1", "Person"),
                "role": _coding(_OBJECT_ROLE, "1", "Patient"),
            }
        if exchange.answer is not None:
            for fate, cards in (
                ("shown", exchange.answer.shown),
                ("shadow", exchange.answer.shadowed),
                ("repeat", exchange.answer.repeated),
            ):
                yield from (_card(card, fate) for card in cards)
            asked = [f"{each.key} {each.outcome}" for each in exchange.answer.questions]
            if asked:
                yield {
                    "type": _coding(_ENTITY_TYPE, "2", "System Object"),
                    "role": _coding(_OBJECT_ROLE, "24", "Query"),
                    "description": "Questions to the caller's FHIR server, and what became of each.",
                    "detail": [{"type": "question", "valueString": each} for each in asked],
                }


def _card(card: ShownCard, fate: str) -> Json:
    return {
        "what": {"identifier": {"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{card.uuid}"}},
        "type": _coding(_ENTITY_TYPE, "2", "System Object"),
        "role": _coding(_OBJECT_ROLE, "3", "Report"),
        "detail": _details({"topic": card.topic, "indicator": card.indicator, "fate": fate}),
    }


def _details(told: dict[str, str]) -> list[Json]:
    return [{"type": name, "valueString": value[:_LONGEST]} for name, value in told.items() if value]


def _coding(system: str, code: str, display: str = "") -> Json:
    return {"system": system, "code": code} | ({"display": display} if display else {})


def _concept(system: str, code: str, display: str) -> Json:
    return {"coding": [_coding(system, code, display)]}
