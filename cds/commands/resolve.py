"""``leukocds knowledge resolve``: which ingredients a code or a name stands for."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import click

from cds.commands.folders import folder_option, overlay_option
from cds.errors import StartError
from cds.knowledge.base import Knowledge
from cds.knowledge.codings import Code
from cds.knowledge.load import load_knowledge
from cds.knowledge.ndc import normalise_ndc
from cds.rxnorm.sources import open_sources
from cds.settings import load_settings

_SYSTEMS: Mapping[str, str] = MappingProxyType(
    {
        "rxnorm": "http://www.nlm.nih.gov/research/umls/rxnorm",
        "ndc": "http://hl7.org/fhir/sid/ndc",
        "atc": "http://www.whocc.no/atc",
        "snomed": "http://snomed.info/sct",
    }
)
_SHAPES = MappingProxyType(
    {
        "rxnorm": (re.compile(r"\d{1,8}", re.ASCII), "one to eight digits"),
        "atc": (
            re.compile(r"[A-Z]\d{2}([A-Z]([A-Z](\d{2})?)?)?", re.ASCII | re.IGNORECASE),
            "such as L04AX01",
        ),
        "snomed": (re.compile(r"\d{6,18}", re.ASCII), "6 to 18 digits"),
    }
)


class _MalformedError(ValueError):
    """A line that asks nothing; the message says what a line looks like."""


@click.command()
@folder_option
@overlay_option
def resolve(folder: Path, overlay: Path | None) -> None:
    """Say which ingredients each line of standard input stands for, one JSON object a line.

    A line is a kind and a value: "rxnorm 207012", "ndc 00078-0126-05", "atc L04AX01", "snomed 37656002" or
    "text CLOZAPINE 100 MG PO TABS". "ingredients" are those of the knowledge, "others" what else the medicine
    is known to contain. The local index and RxNav are asked as LEUKOCDS_RXNORM_INDEX and LEUKOCDS_RXNAV_URL
    say.

    Exit status: 0, or 1 if a line was malformed; such a line has "error" in its object, and the next follows.
    """
    known = _load(folder, overlay)
    malformed, unknown = False, 0
    for raw in sys.stdin.buffer:
        line = raw.decode(errors="replace").strip()
        try:
            answer = _resolved(known, line)
            unknown += answer["matchedBy"] == "none" and line.startswith(("rxnorm ", "ndc "))
        except _MalformedError as fault:
            malformed = True
            answer = {"input": line, "error": str(fault)}
        click.echo(json.dumps(answer, ensure_ascii=False))
    if unknown and known.medicines.local is None:
        click.echo(
            f"Codes that are not in the shipped tables: {unknown}. leukocds knowledge import-rxnorm makes an"
            " index of NLM's release, which has far more; LEUKOCDS_RXNORM_INDEX then names it.",
            err=True,
        )
    sys.exit(int(malformed))


def _resolved(known: Knowledge, line: str) -> dict[str, object]:
    kind, _, value = line.partition(" ")
    value = value.strip()
    _refuse_malformed(kind, value)
    codings = [Code(_SYSTEMS[kind], value)] if kind in _SYSTEMS else []
    found = known.medicines.recognise(codings, [value] if kind == "text" else [])
    answer: dict[str, object] = {
        "input": line,
        "ingredients": [
            {"name": drug.name, "rxcui": next(iter(drug.codes.rxnorm), None)}
            for match in found.matches
            if (drug := known.drugs[match.ingredient])
        ],
        # a code that is understood and names none of our drugs is matched as well
        "matchedBy": found.matches[0].matched_by if found.matches else kind if found.coded else "none",
    }
    if found.others:
        answer["others"] = [{"name": other.name, "rxcui": other.codes[-1]} for other in found.others]
    return answer


def _refuse_malformed(kind: str, value: str) -> None:
    if kind != "text" and kind not in _SYSTEMS:
        raise _MalformedError(f"a line begins with one of {', '.join((*_SYSTEMS, 'text'))}")
    if not value:
        raise _MalformedError(f"{kind} needs a value after it")
    if kind == "ndc" and normalise_ndc(value) is None:
        raise _MalformedError("an NDC is 11 digits, or 4-4-2, 5-3-2, 5-4-1 or 5-4-2 with dashes")
    if kind in _SHAPES:
        shape, words = _SHAPES[kind]
        if not shape.fullmatch(value):
            raise _MalformedError(f"a code of {kind} is {words}")


def _load(folder: Path, overlay: Path | None) -> Knowledge:
    try:
        settings = load_settings()
        known = load_knowledge(folder, overlay)
        sources = open_sources(
            settings.rxnorm_index, settings.rxnav_url, settings.rxnav_deadline, settings.rxnav_cache
        )
    except StartError as fault:
        raise click.ClickException("\n".join(fault.problems)) from fault
    return replace(known, medicines=known.medicines.with_lookups(sources.local, sources.remote))
