"""What a service fetches by itself: the kit plays a FHIR server on this machine and watches."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from urllib.parse import parse_qsl

from cds.conform.caller import Reply
from cds.conform.check import check
from cds.conform.derived import lacking, outcome
from cds.conform.json_text import split_url
from cds.conform.listener import Heard, Listener, json_reply
from cds.conform.listener import Reply as Sent
from cds.conform.reasons import NotApplicable, Skipped
from cds.conform.target import Answer, Target
from cds.conform.templates import fill_in

_TOKEN = "conform-fhir-access-token"  # noqa: S105  (nobody's)
_UNASKED = "it calls no FHIR server, or none that it does not know (--fhir-port)"
_AUTHORIZATION = {
    "access_token": _TOKEN,
    "token_type": "Bearer",
    "expires_in": 300,
    "scope": "patient/*.read",
    "subject": "conform-client",
}


def _prefetching(target: Target) -> list[Answer]:
    """Examples that have prefetch. Raises ``Skipped`` where the service could not call this machine."""
    if not target.is_local:
        raise Skipped("needs a service on this machine, which can call a FHIR server that the kit plays")
    found = [each for each in target.good if each.request.get("prefetch") and each.offer.prefetch]
    if not found:
        raise NotApplicable("no service asks for prefetch")
    return found


@check("S", "2.0+", "P-13", "P-12")
def data_may_come_from_the_server(target: Target) -> Iterator[str]:
    """The same data gets the same cards, whether it comes as prefetch or is fetched."""
    asked = False
    for each in _prefetching(target):
        with Listener(partial(_answer, _queries(each)), target.options.fhir_port) as server:
            reply = _without_prefetch(target, each, server.address)
        asked = asked or bool(server.heard)
        if server.heard and reply.decision != each.reply.decision:
            yield f"{each.offer.name}: with prefetch {each.reply.said}, fetched {reply.said}"
    if not asked:
        raise NotApplicable(_UNASKED)


@check("M", "1.0+", "P-10")
def a_server_that_refuses_ends_in_412(target: Target) -> Iterator[str]:
    """When the FHIR server refuses, fails or talks nonsense, the answer is 412, or says so on a card."""
    asked = False
    refusals = {
        "401": json_reply(outcome("error"), 401),
        "403": json_reply(outcome("error"), 403),
        "404": json_reply(outcome("error"), 404),
        "500": json_reply(outcome("fatal"), 500),
        "an HTML page": (200, "text/html", b"<html>maintenance</html>"),
        "half an object": (200, "application/fhir+json", b'{"resourceType": "Bun'),
    }
    for each in _prefetching(target):
        for what, refusal in refusals.items():
            with Listener(partial(_always, refusal), target.options.fhir_port) as server:
                reply = _without_prefetch(target, each, server.address)
            asked = asked or bool(server.heard)
            if server.heard and not (reply.answered or reply.status == 412):
                yield f"{each.offer.name}: with a FHIR server that answers {what}, {reply.said}; expected 412"
            if server.heard and reply.answered and not reply.cards and each.reply.cards:
                yield f"{each.offer.name}: with a FHIR server that answers {what}, no cards and no word of it"
            if not server.heard:
                break
    if not asked:
        raise NotApplicable(_UNASKED)


@check("M", "1.0+", "R-10", "R-07")
def the_token_goes_with_every_query(target: Target) -> Iterator[str]:
    """What it fetches, it fetches with the access token that came with the request."""
    asked = False
    for each in _prefetching(target):
        with Listener(partial(_answer, _queries(each)), target.options.fhir_port) as server:
            _without_prefetch(target, each, server.address)
        asked = asked or bool(server.heard)
        for heard in server.heard:
            if heard.authorization != f"Bearer {_TOKEN}":
                yield f"{each.offer.name}: {heard.path.partition('?')[0]} was asked for without the token"
                break
    if not asked:
        raise NotApplicable(_UNASKED)


@check("S", "ENG", "R-12")
def servers_are_called_only_if_known(target: Target) -> Iterator[str]:
    """A service that asks who is calling sends no access token to whatever address a request names."""
    target.need_key()
    for each in _prefetching(target):
        with Listener() as server:
            _without_prefetch(target, each, server.address)
        if server.heard:
            yield f"{each.offer.name}: it called {server.address}, an http address on its own machine"


def _without_prefetch(target: Target, each: Answer, server: str) -> Reply:
    sent = lacking(each.request, "prefetch") | {"fhirServer": server, "fhirAuthorization": _AUTHORIZATION}
    return target.post(each.offer, sent)


def _queries(each: Answer) -> dict[str, bytes]:
    """What the FHIR server knows: normalised query to answer."""
    known = {}
    for key, template in each.offer.prefetch.items():
        query = fill_in(template, each.request["context"])
        if query is not None and key in each.request["prefetch"]:
            known[_normal(query)] = json.dumps(each.request["prefetch"][key]).encode()
    return known


def _always(reply: Sent, _heard: Heard) -> Sent:
    return reply


def _answer(known: dict[str, bytes], heard: Heard) -> Sent:
    body = known.get(_normal(heard.path))
    if body is None:
        return json_reply(outcome("error", "not found"), 404)
    if body == b"null":
        return json_reply({"resourceType": "Bundle", "type": "searchset", "total": 0})
    return 200, "application/fhir+json", body


def _normal(query: str) -> str:
    parts = split_url(query)
    return json.dumps([parts.path.lstrip("/"), sorted(parse_qsl(parts.query))])
