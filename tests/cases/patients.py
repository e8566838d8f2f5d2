"""Patients as Hypothesis invents them: counts of all lines, medicines, drafts, temperature, conditions.

Values are text in 10*9/L (haemoglobin g/dL) with at most two decimals, so that each is a whole number of
cells per microlitre as well.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from tests.cases.requests import (
    ALC,
    ANC,
    BASO,
    CBC,
    EOS,
    HAEMOGLOBIN,
    ICD10CM,
    MONO,
    NOW,
    PER_LITRE,
    PLATELETS,
    SNOMED,
    WBC,
    Json,
    condition,
    draft,
    draft_test,
    draft_vaccine,
    knowledge,
    medication_request,
    named,
    observation,
    percent,
    temperature,
)

NEUTROPHIL_SHARE = "770-8"
SHARES = frozenset({NEUTROPHIL_SHARE})
COUNTS = (WBC, ANC, ALC, MONO, EOS, BASO, PLATELETS)
DIFFERENTIAL = frozenset({ANC, ALC, MONO, EOS, BASO, NEUTROPHIL_SHARE})


@dataclass(frozen=True)
class Result:
    """One result, so many days old."""

    loinc: str
    value: str
    days: int = 0


@dataclass(frozen=True)
class Medicine:
    """One request of the chart."""

    drug: str
    since: int | None
    status: str = "active"


@dataclass(frozen=True)
class Case:
    """One patient and what is being done."""

    hook: str = "order-sign"
    results: tuple[Result, ...] = ()
    medicines: tuple[Medicine, ...] = ()
    orders: tuple[Json, ...] = field(default=())
    celsius: str | None = None
    problems: tuple[tuple[str, str], ...] = ()

    def entries(self, spell: Callable[[Result, str], Json] | None = None, *, shift: int = 0) -> list[Json]:
        """The resources, each with its id; ``shift`` moves all dates by so many days."""
        write = spell or _plainly
        found = [write(result, _instant(result.days, shift)) for result in self.results]
        if self.celsius is not None:
            found.append(temperature(self.celsius, _instant(0, shift, "09:00")))
        for taken in self.medicines:
            since = None if taken.since is None else _day(taken.since, shift)
            found.append(taking(taken.drug, since, status=taken.status))
        recorded = _day(900, shift)
        found += [condition(code, system, recorded=recorded) for code, system in self.problems]
        return named(found)

    def drafts(self, *, shift: int = 0) -> list[Json]:
        """What is being ordered."""
        moved = {"authoredOn": _day(0, shift)}
        return [order | moved if "authoredOn" in order else order for order in self.orders]

    def with_results(self, *results: Result) -> Case:
        """The same patient with other results."""
        return replace(self, results=results)


def ordered(drug: str, **members: Any) -> Json:
    """A draft of this drug, coded where the knowledge has a code."""
    return draft(*_named(drug), **members)


def taking(drug: str, since: str | None = None, **members: Any) -> Json:
    """A request of the chart for this drug."""
    return medication_request(*_named(drug), since=since, **members)


def _named(drug: str) -> tuple[str, str]:
    known = knowledge().drugs[drug]
    return next(iter(known.codes.rxnorm), ""), known.name


def _plainly(result: Result, when: str) -> Json:
    if result.loinc in SHARES:
        return percent(result.loinc, result.value, when)
    return observation(result.loinc, result.value, "g/dL" if result.loinc == HAEMOGLOBIN else PER_LITRE, when)


def _day(days: int, shift: int = 0) -> str:
    return str((NOW - timedelta(days=days - shift)).date())


def _instant(days: int, shift: int = 0, hour: str = "08:00") -> str:
    return f"{_day(days, shift)}T{hour}:00Z"


# --- strategies -----------------------------------------------------------------------------------------


def hundredths(low: int, high: int) -> st.SearchStrategy[str]:
    """Numbers with two decimals, given in hundredths."""
    return st.integers(low, high).map(lambda number: f"{number // 100}.{number % 100:02d}")


_FAMILIAR = (
    "carbamazepine",
    "carboplatin",
    "clozapine",
    "filgrastim",
    "methimazole",
    "methotrexate",
    "paclitaxel",
    "prednisone",
    "rituximab",
    "sulfamethoxazole",
)
_PLAUSIBLE = {
    WBC: (0, 1500),
    ANC: (0, 900),
    ALC: (0, 500),
    MONO: (0, 120),
    EOS: (0, 80),
    BASO: (0, 20),
    PLATELETS: (500, 45000),
    HAEMOGLOBIN: (500, 1800),
}
_USUALLY_SENT = frozenset({WBC, ANC})


def _value(loinc: str) -> st.SearchStrategy[str]:
    low, high = _PLAUSIBLE[loinc]
    return st.one_of(hundredths(low, high), hundredths(low, low + (high - low) // 6))


@st.composite
def _draw(draw: st.DrawFn, days: int) -> tuple[Result, ...]:
    results = [
        Result(loinc, draw(_value(loinc)), days)
        for loinc in _PLAUSIBLE
        if draw(st.integers(0, 3)) > (0 if loinc in _USUALLY_SENT else 1)
    ]
    if draw(st.integers(0, 5)) == 0:
        results = [result for result in results if result.loinc != ANC]
        results.append(Result(NEUTROPHIL_SHARE, str(draw(st.integers(0, 100))), days))
    return tuple(results)


@st.composite
def results(draw: st.DrawFn) -> tuple[Result, ...]:
    """One to three draws on different days."""
    days = draw(
        st.lists(st.sampled_from((0, 0, 1, 2, 4, 9, 20, 45, 100, 400)), min_size=1, max_size=3, unique=True)
    )
    return tuple(result for day in days for result in draw(_draw(day)))


def drugs() -> st.SearchStrategy[str]:
    """Ids of drugs of the knowledge, familiar ones more often."""
    return st.one_of(st.sampled_from(_FAMILIAR), st.sampled_from(sorted(knowledge().drugs)))


def medicines() -> st.SearchStrategy[tuple[Medicine, ...]]:
    """None to six requests of the chart."""
    one = st.builds(
        Medicine,
        drugs(),
        st.one_of(st.none(), st.integers(0, 60), st.integers(0, 1500)),
        st.sampled_from(("active", "active", "active", "stopped", "completed", "on-hold")),
    )
    return st.lists(one, max_size=6).map(tuple)


def orders() -> st.SearchStrategy[tuple[Json, ...]]:
    """None to two drafts: mostly medicines, now and then a live vaccine, a test, or a stop."""
    medicine = drugs().map(ordered)
    stop = drugs().map(lambda drug: ordered(drug, status="stopped"))
    other = st.sampled_from((draft("10582", "levothyroxine"), draft_vaccine("03"), draft_test(CBC)))
    return st.lists(st.one_of(medicine, medicine, stop, other), max_size=2).map(tuple)


def celsius() -> st.SearchStrategy[str]:
    """Body temperatures with one decimal."""
    return st.integers(350, 415).map(lambda number: f"{number // 10}.{number % 10}")


def problems(*, duffy: bool = True) -> st.SearchStrategy[tuple[tuple[str, str], ...]]:
    """None to two conditions of the knowledge."""
    known = sorted(knowledge().conditions.values(), key=lambda each: each.id)
    codes = [(each.snomed[0], SNOMED) for each in known if each.snomed]
    codes += [(each.icd10cm[0], ICD10CM) for each in known if each.icd10cm]
    codes = [code for code in codes if duffy or not code[0].startswith("Z67")]
    return st.lists(st.sampled_from(codes), max_size=2, unique=True).map(tuple)


HOOKS = ("order-sign", "order-select", "patient-view")


def cases(*, duffy: bool = True) -> st.SearchStrategy[Case]:
    """Patients of all kinds."""
    return st.builds(
        Case,
        st.sampled_from(HOOKS),
        results(),
        medicines(),
        orders(),
        st.one_of(st.none(), celsius()),
        problems(duffy=duffy),
    )
