"""What the same request, told differently or at the same time as others, may change: nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from statistics import median
from typing import Any

from cds.conform.check import check
from cds.conform.json_text import objects
from cds.conform.reasons import NotApplicable
from cds.conform.target import Target

_HOSTILE = "![x](http://evil.invalid/p.png)<img src=x onerror=alert(1)>[y](javascript:alert(1))"
_LIVE = re.compile(r"(?<!\\)!\[x\]\(http|(?<!\\)<img src=x|(?<!\\)\]\(javascript:")
_FAST = 0.5  # seconds, "on the order of 500 ms"


@check("S", "ENG", "C-20")
def the_same_request_gets_the_same_cards(target: Target) -> Iterator[str]:
    """The same request twice gets the same cards but for ids and extensions."""
    for each in target.good:
        again = target.post(each.offer, each.request)
        if again.visible != each.reply.visible:
            yield f"{each.offer.name}: first {each.reply.said}, then {again.said}"


@check("S", "ENG", "X-01")
def the_order_of_members_means_nothing(target: Target) -> Iterator[str]:
    """A request whose objects list their members backwards gets the same cards."""
    for each in target.good:
        reply = target.post(each.offer, _backwards(each.request))
        if reply.decision != each.reply.decision:
            yield f"{each.offer.name}: with members backwards it answers {reply.said}, else {each.reply.said}"


@check("S", "ENG", "P-14")
def the_order_of_unsorted_results_means_nothing(target: Target) -> Iterator[str]:
    """Results that were not asked for in some order get the same cards in whatever order they come."""
    tried = False
    for each in target.speaking:
        sent = dict(each.request.get("prefetch") or {})
        for key, value in sent.items():
            entries = value.get("entry") if isinstance(value, dict) else None
            if "_sort" in each.offer.prefetch.get(key, "_sort") or not isinstance(entries, list):
                continue
            sent[key] = value | {"entry": entries[::-1]}
            tried = tried or len(entries) > 1
        reply = target.post(each.offer, each.request | {"prefetch": sent})
        if sorted(reply.decision[1]) != sorted(each.reply.decision[1]):
            yield f"{each.offer.name}: with unsorted results reversed it answers {reply.said}"
    if not tried:
        raise NotApplicable("no example has two results of a search without _sort")


@check("S", "ENG", "C-11")
def words_of_the_chart_are_no_markup(target: Target) -> Iterator[str]:
    """Links, images and HTML in the names that were sent do not come to life in ``detail``."""
    for each in target.speaking:
        reply = target.post(each.offer, _renamed(each.request))
        if reply.broke:
            yield f"{each.offer.name}: with hostile names it answers {reply.said}"
        for at, card in objects(reply.cards):
            if found := _LIVE.search(str(card.get("detail", ""))):
                yield f"{each.offer.name}: cards[{at}].detail holds {found[0]} from a name, as it was sent"


@check("S", "1.0+", "P-20")
def an_answer_comes_fast(target: Target) -> Iterator[str]:
    """With all its data supplied, half of the answers come within 500 ms."""
    for each in target.good:
        took = median(target.post(each.offer, each.request).seconds for _ in range(7))
        if took > _FAST:
            yield f"{each.offer.name}: {took * 1000:.0f} ms"


@check("S", "ENG", "N-09")
def calls_at_the_same_time_do_not_mix(target: Target) -> Iterator[str]:
    """Requests sent at the same time get the answers that they get one by one."""
    target.need_heavy()
    told = {json.dumps(each.reply.visible): each for each in target.answered}
    if len(told) < 2:
        raise NotApplicable("needs two examples with different answers; give --request FILE twice")
    mixed = list(told.values()) * (200 // len(told))
    with ThreadPoolExecutor(8) as threads:
        replies = [*threads.map(lambda each: target.post(each.offer, each.request), mixed)]
    pairs = zip(mixed, replies, strict=True)
    wrong = [(each, reply) for each, reply in pairs if reply.visible != each.reply.visible]
    if wrong:
        each, reply = wrong[0]
        yield f"{len(wrong)} of {len(mixed)} differ; {each.offer.name}: {reply.said}, not {each.reply.said}"


# --- on the way -----------------------------------------------------------------------------------------


def _backwards(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _backwards(value[name]) for name in reversed(value)}
    return [_backwards(each) for each in value] if isinstance(value, list) else value


def _renamed(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _renamed(member, key) for key, member in value.items()}
    if isinstance(value, list):
        return [_renamed(each, name) for each in value]
    return (
        f"{value} {_HOSTILE}" if name in {"text", "display", "family"} and isinstance(value, str) else value
    )
