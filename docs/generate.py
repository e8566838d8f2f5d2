"""Writes the parts of the pages that are made from code, knowledge, stories and measurements.

    python docs/generate.py            bring them up to date
    python docs/generate.py --check    say which are not, and exit with 1

Such a part stands between ``<!-- generated: NAME -->`` and ``<!-- end -->`` and is made by the function
``NAME`` below. Everything else on a page is written by people.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from kept import container_check, database, faults, licences, load
from pydantic import BaseModel
from watched import log_fields, metrics

from cds.app import create_answerer
from cds.hooks.hook_request import read_hook_request
from cds.hooks.services import Query, offered_services
from cds.knowledge.base import Knowledge
from cds.knowledge.load import load_knowledge
from cds.knowledge.schema import Confirmation, Named
from cds.settings import Settings, describe_settings
from cds.stories import load_story

ROOT = Path(__file__).parent.parent
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
AS_OF = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)

_PART = re.compile(r"(<!-- generated: ([a-z-]+) -->\n).*?(<!-- end -->)", re.DOTALL)
_BUILD = re.compile(r"\+[0-9a-f]{12}")  # the knowledge's fingerprint: it would change with every comment


@cache
def knowledge() -> Knowledge:
    """The knowledge that is shipped."""
    return load_knowledge()


# --- the parts ------------------------------------------------------------------------------------------


def card() -> Iterator[str]:
    """The first card of the demo story, as an EHR shows it."""
    story = load_story(ROOT / "fixtures" / "methimazole-reordered-at-anc-0.3", AS_OF)
    service = offered_services(knowledge())[story.service]
    settings = Settings()
    answerer = create_answerer(settings, knowledge())
    answer = answerer.answer(service, read_hook_request(story.request), settings.preferences, AS_OF)
    first = msgspec.json.decode(answer.body)["cards"][0]
    yield f"> **{first['indicator'].upper()} · {first['summary']}**"
    yield ">"
    yield from (f"> {line}".rstrip() for line in _BUILD.sub("", first["detail"]).splitlines())
    yield ">"
    yield "> " + " ".join(f"**[** {each['label']} **]**" for each in first["suggestions"])


def queries() -> Iterator[str]:
    """The prefetch keys, and what is unknown without them."""
    yield "| prefetch key | returns | without it |"
    yield "|---|---|---|"
    for query in _queries():
        missing = "**412**, if none of these came" if query.required else "said on the card"
        yield f"| `{query.key}` | {query.resource} | {missing} |"


def query_templates() -> Iterator[str]:
    """The prefetch templates in full, one to copy at a time."""
    for query in _queries():
        yield f"**`{query.key}`**"
        yield ""
        yield "```text"
        yield query.template
        yield "```"
        yield ""


def settings() -> Iterator[str]:
    """Every setting with its default."""
    yield "| variable | default | what for |"
    yield "|---|---|---|"
    for row in describe_settings({}):
        yield f"| `{row.variable}` | {f'`{row.value}`' if row.value else ''} | {row.explained} |"


def review() -> Iterator[str]:
    """How much of the knowledge nobody has confirmed yet."""
    known = knowledge()
    waiting = Confirmation.NEEDS_REVIEW
    counted = {
        "drugs": known.drugs.values(),
        "risky pairs": known.pairs,
        "monitoring schedules": known.monitoring,
        "clozapine bands": known.clozapine,
        "precautions": known.precautions,
        "conditions": known.conditions.values(),
    }
    yield "| knowledge | entries | confirmed by a source | in part or by class | **await a pharmacist** |"
    yield "|---|---|---|---|---|"
    for name, entries in counted.items():
        found = Counter(entry.confirmation for entry in entries)
        total, sourced = sum(found.values()), found[Confirmation.SOURCED]
        between = total - sourced - found[waiting]
        yield f"| {name} | {total} | {sourced} | {between} | {found[waiting]} |"
    checked = sum(bool(drug.review.checked) for drug in known.drugs.values())
    yield ""
    yield f"Drug files that a second person has checked: {checked} of {len(known.drugs)}."


def performance() -> Iterator[str]:
    """The last kept run of the bench."""
    kept = json.loads((ROOT / "bench" / "measured.json").read_text("utf-8"))
    yield (
        "| request | answer | `orjson.loads` of the body | answer / parse (spread) | aim"
        " | with Python's own collector |"
    )
    yield "|---|---|---|---|---|---|"
    for row in kept["rows"]:
        cost, aim = row["served"], row["target"]
        times = f"{_milliseconds(cost['answer_us'])} | {_milliseconds(cost['parse_us'])}"
        words = "" if aim is None else f"{aim:.0f}{', **missed**' if cost['median'] > aim else ''}"
        yield f"| {row['name']} | {times} | {_spread(cost)} | {words} | {_spread(row['unset'])} |"
    yield ""
    start = kept["start"]
    ready = _spread(start)
    took = f"{start['ready_ms'] / 1000:.2f} s, {start['best_ms'] / 1000:.2f} s at best"
    yield (
        f"{kept['machine']}, {kept['day']}. From the start of the process to the first 200 of `/readyz`:"
        f" {took}, beside whatever else ran; {start['cpu_ms'] / 1000:.2f} s of processor time, {ready} times"
        " what `import flask` takes."
    )


def _spread(ratio: Mapping[str, float]) -> str:
    return f"{ratio['median']:.1f} ({ratio['least']:.1f} to {ratio['most']:.1f})"


def stories() -> Iterator[str]:
    """What is said to each story of ``fixtures``, the loudest first."""
    cases = []
    for path in sorted((ROOT / "fixtures").glob("*/case.toml")):
        case = tomllib.loads(path.read_text("utf-8"))
        cases.append((path.parent.name, case))
    for indicator, heading in (
        ("critical", "Critical"),
        ("warning", "Warning"),
        ("info", "Information"),
        ("none", "Silent"),
    ):
        told = [(name, case) for name, case in cases if case["expected"]["indicator"] == indicator]
        yield f"### {heading} ({len(told)})"
        yield ""
        for name, case in told:
            hook = case["service"].removeprefix("leuko-")
            yield f"- [{case['title']}](../fixtures/{name}/case.toml) ({hook}). {case['proves']}"
        yield ""


def own_limits() -> Iterator[str]:
    """Every limit of the rules that rests on our own knowledge, alone or beside a source."""
    yield "| limit | value | sources besides our own |"
    yield "|---|---|---|"
    for name, model in (("limits", knowledge().limits), ("ranking", knowledge().ranking)):
        yield from _own(name, model)


def corrections() -> Iterator[str]:
    """What the precautions of the articles say that is not passed on as it stands."""
    for row in knowledge().precautions:
        if row.correction:
            shown = f"Shown instead: {row.clinician}" if row.clinician else "Nothing is shown."
            yield f"- **{row.id}** ({', '.join(row.seeds)}). {row.correction} {shown}"
            yield f"  *Sources: {', '.join(row.sources)}.*"


def coverage() -> Iterator[str]:
    """What the five articles name from which the knowledge began, and what became of each."""
    rows = knowledge().seeds
    for kind in dict.fromkeys(row.kind for row in rows):
        named = [row for row in rows if row.kind == kind]
        yield f"### {_coverage_heading(kind, len(named))}"
        yield ""
        yield "| named | in | covered by | corrected, or left out |"
        yield "|---|---|---|---|"
        for row in named:
            words = ", ".join((row.term, *row.also))
            articles = ", ".join(article.removeprefix("seed-") for article in row.articles)
            covered = ", ".join(map(_covering, row.covered_by)) or "nothing"
            yield f"| {words} | {articles} | {covered} | {row.correction or row.left_out} |"
        yield ""


def coverage_at_a_glance() -> Iterator[str]:
    """How much of what the articles name is covered, by kind, and what is not said as they say it."""
    rows = knowledge().seeds
    yield "| kind | named | covered as named | covered, but corrected | left out |"
    yield "|---|---|---|---|---|"
    for kind in dict.fromkeys(row.kind for row in rows):
        named = [row for row in rows if row.kind == kind]
        heading = _coverage_heading(kind, len(named))
        anchor = re.sub(r"[^a-z0-9 ]", "", heading.lower()).replace(" ", "-")
        yield f"| [{_plural(kind)}](docs/coverage.md#{anchor}) | {_glance(named)} |"
    yield f"| **all** | {_glance(rows, terms=False)} |"


# --- how they are made ----------------------------------------------------------------------------------


def _queries() -> Iterable[Query]:
    return offered_services(knowledge())["leuko-order-sign"].queries


def _plural(kind: str) -> str:
    return "drug classes" if kind == "drug class" else f"{kind}s"


def _coverage_heading(kind: str, number: int) -> str:
    return f"{_plural(kind).capitalize()} ({number})"


def _glance(named: Sequence[Named], terms: bool = True) -> str:
    corrected = [row.term for row in named if row.correction]
    left_out = [row.term for row in named if row.left_out]
    told = (
        f"{len(found)}: {'; '.join(found)}" if terms and found else str(len(found))
        for found in (corrected, left_out)
    )
    return " | ".join((str(len(named)), str(len(named) - len(corrected) - len(left_out)), *told))


def _covering(reference: str) -> str:
    kind, _, name = reference.partition(":")
    if kind == "class":
        drugs = sum(name in drug.seed_class.split(", ") for drug in knowledge().drugs.values())
        return f"{drugs} drugs ({name})"
    return name if kind == "drug" else f"{kind} {name}"


def _milliseconds(microseconds: float) -> str:
    return f"{microseconds / 1000:.2f} ms" if microseconds < 10_000 else f"{microseconds / 1000:.0f} ms"


def _own(name: str, model: BaseModel) -> Iterator[str]:
    sources: tuple[str, ...] = getattr(model, "sources", ())
    for member in type(model).model_fields:
        value = getattr(model, member)
        if isinstance(value, BaseModel):
            yield from _own(f"{name}.{member}", value)
        elif "own-knowledge" in sources and isinstance(value, Decimal | int | tuple) and _is_number(value):
            others = ", ".join(source for source in sources if source != "own-knowledge")
            written = " to ".join(map(str, value)) if isinstance(value, tuple) else str(value)
            yield f"| `{name}.{member}` | {written} | {others or '**none**'} |"


def _is_number(value: Any) -> bool:
    values = value if isinstance(value, tuple) else (value,)
    return all(isinstance(each, Decimal | int) and not isinstance(each, bool) for each in values)


PARTS: dict[str, Callable[[], Iterable[str]]] = {
    each.__name__.replace("_", "-"): each
    for each in (
        card,
        container_check,
        corrections,
        coverage,
        coverage_at_a_glance,
        database,
        faults,
        licences,
        load,
        log_fields,
        metrics,
        own_limits,
        performance,
        queries,
        query_templates,
        review,
        settings,
        stories,
    )
}


def brought_up_to_date(page: str) -> str:
    """The page with each of its parts made anew."""

    def made(found: re.Match[str]) -> str:
        return found[1] + "\n".join(PARTS[found[2]]()).strip("\n") + "\n" + found[3]

    return _PART.sub(made, page)


def main(arguments: list[str]) -> int:
    stale = 0
    for path in PAGES:
        written = path.read_text("utf-8")
        made = brought_up_to_date(written)
        if made != written:
            stale += 1
            if "--check" in arguments:
                print(f"{path.relative_to(ROOT)} is out of date: make fix")
            else:
                path.write_text(made, "utf-8")
                print(f"{path.relative_to(ROOT)} brought up to date")
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
