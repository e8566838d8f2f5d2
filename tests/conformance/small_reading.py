"""What the small service reads and refuses."""

from __future__ import annotations

import json
import re
import uuid

from flask import Request

from tests.conformance.small_door import Json, Refused


def hook_of(flaw: str) -> str:
    """The hook that the small service is for."""
    return "patient-view" if flaw == "fragile user" else "order-sign"


def read_body(request: Request, flaw: str) -> Json:
    """The body of a request. Raises ``Refused``."""
    json_only = request.mimetype == "application/json" and not request.content_encoding
    if flaw == "no parameters" and request.content_type != "application/json":
        json_only = False
    if not json_only and flaw != "any type":
        raise Refused(415, "type")
    text = request.get_data()
    if flaw == "no limit" and len(text) > 1_000_000:
        raise MemoryError
    if flaw == "fragile encoding" and text.startswith(b"\xef"):
        raise ZeroDivisionError
    try:
        if flaw == "echo":
            json.loads(text)
        sent = json.loads(text.decode("utf-8"), parse_constant=lambda name: int(name))
    except (ValueError, RecursionError):
        raise Refused(400, text.decode("latin-1") if flaw == "echo" else "no JSON") from None
    if not isinstance(sent, dict):
        raise Refused(400, "no object")
    return sent


def check_envelope(sent: Json, flaw: str) -> None:
    """Raise ``Refused`` if something that every request needs is missing."""
    if flaw == "order of members" and next(iter(sent)) == "prefetch":
        raise Refused(400, "hook comes first")
    if flaw == "strict" and "conformUnknown" in sent:
        raise Refused(400, "unknown member")
    for name in ("hook", "hookInstance", "context"):
        if name not in sent and not (flaw == "no instance" and name == "hookInstance"):
            raise Refused(400, f"{name} is missing")
    if sent["hook"] != hook_of(flaw) and flaw != "any hook":
        raise Refused(400, "hook")
    if not isinstance(sent["context"], dict) or not sent["context"].get("patientId"):
        raise Refused(400, "context.patientId")
    if flaw == "fragile context":
        sent["context"]["userId"].strip()
    if flaw == "fragile instance":
        uuid.UUID(sent["hookInstance"])
    if flaw == "fragile authorization" and "fhirAuthorization" in sent:
        sent["fhirAuthorization"]["scope"].split()
    if flaw == "fragile server":
        sent.get("fhirServer", "").strip()
    if flaw == "fragile user" and sent["context"].get("userId", "").startswith("Patient"):
        raise ZeroDivisionError
    if flaw == "authorization" and "fhirAuthorization" in sent and "fhirServer" not in sent:
        raise ZeroDivisionError


def check_feedback(item: Json, flaw: str) -> None:
    """Raise ``Refused`` if an outcome lacks what it needs."""
    if flaw != "any feedback":
        for name in ("card", "outcome", "outcomeTimestamp"):
            if name not in item:
                raise Refused(400, f"{name} is missing")
        if item["outcome"] not in {"accepted", "overridden"}:
            raise Refused(400, "outcome")
    fraction = "" if flaw == "no fraction" else r"(\.\d+)?"
    if not re.fullmatch(
        rf"\d{{4}}-(0\d|1[0-2])-\d\dT\d\d:\d\d:\d\d{fraction}(Z|\+00:00)",
        str(item.get("outcomeTimestamp")),
    ):
        raise Refused(400, "outcomeTimestamp")
    accepted = item.get("acceptedSuggestions") or [{}]
    if item.get("outcome") == "accepted" and "id" not in accepted[0] and flaw != "accepted alone":
        raise Refused(400, "acceptedSuggestions")
    reason = item.get("overrideReason") or {}
    if flaw == "own reasons" and reason.get("reason"):
        raise Refused(400, "overrideReason")
    if flaw == "singular" and "overrideReasons" in item:
        raise Refused(400, "overrideReasons")
    if flaw == "known cards":
        raise ZeroDivisionError
