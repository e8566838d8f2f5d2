"""What has to hold for every answer of the whole run; so these checks come last."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cds.conform.caller import Reply
from cds.conform.check import check
from cds.conform.json_text import find_empty, read_json, shown
from cds.conform.reasons import NotApplicable
from cds.conform.samples import CANARY
from cds.conform.target import Target

_TRACE = re.compile(
    r"Traceback \(most recent|\bat [\w.$<>]+\([\w.]+\.(java|kt|scala):\d+\)|\n\s+at .+\.(js|ts):\d+"
    r"|File \"[^\"]+\.py\", line|System\.\w+Exception|\.cs:line \d+"
)
_MOST = 5  # examples of one fault


@check("M", "2.0+", "X-01")
def answers_are_json(target: Target) -> Iterator[str]:
    """Every successful answer of discovery and of a service is JSON as RFC 8259 has it."""
    for reply in _successes(target):
        try:
            read_json(reply.body)
        except ValueError as error:
            yield f"{reply.method} {reply.path}: {error}: {shown(reply.body)}"


@check("M", "2.0+", "X-02", "X-04")
def nothing_empty_is_sent(target: Target) -> Iterator[str]:
    """No answer has a member that is ``null``, ``""``, ``[]`` or ``{}``, save ``cards``, ``services``."""
    seen = set()
    for reply in _successes(target):
        for place, what in find_empty(reply.value):
            if (place, what) not in {("services", "[]"), ("cards", "[]")}:
                seen.add(f"{reply.method} {reply.path}: {place or 'the body'} is {what}; leave it out")
    yield from sorted(seen)[:_MOST]


@check("S", "ENG", "X-08")
def answers_are_said_to_be_json(target: Target) -> Iterator[str]:
    """Every successful answer has the type ``application/json``, in UTF-8 where a charset is named."""
    seen = set()
    for reply in _successes(target):
        kind = reply.headers.get("content-type", "none")
        media, _, rest = kind.partition(";")
        if media.strip().lower() != "application/json" or ("charset" in rest and "utf-8" not in rest.lower()):
            seen.add(f"{reply.method} {reply.path}: Content-Type is {shown(kind)}")
    yield from sorted(seen)[:_MOST]


@check("S", "3.0b", "S-02")
def refusals_are_operation_outcomes(target: Target) -> Iterator[str]:
    """Every refusal but 401 has an OperationOutcome, whose issues have severity and code, as its body."""
    for reply in _refusals(target):
        issues = reply.value.get("issue") if isinstance(reply.value, dict) else None
        whole = isinstance(issues, list) and all(
            isinstance(each, dict) and each.get("severity") and each.get("code") for each in issues
        )
        if reply.status != 401 and not (
            issues and whole and reply.value.get("resourceType") == "OperationOutcome"
        ):
            yield f"{reply.method} {reply.path}: {reply.said}"


@check("S", "ENG", "S-05")
def refusals_are_no_pages(target: Target) -> Iterator[str]:
    """No refusal is an HTML page or other text that is no JSON."""
    for reply in _refusals(target):
        if reply.body and reply.value is None and reply.method != "OPTIONS":
            yield f"{reply.method} {reply.path}: {reply.said}"


@check("S", "ENG", "S-05")
def refusals_give_nothing_away(target: Target) -> Iterator[str]:
    """No refusal shows a stack trace, a token, or what was sent."""
    for reply in _refusals(target):
        text = reply.body.decode("utf-8", "replace")
        if found := _TRACE.search(text):
            yield f"{reply.method} {reply.path}: {reply.status} with a stack trace: {shown(found[0])}"
        for secret in (CANARY, "conform-access-token"):
            if secret in text:
                yield f"{reply.method} {reply.path}: {reply.status} repeats {secret}, which was sent"


@check("S", "ENG", "S-01")
def it_never_failed(target: Target) -> Iterator[str]:
    """Nothing that was sent in the whole run made the service fail (5xx) or stop answering."""
    broke = [reply for reply in target.caller.replies if reply.broke]
    for reply in broke[:_MOST]:
        yield f"{reply.method} {reply.path}: {reply.said}"
    if len(broke) > _MOST:
        yield f"{len(broke)} in all"


def _successes(target: Target) -> list[Reply]:
    return [
        reply
        for reply in target.caller.replies
        if reply.status == 200 and reply.method in ("GET", "POST") and not reply.path.endswith("/feedback")
    ]


def _refusals(target: Target) -> list[Reply]:
    found = [reply for reply in target.caller.replies if reply.status >= 400]
    if not found:
        raise NotApplicable("nothing was refused")
    return found
