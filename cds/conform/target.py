"""The service under test: what it offers, an example request for each, and what it answered to it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cds.conform.caller import OWN_TOKEN, Caller, Reply
from cds.conform.json_text import is_text, objects
from cds.conform.reasons import NotApplicable, Skipped, Unreachable
from cds.conform.samples import Json, sample_request

ROOT = "/cds-services"


@dataclass(frozen=True, slots=True)
class Options:
    """What the caller of the kit wants.

    Attributes:
        service, hook: only services with this id, or for this hook; empty for all.
        patient: id of the invented patient in the kit's own requests.
        examples: requests that make the service speak; others are derived from them.
        origin: of a browser that may call the service.
        heavy: also send what is large, or much at a time.
        fhir_port: where the kit plays the FHIR server that the service knows; 0 for any port.
    """

    service: str = ""
    hook: str = ""
    patient: str = "conform-patient"
    examples: tuple[Json, ...] = ()
    origin: str = "https://sandbox.cds-hooks.org"
    heavy: bool = False
    fhir_port: int = 0


@dataclass(frozen=True, slots=True)
class Offer:
    """One entry of discovery that can be called."""

    id: str
    hook: str
    entry: Json = field(repr=False)

    @property
    def path(self) -> str:
        """Where it is called."""
        return f"{ROOT}/{self.id}"

    @property
    def name(self) -> str:
        """For messages."""
        return self.id if self.hook in self.id else f"{self.id} ({self.hook})"

    @property
    def prefetch(self) -> dict[str, str]:
        """Its templates by key."""
        sent = self.entry.get("prefetch")
        return {key: text for key, text in sent.items() if is_text(text)} if isinstance(sent, dict) else {}


@dataclass(frozen=True, slots=True)
class Answer:
    """A request that ought to be answered, and what came back."""

    offer: Offer
    request: Json
    reply: Reply


class Target:
    """A service and the requests to try it with. Raises ``Unreachable`` if nobody answers."""

    def __init__(self, caller: Caller, options: Options, now: Callable[[], datetime]) -> None:
        self.caller = caller
        self.options = options
        self.discovery = caller.call("GET", ROOT)
        if self.discovery.trouble:
            raise Unreachable(f"{caller.base}{ROOT}: {self.discovery.said}")
        self._now = now
        self._answers: list[Answer] | None = None

    # --- what it offers ---------------------------------------------------------------------------------

    @property
    def entries(self) -> list[tuple[int, Json]]:
        """The objects that discovery lists, with their places."""
        found = self.discovery.value
        return [*objects(found.get("services"))] if isinstance(found, dict) else []

    @property
    def every_offer(self) -> list[Offer]:
        """What can be called, whatever was asked for."""
        return [
            Offer(entry["id"], entry["hook"], entry)
            for _, entry in self.entries
            if is_text(entry.get("id")) and is_text(entry.get("hook"))
        ]

    @property
    def offers(self) -> list[Offer]:
        """What is to be tried. Raises ``NotApplicable`` if it is nothing."""
        wanted = self.options
        found = [
            offer
            for offer in self.every_offer
            if wanted.service in ("", offer.id) and wanted.hook in ("", offer.hook)
        ]
        if not found:
            raise NotApplicable("discovery lists no service that was asked for")
        return found

    # --- requests ---------------------------------------------------------------------------------------

    def examples(self, offer: Offer) -> list[Json]:
        """Requests that ought to be answered: those given for its hook, else one of the kit's own."""
        given = [deepcopy(each) for each in self.options.examples if each.get("hook") == offer.hook]
        return given or [sample_request(offer.hook, offer.prefetch, self.options.patient, self._now())]

    def post(
        self,
        offer: Offer,
        body: Any,
        *,
        headers: Mapping[str, str | None] | None = None,
        token: str | None = OWN_TOKEN,
    ) -> Reply:
        """Call a service; a request that is an object gets a new ``hookInstance``."""
        if isinstance(body, dict) and "hookInstance" in body:
            body = body | {"hookInstance": str(uuid.uuid4())}
        return self.caller.call("POST", offer.path, body, headers=headers, token=token)

    def ask(self, offer: Offer, request: Json) -> Reply:
        """Call a service with a request that is sent as it is."""
        return self.caller.call("POST", offer.path, request)

    # --- what was answered ------------------------------------------------------------------------------

    @property
    def answers(self) -> list[Answer]:
        """Every example of every offer with its answer; asked once."""
        if self._answers is None:
            self._answers = [
                Answer(offer, request, self.post(offer, request))
                for offer in self.offers
                for request in self.examples(offer)
            ]
        return self._answers

    @property
    def answered(self) -> list[Answer]:
        """The examples that were answered with cards or with none. Raises ``NotApplicable`` if none was."""
        found = [answer for answer in self.answers if answer.reply.answered]
        if not found:
            said = "; ".join(f"{each.offer.name}: {each.reply.said}" for each in self.answers[:1])
            raise NotApplicable(f"no request was answered 200 with cards ({said}); give --request FILE")
        return found

    @property
    def good(self) -> list[Answer]:
        """Of each offer the answered example with the most cards, to derive others from. Raises as above."""
        found: dict[tuple[str, str], Answer] = {}
        for answer in self.answered:
            kept = found.get((answer.offer.id, answer.offer.hook))
            if kept is None or len(kept.reply.cards) < len(answer.reply.cards):
                found[answer.offer.id, answer.offer.hook] = answer
        return list(found.values())

    @property
    def speaking(self) -> list[Answer]:
        """Good answers that have cards. Raises ``NotApplicable`` if there are none."""
        found = [answer for answer in self.good if answer.reply.cards]
        if not found:
            raise NotApplicable("no card was seen; give --request FILE, a request that gets one")
        return found

    def cards(self) -> Iterator[tuple[str, Json]]:
        """Every card of every example, with its place. Raises ``NotApplicable`` if there are none."""
        _ = self.speaking
        for answer in self.answers:
            for at, card in objects(answer.reply.cards):
                yield f"{answer.offer.name}: cards[{at}]", card

    def need_key(self) -> None:
        """Raise ``Skipped`` if there is no key to sign with."""
        if self.caller.signer is None:
            raise Skipped("needs --token-key FILE, the key of a caller that the service knows")

    def need_heavy(self) -> None:
        """Raise ``Skipped`` if nothing heavy may be sent."""
        if not self.options.heavy:
            raise Skipped("needs --heavy")

    @property
    def is_local(self) -> bool:
        """Whether the service runs on this machine, as far as its address tells."""
        return self.caller.host in {"localhost", "127.0.0.1", "::1"}
