"""What may not matter: two requests that say the same get the same cards."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.cases.asking import Answer, ask, comparable, send
from tests.cases.comparing import whatever_the_date, whatever_the_shape, whatever_the_unit
from tests.cases.patients import COUNTS, SHARES, Case, Result, cases
from tests.cases.requests import (
    ADULT,
    CBC,
    HAEMOGLOBIN,
    LOINC,
    NOW,
    PATIENT,
    PER_LITRE,
    Json,
    bundle,
    knowledge,
    observation,
    percent,
    prefetch_of,
    quantity,
    request,
    scaled,
    shift,
)


def answer_to(case: Case, **members: Any) -> Answer:
    return ask(case.hook, *members.pop("entries", case.entries()), drafts=case.drafts(), **members)


def test_twelfth_the_same_call_twice() -> None:
    """Covered for every patient below; here only that the identifiers do differ."""
    entries = [observation("751-8", "0.3")]
    first, second = ask("patient-view", *entries), ask("patient-view", *entries)

    assert comparable(first) == comparable(second)
    assert first.cards[0]["uuid"] != second.cards[0]["uuid"]


@given(cases())
def test_the_same_call_twice_gives_the_same_cards(case: Case) -> None:
    assert comparable(answer_to(case)) == comparable(answer_to(case))


# --- units ----------------------------------------------------------------------------------------------


def _units() -> list[tuple[str, str]]:
    """Every spelling of the table for thousands and for single cells, and how some look before it is used."""
    listed = [
        ("G/L" if spelling == "g/l" else spelling, "1" if scale.factor == 1 else "1000")
        for (kind, spelling), scale in sorted(knowledge().units.items())
        if kind == "count" and not scale.suspect and scale.factor <= 1
    ]
    sent = ["x10E3/uL", "10^3/µL", "K/mcL", "thou/cu mm", "Thousand/uL", "x10*9/L", "10³/µL", "x 10^9/L"]
    return [*listed, *((unit, "1") for unit in sent), ("cells/mcL", "1000"), ("/cu mm", "1000")]


def _in_unit(result: Result, when: str, unit: tuple[str, str]) -> Json:
    if result.loinc in SHARES:
        return percent(result.loinc, result.value, when)
    if result.loinc not in COUNTS:
        return observation(result.loinc, result.value, "g/dL", when)
    spelling, factor = unit
    return observation(result.loinc, scaled(result.value, factor), spelling, when)


@given(cases(), st.sampled_from(_units()))
def test_the_unit_of_all_counts_does_not_matter(case: Case, unit: tuple[str, str]) -> None:
    twin = case.entries(lambda result, when: _in_unit(result, when, unit))

    assert whatever_the_unit(answer_to(case)) == whatever_the_unit(answer_to(case, entries=twin))


@given(cases(), st.lists(st.sampled_from(_units()), min_size=30, max_size=30))
def test_each_count_may_have_its_own_unit(case: Case, units: list[tuple[str, str]]) -> None:
    left = iter(units)
    twin = case.entries(lambda result, when: _in_unit(result, when, next(left)))

    assert whatever_the_unit(answer_to(case)) == whatever_the_unit(answer_to(case, entries=twin))


# --- order and shape ------------------------------------------------------------------------------------


@given(cases(), st.randoms(use_true_random=False))
def test_neither_order_nor_key_nor_bundle_matters(case: Case, chance: random.Random) -> None:
    entries = case.entries()
    shuffled = [*entries, ADULT]
    chance.shuffle(shuffled)
    keys = ["counts", "a", "b", "medications"]
    parts: dict[str, list[Json]] = {key: [] for key in keys}
    for entry in shuffled:
        parts[chance.choice(keys)].append(entry)
    prefetch = {key: value for key, value in prefetch_of([]).items() if key != "patient"}
    prefetch |= {f"more-{key}": bundle(found) for key, found in parts.items()}
    prefetch["nested"] = bundle([bundle(parts["a"][:2], "collection")])
    items = list(prefetch.items())
    chance.shuffle(items)
    body = request(case.hook, drafts=case.drafts(), prefetch=dict(items))

    assert comparable(answer_to(case)) == comparable(send(body, case.hook))


def _panel(members: dict[str, Any]) -> Json:
    return observation(CBC, when=None, id="panel") | members


def _draws(case: Case) -> dict[int, list[Result]]:
    draws: dict[int, list[Result]] = {}
    for result in case.results:
        draws.setdefault(result.days, []).append(result)
    return draws


def _as_components(case: Case) -> list[Json]:
    flat = {entry["id"]: entry for entry in case.entries() if entry["resourceType"] == "Observation"}
    by_time: dict[str, list[Json]] = {}
    for entry in flat.values():
        by_time.setdefault(entry["effectiveDateTime"], []).append(entry)
    panels = []
    for number, (when, results) in enumerate(by_time.items()):
        parts = [{"code": each["code"], "valueQuantity": each["valueQuantity"]} for each in results]
        panels.append(observation(CBC, when=when, id=f"panel{number}", component=parts))
    return panels


def _as_members(case: Case) -> list[Json]:
    flat = [entry for entry in case.entries() if entry["resourceType"] == "Observation"]
    panels = []
    for number, when in enumerate(sorted({entry["effectiveDateTime"] for entry in flat})):
        members = [
            {"reference": f"Observation/{each['id']}"} for each in flat if each["effectiveDateTime"] == when
        ]
        panels.append(observation(CBC, when=when, id=f"panel{number}", hasMember=members))
    return [*flat, *panels]


def _as_contained(case: Case) -> list[Json]:
    flat = [entry for entry in case.entries() if entry["resourceType"] == "Observation"]
    reports = []
    for number, when in enumerate(sorted({entry["effectiveDateTime"] for entry in flat})):
        results = [each for each in flat if each["effectiveDateTime"] == when]
        reports.append(
            {
                "resourceType": "DiagnosticReport",
                "id": f"report{number}",
                "status": "final",
                "code": {"coding": [{"system": LOINC, "code": CBC}]},
                "subject": {"reference": f"Patient/{PATIENT}"},
                "effectiveDateTime": when,
                "contained": [
                    {name: member for name, member in each.items() if name != "effectiveDateTime"}
                    for each in results
                ],
                "result": [{"reference": f"#{each['id']}"} for each in results],
            }
        )
    return reports


SHAPES = {"components": _as_components, "members": _as_members, "contained": _as_contained}


@given(cases(), st.sampled_from(sorted(SHAPES)))
def test_the_shape_of_the_results_does_not_matter(case: Case, shape: str) -> None:
    others = [entry for entry in case.entries() if entry["resourceType"] != "Observation"]
    flat = [entry for entry in case.entries() if entry["resourceType"] == "Observation"]
    shaped = Case(case.hook, case.results, orders=case.orders)
    plain = answer_to(case, entries=[*flat[: len(case.results)], *others])
    other = answer_to(case, entries=[*SHAPES[shape](shaped), *others])

    assert whatever_the_shape(plain) == whatever_the_shape(other)


# --- what is none of our business -----------------------------------------------------------------------

_US_CORE = "http://hl7.org/fhir/us/core/StructureDefinition/us-core"
_TEXT = st.text(max_size=30)


@given(cases(), _TEXT, st.sampled_from(("race", "ethnicity", "genderIdentity")), st.sampled_from("MFX"))
def test_origin_name_language_and_address_do_not_matter(case: Case, text: str, about: str, sex: str) -> None:
    someone = ADULT | {
        "extension": [
            {"url": f"{_US_CORE}-{about}", "extension": [{"url": "text", "valueString": text}]},
            {"url": f"{_US_CORE}-birthsex", "valueCode": sex},
        ],
        "name": [{"family": text, "given": [text]}],
        "communication": [{"language": {"text": text}}],
        "address": [{"country": text, "city": text}],
        "telecom": [{"value": text}],
        "maritalStatus": {"text": text},
    }

    assert comparable(answer_to(case)) == comparable(answer_to(case, patient=someone))


@given(cases(), st.sampled_from(("entered-in-error", "cancelled")), st.sampled_from(("0.01", "0.3", "9.5")))
def test_void_copies_do_not_matter(case: Case, status: str, value: str) -> None:
    entries = case.entries()
    copies = [
        entry | {"id": f"void-{entry['id']}", "status": status, "valueQuantity": quantity(value, PER_LITRE)}
        for entry in entries
        if entry["resourceType"] == "Observation" and entry["code"]["coding"][0]["code"] != HAEMOGLOBIN
    ]

    assert comparable(answer_to(case)) == comparable(answer_to(case, entries=[*copies, *entries]))


@given(cases(), st.sampled_from((-400, -33, -1, 1, 59, 800)))
def test_the_day_on_which_it_happens_does_not_matter(case: Case, days: int) -> None:
    born = ADULT | {"birthDate": shift(ADULT["birthDate"], days)}
    later = ask(
        case.hook,
        *case.entries(shift=days),
        drafts=case.drafts(shift=days),
        patient=born,
        now=NOW + timedelta(days=days),
    )

    assert whatever_the_date(answer_to(case)) == whatever_the_date(later)
