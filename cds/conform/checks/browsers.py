"""CORS: what a client that runs in a browser needs, and what it must not be given."""

from __future__ import annotations

from collections.abc import Iterator

from cds.conform.caller import Reply
from cds.conform.check import check
from cds.conform.reasons import NotApplicable
from cds.conform.target import ROOT, Target

_STRANGER = "https://conform.invalid"


def _preflight(target: Target, path: str, method: str, origin: str) -> Reply:
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    return target.caller.call("OPTIONS", path, headers=headers, token=None)


def _paths(target: Target) -> list[tuple[str, str]]:
    """Method and path of what a browser would call. Raises ``NotApplicable`` if no browser may."""
    origin = target.options.origin
    reply = _preflight(target, ROOT, "GET", origin)
    if "access-control-allow-origin" not in reply.headers:
        raise NotApplicable(f"it grants nothing to {origin}; name a browser that may call it with --origin")
    return [("GET", ROOT), *(("POST", offer.path) for offer in target.offers)]


@check("S", "1.0+", "N-02")
def a_preflight_is_granted(target: Target) -> Iterator[str]:
    """A preflight without a token is 2xx and grants the method, ``Authorization`` and ``Content-Type``."""
    origin = target.options.origin
    for method, path in _paths(target):
        reply = _preflight(target, path, method, origin)
        granted = {
            name.strip().lower() for name in reply.headers.get("access-control-allow-headers", "").split(",")
        }
        methods = reply.headers.get("access-control-allow-methods", "")
        if not reply.ok:
            yield f"OPTIONS {path} answers {reply.said}; a browser needs 2xx"
        elif reply.headers.get("access-control-allow-origin") not in {origin, "*"}:
            yield f"OPTIONS {path} grants nothing to {origin}"
        elif missing := {"authorization", "content-type"} - granted:
            yield f"OPTIONS {path} does not grant the header {', '.join(sorted(missing))}"
        elif method != "GET" and method not in methods and methods != "*":
            yield f"OPTIONS {path} grants the methods {methods or 'none'}, not {method}"


@check("S", "ENG", "N-03")
def every_answer_can_be_read_by_a_browser(target: Target) -> Iterator[str]:
    """Answers and refusals have the header too: without it a browser hides the reason."""
    headers = {"Origin": target.options.origin}
    offers = target.offers if _paths(target) else []
    for offer in offers:
        for what, body in (("a request", target.examples(offer)[0]), ("a refusal", b"{")):
            reply = target.post(offer, body, headers=headers)
            if reply.headers.get("access-control-allow-origin") not in {headers["Origin"], "*"}:
                yield f"{offer.name}: {what} is answered {reply.status} without Access-Control-Allow-Origin"


@check("S", "1.0+", "N-02")
def nobody_else_is_granted_credentials(target: Target) -> Iterator[str]:
    """``Access-Control-Allow-Credentials`` never comes with ``*``, nor for whatever origin asks."""
    for method, path in [("GET", ROOT), *(("POST", offer.path) for offer in target.offers)]:
        for origin in (_STRANGER, target.options.origin):
            reply = _preflight(target, path, method, origin)
            granted = reply.headers.get("access-control-allow-origin")
            if reply.headers.get("access-control-allow-credentials", "").lower() != "true":
                continue
            if granted == "*" or granted == _STRANGER:
                yield f"OPTIONS {path} from {origin} is granted to {granted} with credentials"
