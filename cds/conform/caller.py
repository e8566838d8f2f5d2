"""One HTTP exchange with the service under test, and the memory of all of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import requests

from cds.conform.json_text import objects, read_json, shown, without
from cds.conform.signing import Signer

JSON = {"Content-Type": "application/json", "Accept": "application/json"}
OWN_TOKEN: Final = "own"  # noqa: S105  (not a token: it asks for a fresh one)
_KEPT = 1_000_000  # bytes of an answer
_UNANSWERED = 3  # calls in a row after which nobody is taken to be there


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back.

    Attributes:
        method, path: what was called.
        status: of HTTP; 0 without an answer.
        headers: names in lower case.
        trouble: why there is no answer; empty if there is one.
        seconds: until the head of the answer was there.
        value: the body as JSON; ``None`` also if it is none.
    """

    method: str
    path: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    trouble: str = ""
    seconds: float = 0.0
    value: Any = None

    @property
    def said(self) -> str:
        """The answer in a few words, for a message."""
        if self.trouble:
            return f"no answer ({self.trouble})"
        return f"{self.status} {shown(self.body)}".rstrip()

    @property
    def ok(self) -> bool:
        """Answered, 2xx."""
        return 200 <= self.status < 300

    @property
    def refused(self) -> bool:
        """Answered, 4xx."""
        return 400 <= self.status < 500

    @property
    def answered(self) -> bool:
        """Answered as CDS Hooks wants it: 200, and an object with a list of cards."""
        return (
            self.status == 200 and isinstance(self.value, dict) and isinstance(self.value.get("cards"), list)
        )

    @property
    def broke(self) -> bool:
        """The service failed or did not answer."""
        return self.status == 0 or self.status >= 500

    @property
    def decision(self) -> tuple[int, list[tuple[str, str]]]:
        """What the service decided: the status, and how urgent each card is and what it says first."""
        cards = [each for _, each in objects(self.cards)]
        return self.status, [(shown(each.get("indicator")), shown(each.get("summary"))) for each in cards]

    @property
    def visible(self) -> tuple[int, Any]:
        """The answer without what may differ from call to call: ids and extensions."""
        return self.status, without(without(self.value, "uuid"), "extension")

    @property
    def cards(self) -> list[Any]:
        """The cards, if there are any."""
        return list(self.value["cards"]) if self.answered else []


class Caller:
    """Calls a service below ``base``, with a token of its own for each call if there is a ``signer``."""

    def __init__(self, base: str, *, timeout: float, signer: Signer | None = None, public: str = "") -> None:
        self.base = base
        self.signer = signer
        self.replies: list[Reply] = []
        self._public = public or base
        self._timeout = timeout
        self._unanswered = 0

    @property
    def host(self) -> str:
        """The name of the machine that is called."""
        return urlsplit(self.base).hostname or ""

    @property
    def gone(self) -> bool:
        """Whether the service has stopped answering altogether."""
        return self._unanswered >= _UNANSWERED

    def address(self, path: str) -> str:
        """The address of ``path`` as the service knows it: what a token has to name."""
        return self._public + path

    def token_for(self, path: str) -> str | None:
        """A fresh token for ``path``; ``None`` without a signer."""
        return self.signer.token(self.address(path)) if self.signer else None

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: Mapping[str, str | None] | None = None,
        token: str | None = OWN_TOKEN,
    ) -> Reply:
        """Send ``body`` (bytes as they are, anything else as JSON) on a connection of its own.

        A header of ``None`` is left out. ``token`` is the bearer token, ``None`` sends none.
        """
        sent: dict[str, str | None] = dict(JSON) if body is not None else {"Accept": "application/json"}
        if token == OWN_TOKEN:
            token = self.token_for(path)
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        sent |= headers or {}
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        reply = self._send(method, path, data, sent)
        self._unanswered = self._unanswered + 1 if reply.trouble else 0
        self.replies.append(reply)
        return reply

    def _send(self, method: str, path: str, data: bytes | None, headers: Mapping[str, str | None]) -> Reply:
        # a connection of its own for each call: what the last one broke must not look like the fault of this
        with requests.Session() as session:
            session.headers.clear()
            session.auth = _as_it_is  # else a .netrc would replace the token
            try:
                with session.request(
                    method,
                    self.base + path,
                    data=data,
                    headers={"Connection": "close", "User-Agent": "cds-hooks-conform"} | dict(headers),
                    timeout=self._timeout,
                    allow_redirects=False,
                    stream=True,
                ) as answer:
                    body = _beginning(answer)
                    named = {name.lower(): text for name, text in answer.headers.items()}
                    seconds = answer.elapsed.total_seconds()
                    return Reply(method, path, answer.status_code, named, body, "", seconds, _value(body))
            except requests.Timeout:
                return Reply(method, path, 0, {}, b"", f"nothing within {self._timeout:g} s")
            except (requests.RequestException, UnicodeError) as error:
                return Reply(method, path, 0, {}, b"", type(error).__name__)


def _beginning(answer: requests.Response) -> bytes:
    body = b""
    for chunk in answer.iter_content(65_536):
        body += chunk
        if len(body) > _KEPT:
            break
    return body


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _value(body: bytes) -> Any:
    try:
        return read_json(body)
    except ValueError:
        return None
