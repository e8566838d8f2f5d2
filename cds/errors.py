"""Everything that can go wrong on purpose.

    LeukoError
    |-- StartError               the service does not start; carries every problem found, not only the first
    |   |-- SettingsError        environment
    |   |-- TenantsError         the file of known callers
    |   |-- KnowledgeError       the knowledge folder
    |   |-- SwitchesError        the file of what is switched off while the service runs
    |   |-- RxNormIndexError     the local index of RxNorm
    |   |-- DatabaseError        the database of tokens, shown cards and feedback
    |   `-- StoryError           a story of ``fixtures``
    |-- ReleaseError             a file that is to be imported is no RxNorm release, or is damaged
    `-- RequestError             one request is not answered with cards
        |-- MalformedHttp        the request is no HTTP, or ended too soon
        |-- HeadTooLarge         its request line or its headers are longer than we read
        |-- MalformedJson        the body is no JSON
        |-- WrongShape           the body is no hook request (or no feedback); names the member
        |-- HookMismatch         the hook is not the one of this service
        |-- NotAuthenticated     the caller is not known; the reason is for the log alone
        |-- UnknownService       no such service
        |-- UnknownPath          no such page
        |-- MethodNotAllowed     the wrong HTTP method
        |-- MissingData          what is needed was neither supplied nor known to be empty
        |-- BodyTooLarge         more bytes than we read
        |-- WrongMediaType       not ``application/json``, or compressed
        |-- RecordsUnavailable   what has to be written down cannot be: the database is down
        `-- InternalFault        our own fault; carries the id under which it was logged

A message of a RequestError is sent to the caller: it is written by us, names members of the specification
and never repeats what was sent. What each error becomes on the wire is decided once, at the foot.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import msgspec


class LeukoError(Exception):
    """Base of all errors of this project."""


# --- at start -------------------------------------------------------------------------------------------


class StartError(LeukoError):
    """The service must not start like this.

    Attributes:
        problems: every problem found, one sentence each, ready to be printed.
    """

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class SettingsError(StartError):
    """The environment asks for something that is not possible or not safe."""


class TenantsError(StartError):
    """The file of known callers cannot be used."""


class KnowledgeError(StartError):
    """The knowledge folder is incomplete or contradicts itself."""


class SwitchesError(StartError):
    """The file of switches cannot be used."""


class RxNormIndexError(StartError):
    """The local index of RxNorm is missing, is something else, or was made by another version."""


class DatabaseError(StartError):
    """The database cannot be opened, or was made by another version."""


class StoryError(StartError):
    """A story cannot be told: a file is missing or unreadable."""


# --- on an import ---------------------------------------------------------------------------------------


class ReleaseError(LeukoError):
    """An RxNorm release cannot be imported; ``str(error)`` says why."""


# --- on a request ---------------------------------------------------------------------------------------


class RequestError(LeukoError):
    """A request that is not answered with cards; ``str(error)`` is safe to send."""


class MalformedHttp(RequestError):
    """What arrived is not a whole HTTP request."""

    def __init__(self) -> None:
        super().__init__("The request is not well-formed HTTP, or it ended too soon.")


class HeadTooLarge(RequestError):
    """The request line or the headers are longer, or more, than we are willing to read."""

    def __init__(self, line: int, headers: int, head: int) -> None:
        super().__init__(
            "The head of the request is too large. What is read: a request line and headers of"
            f" {line} bytes each, {headers} headers, {head} bytes in all."
        )


class MalformedJson(RequestError):
    """The body is not JSON."""


class WrongShape(RequestError):
    """The body is JSON, but a member is missing or of the wrong type."""


class HookMismatch(RequestError):
    """``hook`` names another hook than the one this service answers."""


class NotAuthenticated(RequestError):
    """The caller is not known. ``str(error)`` is a reason code for our log; it is never sent.

    Attributes:
        found: what was found instead of what is expected, an address or a short word, for the log alone.
        alleged: name of the caller that the token claims to be of; unproven.
    """

    def __init__(self, reason: str, found: str = "") -> None:
        self.found = found
        self.alleged = ""
        super().__init__(reason)


class UnknownService(RequestError):
    """No service has this id."""

    def __init__(self) -> None:
        super().__init__("There is no such service. GET /cds-services lists those there are.")


class UnknownPath(RequestError):
    """Nothing is served at this path."""

    def __init__(self) -> None:
        super().__init__("There is nothing here. GET /cds-services lists the services.")


class MethodNotAllowed(RequestError):
    """The path exists, the method does not.

    Attributes:
        allowed: the methods that do, for the ``Allow`` header.
    """

    def __init__(self, allowed: Iterable[str]) -> None:
        self.allowed = tuple(allowed)
        super().__init__("This method is not allowed here; the Allow header lists those that are.")


class MissingData(RequestError):
    """Required data was neither supplied nor known to be empty, so nothing can be said."""


class BodyTooLarge(RequestError):
    """The body has more bytes than we are willing to read."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"The body is larger than {limit} bytes.")


class WrongMediaType(RequestError):
    """The body is not uncompressed ``application/json``."""

    def __init__(self) -> None:
        super().__init__("Send the body as uncompressed application/json.")


class RecordsUnavailable(RequestError):
    """The database cannot be reached, so that a token cannot be checked or feedback cannot be kept."""

    def __init__(self) -> None:
        super().__init__("The service cannot reach its records; nothing was done. Try again in a moment.")


class InternalFault(RequestError):
    """We failed. It is said, because an empty list of cards would read as "nothing found".

    Attributes:
        reference: the id under which the log holds what happened.
    """

    def __init__(self, reference: str) -> None:
        self.reference = reference
        super().__init__(f"The service failed and checked nothing. Reference for support: {reference}")


# --- on the wire ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OnTheWire:
    """What an error becomes: the HTTP status and the code of the OperationOutcome's issue."""

    status: int
    issue: str


ON_THE_WIRE: Mapping[type[RequestError], OnTheWire] = MappingProxyType(
    {
        MalformedHttp: OnTheWire(400, "structure"),
        HeadTooLarge: OnTheWire(431, "too-long"),
        MalformedJson: OnTheWire(400, "structure"),
        WrongShape: OnTheWire(400, "invalid"),
        HookMismatch: OnTheWire(400, "value"),
        NotAuthenticated: OnTheWire(401, "login"),
        UnknownService: OnTheWire(404, "not-found"),
        UnknownPath: OnTheWire(404, "not-found"),
        MethodNotAllowed: OnTheWire(405, "not-supported"),
        MissingData: OnTheWire(412, "required"),
        BodyTooLarge: OnTheWire(413, "too-long"),
        WrongMediaType: OnTheWire(415, "not-supported"),
        RecordsUnavailable: OnTheWire(503, "transient"),
        InternalFault: OnTheWire(500, "exception"),
    }
)


def error_body(error: RequestError) -> bytes:
    """The OperationOutcome (FHIR R4, JSON) for ``error``; empty for 401, whatever the reason was."""
    if isinstance(error, NotAuthenticated):
        return b""
    issue = {"severity": "error", "code": ON_THE_WIRE[type(error)].issue, "diagnostics": str(error)}
    return msgspec.json.encode({"resourceType": "OperationOutcome", "issue": [issue]})
