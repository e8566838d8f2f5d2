"""What is refused, and how."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator

from cds.conform.check import check
from cds.conform.derived import lacking
from cds.conform.samples import CANARY
from cds.conform.target import ROOT, Target

_NO_JSON = {
    "half an object": b'{"hook": "' + CANARY.encode(),
    "nothing": b"",
    "single quotes": b"{'hook': 'x'}",
    "a comma too many": b'{"hook": "x",}',
    "letters that are not UTF-8": b'{"hook": "\xe9\xff"}',
    "NaN": b'{"hook": NaN}',
    "5000 open brackets": b"[" * 5000,
}
_NO_OBJECT = {"a list": b"[]", "a string": json.dumps(CANARY).encode(), "null": b"null", "a number": b"3"}


@check("S", "ENG", "X-09", "S-04")
def what_is_no_request_is_refused(target: Target) -> Iterator[str]:
    """A body that is no JSON, or no object, is refused with 4xx."""
    for offer in target.offers:
        for what, body in (_NO_JSON | _NO_OBJECT).items():
            reply = target.post(offer, body)
            if not reply.refused:
                yield f"{offer.name}: {what} as body is answered {reply.said}; expected 400"


@check("S", "ENG", "X-09", "S-04")
def other_media_types_are_refused(target: Target) -> Iterator[str]:
    """A body that is not said to be JSON is refused with 415."""
    for each in target.good:
        for kind in ("text/plain", "application/xml", "application/x-www-form-urlencoded", None):
            reply = target.post(each.offer, each.request, headers={"Content-Type": kind})
            if reply.status != 415:
                yield f"{each.offer.name}: a body of type {kind} is answered {reply.said}; expected 415"


@check("M", "1.0+", "X-09", "R-01")
def json_is_taken_with_parameters(target: Target) -> Iterator[str]:
    """``application/json; charset=utf-8`` is JSON."""
    for each in target.good:
        reply = target.post(
            each.offer, each.request, headers={"Content-Type": "application/json; charset=utf-8"}
        )
        if not reply.answered:
            yield f"{each.offer.name}: answers {reply.said}"


@check("S", "ENG", "X-09")
def odd_encodings_are_no_fault(target: Target) -> Iterator[str]:
    """A byte order mark, a member that occurs twice, gzip, and deep nesting are answered or refused."""
    for each in target.good:
        body = json.dumps(each.request).encode()
        deep = b'{"a":' * 2000 + b"0" + b"}" * 2000
        odd = {
            "a byte order mark": (b"\xef\xbb\xbf" + body, {}),
            "hook twice": (b'{"hook": "conform", ' + body[1:], {}),
            "an extension 2000 deep": (b'{"extension": ' + deep + b", " + body[1:], {}),
            "gzip": (gzip.compress(body), {"Content-Encoding": "gzip"}),
        }
        for what, (sent, headers) in odd.items():
            reply = target.post(each.offer, sent, headers=headers)
            if reply.broke:
                yield f"{each.offer.name}: {what} is answered {reply.said}"


@check("S", "ENG", "S-04", "D-16")
def unknown_paths_are_not_found(target: Target) -> Iterator[str]:
    """A service or page that does not exist is 404."""
    known = target.offers[0].path
    for path in (f"{ROOT}/conform-no-such-service", f"{known}/conform-no-such-page"):
        for method, body in (("POST", {}), ("GET", None)):
            reply = target.caller.call(method, path, body)
            if reply.status != 404 and not (method == "GET" and reply.status == 405):
                yield f"{method} {path} answers {reply.said}; expected 404"


@check("S", "ENG", "S-04", "D-16")
def other_methods_are_refused(target: Target) -> Iterator[str]:
    """Other methods than POST on a service are refused with 405, and ``Allow`` names POST."""
    for offer in target.offers:
        for method in ("GET", "PUT", "DELETE"):
            reply = target.caller.call(method, offer.path)
            if reply.status != 405 or "POST" not in reply.headers.get("allow", ""):
                allowed = reply.headers.get("allow", "none")
                yield f"{method} {offer.path} answers {reply.said}, Allow: {allowed}"


@check("S", "ENG", "R-02")
def a_refusal_names_the_member(target: Target) -> Iterator[str]:
    """A refusal says which member is missing."""
    for each in target.good:
        for name in ("hook", "hookInstance", "context"):
            reply = target.ask(each.offer, lacking(each.request, name))
            if reply.refused and name.encode() not in reply.body:
                yield f"{each.offer.name}: without {name} it answers {reply.said}"


@check("M", "1.0+", "D-02", "S-01")
def it_answers_after_all_that(target: Target) -> Iterator[str]:
    """After every refusal and oddity the service answers a good request as before."""
    again = target.caller.call("GET", ROOT)
    if again.value != target.discovery.value:
        yield f"discovery now answers {again.said}"
    for each in target.good:
        reply = target.post(each.offer, each.request)
        if reply.decision != each.reply.decision:
            yield f"{each.offer.name}: first {each.reply.said}, now {reply.said}"
