"""Silence at first sight: what is not read in full would have had nothing to say, and no gap to tell of.

Wherever the outline of a chart is called silent, the whole reading and the whole assessment are made as well
and held against it. Whether enough charts are recognised so is another claim, with its own tests.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cds.answer import Conclusion
from cds.app import create_answerer
from cds.facts import Outline
from cds.findings import Occasion, Topic, Urgency
from cds.hooks.hook_request import read_hook_request
from cds.hooks.prefetch import sort_prefetch
from cds.hooks.services import offered_services
from cds.knowledge.base import Knowledge
from cds.readers.outline import read_outline, read_plain_orders
from cds.rules.silence import is_surely_silent
from cds.settings import Settings
from cds.stories import load_story
from tests.cases.patients import HOOKS, Case, cases, ordered, taking
from tests.cases.requests import (
    ADULT,
    ALC,
    ANC,
    BASO,
    CBC,
    EOS,
    HAEMOGLOBIN,
    MONO,
    NOW,
    PATIENT,
    PER_LITRE,
    PLATELETS,
    WBC,
    Json,
    ago,
    condition,
    draft,
    draft_test,
    draft_vaccine,
    knowledge,
    medication_request,
    observation,
    percent,
    quantity,
    request,
    temperature,
)
from tests.fixture_stories import DAYS, story_folders

SERVICES = offered_services(knowledge())
ANSWERER = create_answerer(Settings(), knowledge())
NORMAL = [observation(WBC, "6.8"), observation(ANC, "4.1"), observation(ALC, "2.0"), percent("770-8", "60")]
NEUTRAL = draft("10582", "levothyroxine")


def outline_of(body: bytes, hook: str, now: Any = NOW) -> Outline | None:
    """The outline, if there is one and every query was answered."""
    sent, service = read_hook_request(body), SERVICES[f"leuko-{hook}"]
    prefetch = sort_prefetch(sent.prefetch, service.queries)
    ordered_now: frozenset[str] | None = frozenset()
    if service.hook is not Occasion.PATIENT_VIEW:
        ordered_now = read_plain_orders(sent.patient_id, sent.drafts or b"null", knowledge())
    if not prefetch.is_complete or ordered_now is None:
        return None
    return read_outline(
        patient_id=sent.patient_id,
        supplied=prefetch.values,
        ordered=ordered_now,
        knowledge=knowledge(),
        as_of=now,
    )


def is_silent(body: bytes, hook: str = "order-sign", now: Any = NOW) -> bool:
    """Whether nothing would be read in full."""
    outline = outline_of(body, hook, now)
    return outline is not None and is_surely_silent(outline, Occasion(hook), knowledge())


def concluded(body: bytes, hook: str, now: Any = NOW) -> Conclusion:
    """What reading and judging everything comes to."""
    return ANSWERER.conclude(SERVICES[f"leuko-{hook}"], read_hook_request(body), Settings().preferences, now)


def said(conclusion: Conclusion) -> list[str]:
    """The topics that speak, the gaps, and the queries that were not answered; all to be empty."""
    speaking = [each.topic.value for each in conclusion.assessment.decisions if each.urgency is not None]
    gaps = [f"{gap.kind} {gap.what}" for gap in conclusion.gaps]
    unanswered = [key for key, came in conclusion.prefetch.items() if came != "supplied"]
    return [*speaking, *gaps, *unanswered]


def hold(body: bytes, hook: str, now: Any = NOW) -> bool:
    """Whether it is silent at first sight; then nothing may be found at the second."""
    if not is_silent(body, hook, now):
        return False
    assert [] == said(concluded(body, hook, now))
    return True


# --- never where something would be said ----------------------------------------------------------------


@pytest.mark.parametrize("folder", story_folders(), ids=lambda folder: folder.name)
@pytest.mark.parametrize("hook", HOOKS)
def test_no_story_is_silenced(folder: Path, hook: str) -> None:
    """At its own hook and at the others."""
    story = load_story(folder, DAYS[0])
    hold(story.request.replace(b'"order-sign"', b'"%s"' % hook.encode()), hook, DAYS[0])


@given(cases())
@settings(max_examples=300)
def test_no_patient_is_silenced(case: Case) -> None:
    hold(request(case.hook, *case.entries(), drafts=case.drafts()), case.hook)


_VALUES = {
    WBC: ("2.9", "2.99", "3", "3.6", "3.99", "4.0", "4.2", "6.8", "0", "11"),
    ANC: ("0.4", "1.49", "1.5", "1.51", "2.0", "4.1", "7.2"),
    ALC: ("0.4", "0.99", "1.0", "2.0", "6"),
    MONO: ("0", "0.5"),
    EOS: ("0", "0.04", "5"),
    BASO: ("0", "0.04"),
    PLATELETS: ("19", "49", "149", "150", "151", "240"),
    HAEMOGLOBIN: ("6.9", "9.9", "10.9", "13.9"),
    "769-0": ("10", "35", "60"),  # segmented, percent
    "770-8": ("10", "22", "36", "37.5", "60", "100"),  # neutrophils, percent
    "764-1": ("0", "2", "12"),  # bands, percent
    "709-6": ("0", "1"),  # blasts, percent
    "58413-6": ("0", "3", "12"),  # nucleated red cells
}
_NEAR = st.sampled_from((0, 0, 1, 2, 20, 89, 90, 91, 92, 400))
_MINUTES = st.sampled_from(("08:00", "08:00", "08:14", "08:15", "08:16", "20:00"))
_FLAGS = st.sampled_from((None, None, None, "N", "L", "H", "LL", "AA", "<"))
_LOWS = st.sampled_from((None, None, "1.0", "3.5", "4.0", "4.5", "5.0", "0", "40"))
_STATUS = st.sampled_from(("final", "final", "final", "corrected", "preliminary", "cancelled", "unknown"))


@st.composite
def _results(draw: st.DrawFn) -> list[Json]:
    found = []
    odd = draw(st.integers(0, 3)) == 0  # most charts are plain but for their numbers
    for _ in range(draw(st.integers(1, 3))):
        when = ago(draw(_NEAR), draw(_MINUTES))
        specimen = draw(st.sampled_from((None, None, "s1", "s2")))
        for loinc in draw(st.lists(st.sampled_from(sorted(_VALUES)), unique=True, max_size=7)):
            value = draw(st.sampled_from(_VALUES[loinc]))
            share = loinc in {"769-0", "770-8", "764-1", "709-6", "58413-6"}
            unit = "%" if share else "g/dL" if loinc == HAEMOGLOBIN else PER_LITRE
            sent = observation(loinc, value, unit, when)
            if specimen is not None:
                sent["specimen"] = {"reference": f"Specimen/{specimen}"}
            if odd:
                _make_odd(draw, sent, unit)
            found.append(sent)
    return found


def _make_odd(draw: st.DrawFn, sent: Json, unit: str) -> None:
    flag, low = draw(_FLAGS), draw(_LOWS)
    if flag is not None:
        sent["interpretation"] = [{"coding": [{"code": flag}]}]
    if low is not None:
        sent["referenceRange"] = [{"low": quantity(low, unit), "high": quantity("90", unit)}]
    sent["status"] = draw(_STATUS)
    oddity = draw(st.integers(0, 12))
    if oddity == 0:
        sent["valueQuantity"]["comparator"] = draw(st.sampled_from(("<", "<=", ">")))
    elif oddity == 1:
        sent["valueQuantity"]["unit"] = draw(st.sampled_from(("K/uL", "/uL", "cells/uL", "mg/dL", "", "/L")))
    elif oddity == 2:
        sent["effectiveDateTime"] = draw(st.sampled_from(("2026", "2026-11", "2026-11-20", "2026-12-24", "")))
    elif oddity == 3:
        sent["subject"] = draw(st.sampled_from(({"reference": "Patient/p2"}, {}, {"display": "x"}, "x")))


_DRUGS = sorted(knowledge().drugs)
_ORDERS = st.lists(
    st.one_of(
        st.just(NEUTRAL),
        st.sampled_from(_DRUGS).map(ordered),
        st.sampled_from(_DRUGS).map(lambda drug: ordered(drug, status="stopped")),
        st.sampled_from((draft_test(CBC), draft_vaccine("03"), draft("", "varicella vaccine live"), draft())),
    ),
    max_size=2,
)
_CHART = st.lists(
    st.one_of(
        st.just(medication_request("314077", "lisinopril 20 MG Oral Tablet", since="2026-01-01")),
        st.sampled_from(_DRUGS).map(lambda drug: taking(drug, "2026-10-20")),
        st.just(medication_request("", "something brewed at home")),
        st.just(medication_request("", "?")),
    ),
    max_size=3,
)
_ALLERGY: Json = {
    "resourceType": "AllergyIntolerance",
    "patient": {"reference": f"Patient/{PATIENT}"},
    "code": {"text": "methimazole"},
    "reaction": [{"manifestation": [{"text": "agranulocytosis"}]}],
}
_OTHERS = st.lists(
    st.sampled_from((_ALLERGY, temperature("37.2"), temperature("39.4"), condition("386661006"))), max_size=2
)
_PATIENTS = st.sampled_from(
    (ADULT, ADULT, ADULT, None, ADULT | {"birthDate": "2008-11-21"}, ADULT | {"birthDate": "2024"})
)


@given(st.sampled_from(HOOKS), _results(), _ORDERS, _CHART, _OTHERS, _PATIENTS)
@settings(max_examples=600)
def test_no_chart_near_a_limit_is_silenced(
    hook: str, results: list[Json], orders: list[Json], chart: list[Json], others: list[Json], who: Json
) -> None:
    hold(request(hook, *results, *chart, *others, drafts=orders, patient=who), hook)


# --- where the limits lie -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("loinc", "silent", "not_silent"),
    [(WBC, "3.00", "2.99"), (ANC, "1.50", "1.49"), (PLATELETS, "150", "149"), ("753-4", "1.50", "1.49")],
)
def test_at_an_order_each_limit_is_the_rules_own(loinc: str, silent: str, not_silent: str) -> None:
    unit = PER_LITRE

    assert is_silent(request("order-sign", observation(loinc, silent, unit), drafts=[NEUTRAL]))
    assert not is_silent(request("order-sign", observation(loinc, not_silent, unit), drafts=[NEUTRAL]))


@pytest.mark.parametrize(
    ("loinc", "silent", "not_silent"), [(WBC, "4.00", "3.99"), (ANC, "1.50", "1.49"), (ALC, "1.00", "0.99")]
)
def test_at_the_opening_of_a_chart_every_line_counts(loinc: str, silent: str, not_silent: str) -> None:
    assert is_silent(request("patient-view", observation(loinc, silent)), "patient-view")
    assert not is_silent(request("patient-view", observation(loinc, not_silent)), "patient-view")


def test_a_low_count_of_long_ago_is_no_low_count() -> None:
    """Historical from the 91st day on; a day more is left for the hours."""
    normal = observation(ANC, "4.1")

    assert is_silent(request("order-sign", normal, observation(ANC, "0.3", when=ago(92)), drafts=[NEUTRAL]))
    assert not is_silent(request("order-sign", observation(ANC, "0.3", when=ago(90)), drafts=[NEUTRAL]))


def test_neutrophils_that_nobody_reported_are_reckoned_with() -> None:
    """6.0 x 25 % is 1.5, and 24 % of it is less."""
    enough = [observation(WBC, "6.0"), percent("770-8", "25")]
    too_few = [observation(WBC, "6.0"), percent("770-8", "24")]

    assert is_silent(request("order-sign", *enough, drafts=[NEUTRAL]))
    assert not is_silent(request("order-sign", *too_few, drafts=[NEUTRAL]))


@pytest.mark.parametrize("hook", HOOKS)
@pytest.mark.parametrize(("share", "low"), [("10", True), ("37.4", True), ("37.5", False), ("60", False)])
def test_todays_share_of_neutrophils_is_seen_behind_a_normal_one_of_before(
    hook: str, share: str, low: bool
) -> None:
    """Of 4.0 today; 37.5 % of them are 1.5, and 8.0 x 60 % were 4.8."""
    before = [observation(WBC, "8.0", when=ago(40)), percent("770-8", "60", ago(40))]
    body = request(hook, *before, observation(WBC, "4.0"), percent("770-8", share), drafts=[NEUTRAL])

    assert is_silent(body, hook) is not low
    if share == "10":
        assert concluded(body, hook).assessment.decision(Topic.LOW_COUNT).urgency is Urgency.CRITICAL


def test_a_line_that_outnumbers_all_lines_is_a_contradiction() -> None:
    """By more than five in a hundred."""
    within = [observation(WBC, "4.00"), observation(ANC, "4.20")]
    beyond = [observation(WBC, "4.00"), observation(ANC, "4.21")]

    assert is_silent(request("order-sign", *within, drafts=[NEUTRAL]))
    assert not is_silent(request("order-sign", *beyond, drafts=[NEUTRAL]))


@pytest.mark.parametrize(("minutes", "silent"), [("08:15", False), ("08:16", True)])
def test_times_that_could_be_one_draw_need_a_second_look(minutes: str, silent: bool) -> None:
    results = [observation(WBC, "6.8", when=ago(1)), observation(ANC, "4.1", when=ago(1, minutes))]

    assert silent is is_silent(request("order-sign", *results, drafts=[NEUTRAL]))


@pytest.mark.parametrize(("born", "silent"), [("2008-11-20", True), ("2008-11-21", False)])
def test_a_child_needs_a_second_look(born: str, silent: bool) -> None:
    """Of age on the day of the oldest draw, which is of today."""
    body = request("order-sign", *NORMAL, drafts=[NEUTRAL], patient=ADULT | {"birthDate": born})

    assert silent is is_silent(body)


@pytest.mark.parametrize("code", ["17182001", "165517008", "127034005", "736024007"])
@pytest.mark.parametrize("hook", HOOKS)
def test_a_record_of_low_neutrophils_needs_a_second_look(code: str, hook: str) -> None:
    """A fever after it may mean something even where the last counts, of days ago, are normal."""
    before = [observation(ANC, "4.1", when=ago(10)), observation(WBC, "6.8", when=ago(10))]
    known = condition(code, recorded="2026-11-18")
    body = request(hook, *before, known, temperature("39.1"), drafts=[NEUTRAL])

    assert not is_silent(body, hook)
    assert "leukoFever" in said(concluded(body, hook))


def test_any_other_condition_does_not() -> None:
    assert is_silent(request("order-sign", *NORMAL, condition("38341003"), drafts=[NEUTRAL]))


@pytest.mark.parametrize(
    "drug",
    ["methimazole", "clozapine", "carboplatin", "azathioprine", "methotrexate", "ganciclovir"],
)
def test_an_order_of_a_drug_with_conditions_of_its_own_needs_a_second_look(drug: str) -> None:
    assert not is_silent(request("order-sign", *NORMAL, drafts=[ordered(drug)]))


def test_after_a_reaction_a_known_drug_needs_a_second_look_and_an_unknown_one_does_not() -> None:
    assert is_silent(request("order-sign", *NORMAL, drafts=[ordered("omeprazole")]))
    assert not is_silent(request("order-sign", *NORMAL, _ALLERGY, drafts=[ordered("omeprazole")]))
    assert is_silent(request("order-sign", *NORMAL, _ALLERGY, drafts=[NEUTRAL]))


def test_a_label_limit_above_the_silent_counts_is_heard() -> None:
    """Of every drug that has one, whatever else is known of it."""
    limited = sorted(drug.id for drug in knowledge().drugs.values() if drug.limits is not None)

    assert [] == [
        drug for drug in limited if is_silent(request("order-sign", *NORMAL, drafts=[ordered(drug)]))
    ]


def test_a_fever_after_chemotherapy_needs_no_count_to_be_heard() -> None:
    chart = [observation(WBC, "6.8"), temperature("39.4"), taking("carboplatin", ago(10)[:10])]
    body = request("order-sign", *chart, drafts=[NEUTRAL])

    assert "leukoFever" in said(concluded(body, "order-sign"))
    assert not is_silent(body)


def test_a_low_count_of_long_ago_matters_beside_a_drug_that_is_known() -> None:
    """It may have fallen on that drug."""
    chart = [observation(ANC, "4.1"), observation(ANC, "0.3", when=ago(200))]

    assert is_silent(request("order-sign", *chart, drafts=[NEUTRAL]))
    assert not is_silent(request("order-sign", *chart, drafts=[ordered("omeprazole")]))


@pytest.mark.parametrize(("low", "silent"), [("4.5", True), ("4.6", False)])
def test_the_laboratory_decides_what_is_mildly_low_at_the_opening_of_a_chart(low: str, silent: bool) -> None:
    printed = [{"low": quantity(low, PER_LITRE), "high": quantity("11", PER_LITRE)}]
    body = request("patient-view", observation(WBC, "4.5", referenceRange=printed))

    assert silent is is_silent(body, "patient-view")
    assert silent is (said(concluded(body, "patient-view")) == [])


def _moved(**blocks: dict[str, str]) -> Knowledge:
    """The knowledge with some limits moved, as a hospital may move each by itself."""
    known = knowledge()
    changes = {
        name: getattr(known.limits, name).model_copy(
            update={member: Decimal(value) for member, value in members.items()}
        )
        for name, members in blocks.items()
    }
    return replace(known, limits=known.limits.model_copy(update=changes))


@pytest.mark.parametrize(
    ("moved", "chart", "hook", "topic"),
    [
        (
            _moved(fever={"neutrophils_at_most": "2.0"}),
            [observation(ANC, "2.0"), temperature("38.4")],
            "order-sign",
            "leukoFever",
        ),
        (
            _moved(marrow={"neutrophils": "2.0"}),
            [observation(ANC, "1.9"), observation(HAEMOGLOBIN, "9.0", "g/dL")],
            "patient-view",
            "leukoLowCount",
        ),
        (
            _moved(marrow={"severe_platelets": "200", "severe_reticulocytes": "60"}),
            [observation(PLATELETS, "199"), observation("60474-4", "20")],
            "order-sign",
            "leukoLowCount",
        ),
    ],
    ids=["fever", "marrow failure", "severe marrow failure"],
)
def test_a_limit_that_a_hospital_moved_is_heard_all_the_same(
    moved: Knowledge, chart: list[Json], hook: str, topic: str
) -> None:
    body = request(hook, *chart, drafts=[NEUTRAL])
    answerer = create_answerer(Settings(), moved)
    sent, service = read_hook_request(body), SERVICES[f"leuko-{hook}"]

    assert topic in said(answerer.conclude(service, sent, Settings().preferences, NOW))
    assert b'{"cards":[]}' != answerer.answer(service, sent, Settings().preferences, NOW).body


# --- what is not plain ----------------------------------------------------------------------------------

_ODD: dict[str, Json] = {
    "a comparator": observation(ANC, "4.1") | {"valueQuantity": quantity("4.1", PER_LITRE, comparator=">")},
    "a text": observation(ANC) | {"valueString": "4.1"},
    "no value": observation(ANC),
    "a reason why there is none": observation(ANC, "4.1", dataAbsentReason={"text": "clotted"}),
    "an unknown unit": observation(ANC, "4.1", "furlong"),
    "no unit": observation(ANC, "4.1", ""),
    "a doubtful unit": observation(ANC, "4.1", "/L"),
    "a unit of another kind": observation(ANC, "4.1", "%"),
    "an impossible value": observation(ANC, "4100"),
    "a negative value": observation(ANC, "-4.1"),
    "an unknown code": observation("99999-9", "4.1"),
    "a code of no terminology": observation(ANC, "4.1", system="urn:lab"),
    "an unknown status": observation(ANC, "4.1", status="unknown"),
    "a result that was withdrawn": observation(ANC, "4.1", status="entered-in-error"),
    "no date": observation(ANC, "4.1", when=None),
    "a vague date": observation(ANC, "4.1", when="2026-11"),
    "a date to come": observation(ANC, "4.1", when="2026-11-22T08:00:00Z"),
    "a panel": observation(ANC, "4.1", hasMember=[{"reference": "Observation/x"}]),
    "components": observation(ANC, "4.1", component=[observation(WBC, "2")]),
    "a critical flag": observation(ANC, "4.1", interpretation=[{"coding": [{"code": "LL"}]}]),
    "a range that cannot be": observation(
        ANC, "4.1", referenceRange=[{"low": quantity("40", PER_LITRE), "high": quantity("75", PER_LITRE)}]
    ),
    "a range by age": observation(
        ANC, "4.1", referenceRange=[{"low": quantity("1.5", PER_LITRE), "age": {"low": quantity("1", "a")}}]
    ),
    "another patient": observation(ANC, "4.1", subject={"reference": "Patient/p2"}),
    "a medicine that nobody can name": medication_request("", "?"),
    "a medicine that lies elsewhere": medication_request() | {
        "medicationCodeableConcept": None, "medicationReference": {"reference": "Medication/m"},
    },
    "a report": {"resourceType": "DiagnosticReport", "status": "final",
                 "subject": {"reference": f"Patient/{PATIENT}"}, "code": {"text": "CBC"}},
    "a resource of no use here": {"resourceType": "Encounter", "id": "e1"},
}  # fmt: skip


@pytest.mark.parametrize("odd", [*_ODD.values()], ids=[*_ODD])
def test_what_is_not_plain_needs_a_second_look(odd: Json) -> None:
    body = request("order-sign", observation(WBC, "6.8"), odd, drafts=[NEUTRAL])

    assert not is_silent(body)


def test_a_page_to_come_needs_a_second_look() -> None:
    whole = request("order-sign", *NORMAL, drafts=[NEUTRAL])
    link = b'"type":"searchset","link":[{"relation":"next","url":"https://ehr.example.org/2"}],"entry":[{'
    first_of_more = whole.replace(b'"type":"searchset","entry":[{', link, 1)

    assert is_silent(whole)
    assert first_of_more != whole
    assert not is_silent(first_of_more)


@pytest.mark.parametrize("total", [1000, 1, 0])
def test_an_answer_that_was_cut_off_needs_a_second_look(total: int) -> None:
    whole = request("order-sign", *NORMAL, drafts=[NEUTRAL])
    counted = whole.replace(b'"searchset","entry":[{', b'"searchset","total":%d,"entry":[{' % total, 1)

    assert counted != whole
    assert is_silent(counted) == (total != 1000)


def test_what_was_included_beside_the_matches_needs_a_second_look() -> None:
    """It is no match, and whether all matches came is told by their number."""
    whole = request("order-sign", *NORMAL, drafts=[NEUTRAL])
    for mode, silent in ((b"match", True), (b"include", False)):
        marked = b'"searchset","entry":[{"search":{"mode":"%s"},' % mode
        sent = whole.replace(b'"searchset","entry":[{', marked, 1)

        assert sent != whole
        assert is_silent(sent) == silent


def test_an_unanswered_query_needs_a_second_look() -> None:
    whole = request("order-sign", *NORMAL, drafts=[NEUTRAL])

    assert not is_silent(whole.replace(b'"conditions":', b'"problems":'))


# --- and most of what is plain is seen ------------------------------------------------------------------


@pytest.mark.parametrize(
    "spelling",
    [("4.1", "K/uL"), ("4.1", "10*3/uL"), ("4.1", "x10E3/uL"), ("4100", "/uL"), ("4100", "cells/uL")],
)
def test_usual_units_are_plain(spelling: tuple[str, str]) -> None:
    assert is_silent(request("order-sign", observation(ANC, *spelling), drafts=[NEUTRAL]))


def test_a_usual_chart_is_silent_at_first_sight_at_every_hook() -> None:
    """Ranges, flags, zero basophils, conditions, medicines of the knowledge, an old and a new draw."""
    chart = [
        *NORMAL,
        observation(WBC, "3.4", when=ago(200), interpretation=[{"coding": [{"code": "L"}]}]),
        observation(BASO, "0.0", referenceRange=[{"high": quantity("0.2", PER_LITRE)}]),
        observation(HAEMOGLOBIN, "9.1", "g/dL", interpretation=[{"coding": [{"code": "L"}]}]),
        temperature("36.9"),
        condition("38341003"),
        medication_request("314077", "lisinopril 20 MG Oral Tablet", since="2026-01-01"),
        taking("omeprazole", "2025-01-01"),
        medication_request("", "Cough syrup"),
    ]

    assert is_silent(request("order-sign", *chart, drafts=[NEUTRAL, draft_test(CBC)]))
    assert is_silent(request("order-select", *chart, drafts=[NEUTRAL]), "order-select")
    newest = [each for each in chart if each.get("effectiveDateTime") != ago(200)]
    assert is_silent(request("patient-view", *newest), "patient-view")
