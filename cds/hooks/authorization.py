"""``fhirAuthorization``: the token that opens the EHR's FHIR server for one call, if it is whole.

All its members are required (CDS Hooks 2.0.1), yet senders leave some out. A token that does not say what it
is or how long it lives is not used, and the log says why; the call goes on without it. ``scope`` has to be
there and is not read: at least one vendor writes words of its own in it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from msgspec import Struct

# what RFC 6750 lets a bearer token consist of; anything else could break out of its header
_TOKEN = re.compile(r"[A-Za-z0-9\-._~+/]{1,16000}=*")
_SECONDS = re.compile(r"-?\d{1,12}", re.ASCII)


class Authorization(Struct):
    """As it was sent. Only the token has to be of the right type; the rest is looked at here."""

    access_token: str | None = None
    token_type: object = None
    expires_in: object = None
    scope: object = None
    subject: object = None
    patient: object = None


@dataclass(frozen=True, slots=True)
class Access:
    """What opens the FHIR server.

    Attributes:
        token: to be sent as bearer token; empty if none was sent, or if it must not be used.
        doubt: why the one that was sent must not be used, as a code.
    """

    token: str = field(default="", repr=False)
    doubt: str = ""


def read_access(sent: Authorization | None, patient_id: str) -> Access:
    """The token in ``sent``, or why it is not used. An empty token is none."""
    token = (sent.access_token or "").strip() if sent is not None else ""
    if sent is None or not token:
        return Access()
    seconds = _seconds(sent.expires_in)
    texts = (sent.token_type, sent.scope, sent.subject)
    whole = seconds is not None and all(isinstance(text, str) and text.strip() for text in texts)
    for doubt, applies in (
        ("token-malformed", _TOKEN.fullmatch(token) is None),
        ("authorization-incomplete", not whole),
        ("token-not-bearer", str(sent.token_type).strip().lower() != "bearer"),
        ("token-expired", seconds is not None and seconds <= 0),
        ("token-of-another-patient", not _is_of(sent.patient, patient_id)),
    ):
        if applies:
            return Access(doubt=doubt)
    return Access(token)


def _seconds(sent: object) -> float | None:
    """``None`` if it is no number; some senders write it as text."""
    if isinstance(sent, str):
        return int(sent) if _SECONDS.fullmatch(sent.strip()) else None
    return sent if isinstance(sent, int | float) and not isinstance(sent, bool) else None


def _is_of(patient: object, patient_id: str) -> bool:
    """Whether the token is for this patient, if it is for one at all."""
    if not isinstance(patient, str) or not patient.strip():
        return True
    return patient.strip().rpartition("/")[2] == patient_id
