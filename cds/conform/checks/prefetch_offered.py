"""The prefetch templates that a service offers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from urllib.parse import parse_qsl

from cds.conform.check import check
from cds.conform.json_text import shown, split_url
from cds.conform.reasons import NotApplicable
from cds.conform.samples import HOOKS
from cds.conform.target import Offer, Target
from cds.conform.templates import USER_TOKENS, tokens_of

_CONTEXT = re.compile(r"context\.(\w+)")
_RELATIVE = re.compile(r"([A-Z][A-Za-z]+(/.+)?(\?.+)?|\{\{.+\}\}(\?.+)?)")
_FHIRPATH = re.compile(r"[()%|]|\+|today|context\.\w+\.")
_RESULT = {"_count", "_sort", "_maxresults", "_id", "_lastUpdated"}
_MODIFIER = re.compile(r"[\w-]+(:in)?")
_BREAKS_A_URL = re.compile(r"""[\s#+"'<>\\^`{}]""")
_PREFIX = re.compile(r"(ne|sa|eb|ap)\d{4}")


def _templates(target: Target) -> Iterator[tuple[str, Offer, str]]:
    """Place, service and text of every template."""
    offers = [offer for offer in target.offers if offer.prefetch]
    if not offers:
        raise NotApplicable("no service offers prefetch")
    for offer in offers:
        for key, template in offer.prefetch.items():
            yield f"{offer.name}: prefetch.{key}", offer, template


def _parameters(template: str) -> list[tuple[str, str]]:
    return parse_qsl(template.partition("?")[2], keep_blank_values=True)


@check("M", "1.0+", "T-01")
def templates_are_relative(target: Target) -> Iterator[str]:
    """Every template is a FHIR read or a search by type, without a server's address."""
    for place, _, template in _templates(target):
        if split_url(template).scheme or not _RELATIVE.fullmatch(template):
            yield f"{place} is {shown(template)}; expected Type/{{{{...}}}} or Type?..."


@check("M", "2.0+", "T-02", "T-03")
def tokens_are_known_to_every_client(target: Target) -> Iterator[str]:
    """Every token is a primitive field of the hook's context, or one of the four ids of the user."""
    for place, offer, template in _templates(target):
        known = HOOKS.get(offer.hook)
        for token in tokens_of(template):
            field = _CONTEXT.fullmatch(token)
            if token in USER_TOKENS or (field and known is None):
                continue
            if not field:
                if not _FHIRPATH.search(token):  # those of 3.0 are another check's
                    yield f"{place}: {{{{{token}}}}} is no token of CDS Hooks"
            elif known and field[1] not in {**known["required"], **known["optional"]}:
                yield f"{place}: {offer.hook} has no context.{field[1]}"
            elif known and field[1] in known["no-token"]:
                yield f"{place}: context.{field[1]} of {offer.hook} is no prefetch token"


@check("S", "ENG", "T-04", "T-07")
def tokens_need_no_fhirpath(target: Target) -> Iterator[str]:
    """No template needs the FHIRPath tokens of 3.0, which clients of 2.0 cannot fill in."""
    for place, _, template in _templates(target):
        for token in tokens_of(template):
            if _FHIRPATH.search(token):
                yield f"{place}: {{{{{token}}}}}; a client of 2.0 leaves the key out"


@check("S", "3.0b", "D-14")
def keys_are_listed_before_they_are_used(target: Target) -> Iterator[str]:
    """A template that uses the result of another (``%key``) is listed after it."""
    uses = [
        (place, offer, name)
        for place, offer, template in _templates(target)
        for token in tokens_of(template)
        for name in re.findall(r"%(\w+)", token)
    ]
    if not uses:
        raise NotApplicable("no template uses the result of another")
    for place, offer, name in uses:
        keys = list(offer.prefetch)
        own = place.rpartition("prefetch.")[2]
        if name not in keys or keys.index(name) >= keys.index(own):
            yield f"{place} uses %{name}, which is not listed before it"


@check("S", "2.0+", "T-05")
def searches_are_of_the_recommended_kind(target: Target) -> Iterator[str]:
    """Searches use only parameters that every server can be asked for."""
    for place, _, template in _templates(target):
        for name, value in _parameters(template):
            if name.startswith("_") and name not in _RESULT:
                yield f"{place}: {name} is outside the recommended subset"
            elif not _MODIFIER.fullmatch(name):
                yield f"{place}: {name} is chained or has a modifier outside the recommended subset"
            elif _PREFIX.match(value):
                yield f"{place}: {name}={value[:10]} has a prefix outside the recommended subset"


@check("S", "ENG", "T-06")
def sorting_is_that_of_r4(target: Target) -> Iterator[str]:
    """Sorting is asked for with ``_sort=-date``, not with ``sort:desc=date``."""
    for place, _, template in _templates(target):
        for name, value in _parameters(template):
            if name.lstrip("_").startswith("sort") and (
                name != "_sort" or not re.fullmatch(r"[-\w,]+", value)
            ):
                yield f"{place}: {name}={value}"


@check("S", "ENG", "T-08")
def no_parameter_is_repeated(target: Target) -> Iterator[str]:
    """No template has a parameter twice: some clients join the two with a comma, which turns AND into OR."""
    for place, _, template in _templates(target):
        for name, times in Counter(name for name, _ in _parameters(template)).items():
            if times > 1:
                yield f"{place}: {name} occurs {times} times"


@check("S", "ENG", "T-09")
def templates_survive_encoding(target: Target) -> Iterator[str]:
    """No template holds a character that changes or ends a URL on its way (space, ``#``, ``+``, quotes)."""
    for place, _, template in _templates(target):
        plain = re.sub(r"\{\{.*?\}\}", "", template)
        query = plain.partition("?")[2]
        parameters = parse_qsl(query, keep_blank_values=True)
        if _BREAKS_A_URL.search(plain) or len(parameters) != query.count("="):
            yield f"{place} is {shown(template)}"
