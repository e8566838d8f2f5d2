"""Discovery: ``GET /cds-services`` and what it lists."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from cds.conform.check import check
from cds.conform.json_text import is_text, shown
from cds.conform.reasons import NotApplicable
from cds.conform.samples import Json
from cds.conform.target import ROOT, Target

_SEMVER = re.compile(r"\d+\.\d+(\.\d+)?([-+][0-9A-Za-z.+-]+)?")
_PATH_SEGMENT = re.compile(r"[A-Za-z0-9._~!$&'()*+,;=:@-]+")
_DEPRECATED = {"medication-prescribe": "order-select", "order-review": "order-sign"}


def _entries(target: Target) -> Iterator[tuple[str, Json]]:
    if not target.entries:
        raise NotApplicable("discovery lists no service")
    for at, entry in target.entries:
        yield f"services[{at}] ({entry.get('id', 'without id')})", entry


@check("M", "1.0+", "D-01")
def discovery_lists_services(target: Target) -> Iterator[str]:
    """``GET /cds-services`` answers 200 with an object that has an array ``services``."""
    reply = target.discovery
    found = reply.value.get("services") if isinstance(reply.value, dict) else None
    if reply.status == 401 and target.caller.signer is None:
        yield "answers 401 without a token: give --token-key FILE, the key of a caller that the service knows"
    elif reply.status != 200 or not isinstance(found, list):
        yield f'answers {reply.said}; expected 200 {{"services": [...]}}'
    elif len(target.entries) != len(found):
        yield f"services holds what is no object: {shown(found)}"


@check("M", "1.0+", "D-02")
def discovery_is_stable(target: Target) -> Iterator[str]:
    """Discovery answers the same every time it is asked."""
    for _ in range(4):
        again = target.caller.call("GET", ROOT)
        if (again.status, again.value) != (target.discovery.status, target.discovery.value):
            yield f"first it answered {target.discovery.said}, then {again.said}"
            return


@check("M", "1.0+", "D-04")
def every_service_names_its_hook(target: Target) -> Iterator[str]:
    """Every service has a string ``hook``."""
    for place, entry in _entries(target):
        if not is_text(entry.get("hook")):
            yield f"{place}: hook is {shown(entry.get('hook'))}"


@check("M", "1.0+", "D-05")
def every_service_has_an_id(target: Target) -> Iterator[str]:
    """Every service has a string ``id`` that can stand in a URL's path."""
    for place, entry in _entries(target):
        if not is_text(entry.get("id")) or not _PATH_SEGMENT.fullmatch(entry["id"]):
            yield f"{place}: id is {shown(entry.get('id'))}"


@check("M", "1.0+", "D-06", "X-03")
def every_service_describes_itself(target: Target) -> Iterator[str]:
    """Every service has a string ``description`` that says something."""
    for place, entry in _entries(target):
        if not is_text(entry.get("description")):
            yield f"{place}: description is {shown(entry.get('description'))}"


@check("S", "1.0+", "D-07")
def every_service_has_a_title(target: Target) -> Iterator[str]:
    """Every service has a ``title``."""
    for place, entry in _entries(target):
        if not is_text(entry.get("title")):
            yield f"{place}: title is {shown(entry.get('title'))}"


@check("M", "2.0+", "D-08")
def usage_requirements_are_text(target: Target) -> Iterator[str]:
    """``usageRequirements``, if there, is a string that says something."""
    stated = [(place, entry) for place, entry in _entries(target) if "usageRequirements" in entry]
    if not stated:
        raise NotApplicable("no service states usageRequirements")
    for place, entry in stated:
        if not is_text(entry["usageRequirements"]):
            yield f"{place}: usageRequirements is {shown(entry['usageRequirements'])}"


@check("S", "3.0b", "D-09", "D-10")
def versions_are_versions(target: Target) -> Iterator[str]:
    """``version`` and ``hookVersion``, if there, are version numbers."""
    stated = [
        (place, name, entry[name])
        for place, entry in _entries(target)
        for name in ("version", "hookVersion")
        if name in entry
    ]
    if not stated:
        raise NotApplicable("no service states a version")
    for place, name, version in stated:
        if not isinstance(version, str) or not _SEMVER.fullmatch(version):
            yield f"{place}: {name} is {shown(version)}"


@check("M", "2.0+", "D-11")
def prefetch_is_an_object_of_templates(target: Target) -> Iterator[str]:
    """``prefetch``, if there, is an object that is not empty, of keys and template strings."""
    stated = [(place, entry["prefetch"]) for place, entry in _entries(target) if "prefetch" in entry]
    if not stated:
        raise NotApplicable("no service offers prefetch")
    for place, prefetch in stated:
        if not isinstance(prefetch, dict) or not prefetch:
            yield f"{place}: prefetch is {shown(prefetch)}; leave it out when there is none"
            continue
        for key, template in prefetch.items():
            if not is_text(key) or not is_text(template):
                yield f"{place}: prefetch.{shown(key)} is {shown(template)}"


@check("M", "2.0+", "D-12")
def no_service_is_listed_twice(target: Target) -> Iterator[str]:
    """No two services share both ``id`` and ``hook``."""
    pairs = Counter((shown(entry.get("id")), shown(entry.get("hook"))) for _, entry in _entries(target))
    for (identity, hook), times in pairs.items():
        if times > 1:
            yield f"id {identity} with hook {hook} is listed {times} times"


@check("S", "hook", "D-13")
def no_deprecated_hook_is_offered(target: Target) -> Iterator[str]:
    """No service is for a hook that has been replaced."""
    for place, entry in _entries(target):
        hook = entry.get("hook")
        if isinstance(hook, str) and hook in _DEPRECATED:
            yield f"{place}: {hook} is deprecated; {_DEPRECATED[hook]} has taken its place"


@check("S", "ENG", "D-16")
def discovery_forgives_a_trailing_slash(target: Target) -> Iterator[str]:
    """``GET /cds-services/`` answers as without the slash."""
    reply = target.caller.call("GET", f"{ROOT}/", token=target.caller.token_for(ROOT))
    if reply.value != target.discovery.value:
        yield f"{ROOT}/ answers {reply.said}"


@check("S", "ENG", "D-16", "S-04")
def discovery_refuses_other_methods(target: Target) -> Iterator[str]:
    """Other methods on ``/cds-services`` are refused with 405 and ``Allow``."""
    for method in ("POST", "PUT", "DELETE"):
        reply = target.caller.call(method, ROOT, {} if method != "DELETE" else None)
        if reply.status != 405 or "GET" not in reply.headers.get("allow", ""):
            yield f"{method} {ROOT} answers {reply.said}, Allow: {reply.headers.get('allow', 'none')}"


@check("O", "2.0+", "D-15", "J-01")
def discovery_takes_a_token(target: Target) -> Iterator[str]:
    """Discovery answers a caller with a token, whether it asks for one or not."""
    target.need_key()
    if not target.discovery.ok:
        yield f"with a token for {target.caller.address(ROOT)} it answers {target.discovery.said}"
