"""The envelope of a CDS Hooks call (2.0.1): who asks about which patient, and the FHIR data still unread.

Liberal in what it takes (unknown members, ``null`` for what is optional, ``Patient/x`` for ``x``, a byte
order mark, a text that was cut within an emoji) and exact about what it refuses: the message names the
member, never its value. What the FHIR data means is none of its business; ``cds.readers`` says which few
members of it are decoded.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from typing import TypeVar

import msgspec
from msgspec import Raw, Struct

from cds.errors import MalformedJson, WrongShape
from cds.hooks.authorization import Access, Authorization, read_access
from cds.readers.decode import mend_halves, with_room_left
from cds.readers.page import Page, Whole

Sent = TypeVar("Sent")

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_UUID = re.compile(r"(?:urn:uuid:)?([0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})")
_PATIENT_PREFIX = re.compile(r"(?:.*/)?Patient/")
_NOT_A_CLINICIAN = re.compile(r"(?:.*/)?(?:Patient|RelatedPerson)/")
_AT = " - at `$"
_ROOM = 40  # calls deeper than here, the FHIR data may be read
_MISSING = re.compile(r"Object missing required field `(\w+)`")


@dataclass(frozen=True, slots=True)
class HookRequest:
    """One call. What tells about a person is kept out of ``repr``.

    Attributes:
        hook: the hook's name as sent, e.g. ``order-sign``.
        instance: ``hookInstance`` if it is a UUID, for the log; else empty.
        patient_id: bare id of the patient whom everything is about.
        user: who asks, as sent; for the audit trail alone.
        for_patient: the user is the patient or a relative, not a clinician.
        drafts: ``context.draftOrders`` as sent; ``None`` if it was not.
        selections: order-select: references into the drafts; ``None`` if not sent (then all are meant).
        encounter_id: bare id of the encounter; empty outside one.
        fhir_server: base address of the EHR's FHIR server as sent; empty if it was not.
        access: opens that server for this call; its token is kept nowhere else.
        prefetch: key to value as sent; an absent key and the value ``null`` mean different things.
    """

    hook: str
    instance: str
    patient_id: str = field(repr=False)
    user: str = field(default="", repr=False)
    for_patient: bool = False
    drafts: Raw | None = field(default=None, repr=False)
    selections: tuple[str, ...] | None = field(default=None, repr=False)
    encounter_id: str = field(default="", repr=False)
    fhir_server: str = field(default="", repr=False)
    access: Access = field(default_factory=Access, repr=False)
    prefetch: Mapping[str, Page] = field(default_factory=dict, repr=False)


class _Context(Struct):
    patientId: str  # noqa: N815  (the wire's spelling)
    userId: str | None = None  # noqa: N815
    encounterId: object = None  # noqa: N815  (of no use unless it is a text)
    draftOrders: Raw = Raw(b"null")  # noqa: N815
    selections: list[str] | None = None


class _Envelope(Struct):
    hook: str
    hookInstance: str  # noqa: N815
    context: _Context
    fhirServer: str | None = None  # noqa: N815
    fhirAuthorization: Authorization | None = None  # noqa: N815


class _WholeBody(_Envelope):
    """A call with nothing odd in it, as nearly all are: one pass decodes it and all its resources."""

    prefetch: dict[str, Whole | None] | None = None


class _Body(_Envelope):
    prefetch: dict[str, Raw] | None = None


class _Prefetch(Struct):
    prefetch: dict[str, Raw]


_NULL = Raw(b"null")
_whole_decoder = msgspec.json.Decoder(_WholeBody)
_decoder = msgspec.json.Decoder(_Body)
_prefetch_decoder = msgspec.json.Decoder(_Prefetch)


def read_hook_request(body: bytes) -> HookRequest:
    """The call in ``body``.

    Raises ``MalformedJson`` if it is not JSON, ``WrongShape`` if it is no hook request. The access token
    lives in the answer and nowhere else.
    """
    sent, prefetch = _decode(body)
    for name, value in (("hook", sent.hook), ("hookInstance", sent.hookInstance)):
        if not value.strip():
            raise WrongShape(f"{name} is empty.")
    patient_id = _without_prefix(sent.context.patientId.strip())
    if not patient_id:
        raise WrongShape("context.patientId is empty.")
    if sent.fhirAuthorization and sent.fhirAuthorization.access_token and not sent.fhirServer:
        raise WrongShape("fhirAuthorization is present without fhirServer.")
    user = sent.context.userId or ""
    selections = sent.context.selections
    instance = _UUID.fullmatch(sent.hookInstance.strip())
    return HookRequest(
        hook=sent.hook.strip(),
        instance=instance[1] if instance else "",
        patient_id=patient_id,
        user=user.strip(),
        for_patient=_NOT_A_CLINICIAN.match(user.strip()) is not None,
        drafts=_drafts(sent.context.draftOrders),
        selections=None if selections is None else tuple(selections),
        encounter_id=_bare(sent.context.encounterId),
        fhir_server=(sent.fhirServer or "").strip(),
        access=read_access(sent.fhirAuthorization, patient_id),
        prefetch=MappingProxyType(prefetch),
    )


def unsorted_data(document: bytes) -> Mapping[str, Page]:
    """FHIR data as a prefetch whose one key answers no query: it is taken for what it is."""
    return {"data": Page(document)}


def without_oddities(document: bytes) -> bytes:
    """JSON without what is no reason to refuse it: a byte order mark, halves of surrogate pairs."""
    return mend_halves(document.removeprefix(BYTE_ORDER_MARK))


def _decode(body: bytes) -> tuple[_Envelope, dict[str, Page]]:
    """The envelope and the values of the prefetch; one odd value among these costs a second pass."""
    try:
        whole = decode_json(body, _whole_decoder)
    except (MalformedJson, WrongShape):
        sent = decode_json(body, _decoder)
        return sent, {key: Page(value) for key, value in (sent.prefetch or {}).items()}
    raws = _Raws(body)
    return whole, {
        key: Page(_NULL) if value is None else Page(partial(raws.find, key), value)
        for key, value in (whole.prefetch or {}).items()
    }


class _Raws:
    """The values of a prefetch as they were sent: looked for when the first is asked for, as hardly ever."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._found: dict[str, Raw] | None = None

    def find(self, key: str) -> Raw:
        if self._found is None:
            body = self._body.removeprefix(BYTE_ORDER_MARK)
            try:
                self._found = _prefetch_decoder.decode(body).prefetch
            except msgspec.DecodeError:  # it could be decoded when it came: halves of surrogate pairs, then
                self._found = _prefetch_decoder.decode(mend_halves(body)).prefetch
        return self._found[key]


def decode_json(body: bytes, decoder: msgspec.json.Decoder[Sent]) -> Sent:
    """``body`` as ``decoder`` wants it; a byte order mark is skipped, of a repeated member the last counts.

    Halves of surrogate pairs are looked for only where it could not be decoded.

    Raises ``MalformedJson`` or ``WrongShape``; the messages name members and byte positions, no values.
    """
    body = body.removeprefix(BYTE_ORDER_MARK)
    if not body.strip():
        raise MalformedJson("The body is empty.")
    try:
        body.decode("utf-8")
        return with_room_left(_ROOM, partial(decoder.decode, body))
    except UnicodeDecodeError:
        raise MalformedJson("The body is not UTF-8.") from None
    except RecursionError:
        raise MalformedJson("The body is nested too deeply.") from None
    except msgspec.ValidationError as error:
        raise WrongShape(_explain(str(error))) from None
    except msgspec.DecodeError as error:
        mended = mend_halves(body)
        if mended == body:
            raise MalformedJson(f"{error}.") from None
    return decode_json(mended, decoder)


def _explain(error: str) -> str:
    # msgspec says "Expected `str`, got `int` - at `$.context.patientId`": the member comes first here
    what, at, where = error.rpartition(_AT)  # the last: the rest may quote a value of any length
    what, where = (what, where.removesuffix("`").removeprefix(".")) if at else (error, "")
    missing = _MISSING.fullmatch(what)
    if missing:
        return f"{where}.{missing[1]} is missing.".removeprefix(".")
    return f"{where or 'The body'}: {what[0].lower()}{what[1:]}."


def _without_prefix(patient_id: str) -> str:
    prefix = _PATIENT_PREFIX.match(patient_id)  # at the beginning alone: a search would try every place
    return patient_id[prefix.end() :] if prefix is not None else patient_id


def _bare(encounter_id: object) -> str:
    return encounter_id.strip().removeprefix("Encounter/") if isinstance(encounter_id, str) else ""


def _drafts(sent: Raw) -> Raw | None:
    text = bytes(sent).lstrip()
    if text.startswith(b"null"):
        return None
    if not text.startswith(b"{"):
        raise WrongShape("context.draftOrders is not a Bundle.")
    return sent
