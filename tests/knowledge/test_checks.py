"""The relations between entries: each holds in the sound folder, and a breach is named."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import pytest

from cds.knowledge.check_magnitudes import _OF_LIMITS
from cds.knowledge.checks import CHECKS, check_knowledge, check_tables, overdue_reviews
from cds.knowledge.load import load_knowledge
from cds.knowledge.schema import Confirmation, DrugNames, Effect, Entry, LabelLimits, relied_on
from cds.knowledge.tables import Tables, load_tables

EntryT = TypeVar("EntryT", bound=Entry)


@pytest.fixture
def tables(folder: Path) -> Tables:
    read, problems = load_tables(folder)
    assert problems == ()
    return read


def said(tables: Tables) -> list[str]:
    return [str(problem) for problem in check_tables(tables)]


def changed(entries: Iterable[EntryT], index: int, **members: Any) -> tuple[EntryT, ...]:
    """The entries, with other members at ``index``; a dotted name is written with two underscores."""
    found = list(entries)
    entry: Entry = found[index]
    flat: dict[str, Any] = {}
    for name, value in members.items():
        outer, _, inner = name.partition("__")
        if inner:
            flat[outer] = flat.get(outer, getattr(entry, outer)).model_copy(update={inner: value})
        else:
            flat[outer] = value
    found[index] = found[index].model_copy(update=flat)
    return tuple(found)


def index_of(tables: Tables, drug: str) -> int:
    return next(index for index, entry in enumerate(tables.drugs) if entry.id == drug)


def with_drug(tables: Tables, drug: str, **members: Any) -> Tables:
    return replace(tables, drugs=changed(tables.drugs, index_of(tables, drug), **members))


@pytest.mark.parametrize("condition", relied_on.CONDITIONS)
def test_a_condition_that_rules_call_by_its_id_is_there(tables: Tables, condition: str) -> None:
    broken = replace(tables, condition_ids=tables.condition_ids - {condition})

    assert f'conditions.toml: the rules ask for a condition "{condition}"' in said(broken)


@pytest.mark.parametrize("drug", relied_on.DRUGS)
def test_a_drug_that_rules_call_by_its_id_is_there(tables: Tables, drug: str) -> None:
    broken = replace(tables, drug_ids=tables.drug_ids - {drug})

    assert f'drugs/{drug}.toml: the rules ask for the drug "{drug}"' in said(broken)


def test_a_sound_folder_has_no_problem_and_no_warning(folder: Path) -> None:
    report = check_knowledge(folder, today=date(2026, 11, 20))

    assert report.problems == ()
    assert report.warnings == ()


def test_a_review_is_overdue_from_the_day_after_it_was_due(tables: Tables) -> None:
    on_the_day = list(overdue_reviews(tables.reviews, date(2027, 1, 10)))
    after = list(overdue_reviews(tables.reviews, date(2027, 1, 11)))

    assert on_the_day == []
    assert len(after) == len(tables.drugs)
    assert str(after[0]) == "drugs/clozapine.toml: review.next_review: the review was due on 2027-01-10"


def test_an_overdue_review_is_a_warning_and_no_problem(folder: Path) -> None:
    report = check_knowledge(folder, today=date(2030, 1, 1))

    assert report.problems == ()
    assert len(report.warnings) == 8


def test_ids_are_unique(tables: Tables) -> None:
    twice = replace(tables, vaccines=tables.vaccines * 2, sources=(*tables.sources, tables.sources[0]))

    assert said(twice) == [
        "sources.toml: source[label]: label stands here 2 times",
        "vaccines.toml: vaccine[03]: 03 stands here 2 times",
    ]


def test_a_source_inside_an_entry_is_checked_too(tables: Tables) -> None:
    broken = replace(tables, lines=changed(tables.lines, 1, tiers__sources=("gossip",)))

    assert said(broken) == [
        'cell_lines.toml: line[neutrophils].tiers.sources: "gossip" is not in sources.toml'
    ]


def test_an_entry_that_needs_a_source_has_one(tables: Tables) -> None:
    broken = replace(tables, pairs=changed(tables.pairs, 0, sources=()))

    assert said(broken) == ["interactions.toml: pair[I01].sources: at least one source is needed"]


def test_memory_beside_a_source_is_not_called_sourced(tables: Tables) -> None:
    beside = with_drug(tables, "cortisone", sources=("label", "own-knowledge"))
    honest = with_drug(beside, "cortisone", confirmation=Confirmation.MIXED)

    assert said(beside) == [
        'drugs/cortisone.toml: confirmation: one of the sources is own knowledge, so this cannot be "sourced"'
    ]
    assert said(honest) == []


def test_memory_alone_confirms_nothing(tables: Tables) -> None:
    remembered = with_drug(tables, "cortisone", sources=("own-knowledge",))
    honest = with_drug(
        tables, "cortisone", sources=("own-knowledge",), confirmation=Confirmation.NEEDS_REVIEW
    )

    assert said(remembered) == [
        'drugs/cortisone.toml: confirmation: every source is own knowledge, so this cannot be "sourced"'
    ]
    assert said(honest) == []


def test_every_white_line_is_described(tables: Tables) -> None:
    broken = replace(tables, line_ids=tables.line_ids - {"basophils"})

    assert said(broken) == ['cell_lines.toml: line: there is no [[line]] with id = "basophils"']


@pytest.mark.parametrize(("severe", "problems"), [("0.99", 0), ("1.0", 1), ("1.01", 1)])
def test_tiers_fall(tables: Tables, severe: str, problems: int) -> None:
    shifted = replace(tables, lines=changed(tables.lines, 0, tiers__severe=Decimal(severe)))

    assert len(said(shifted)) == problems


@pytest.mark.parametrize(("recent", "problems"), [(4, 0), (3, 1), (29, 0), (30, 1)])
def test_the_ages_of_counts_rise(tables: Tables, recent: int, problems: int) -> None:
    """Between 3 days for current and 30 for ageing."""
    assert tables.limits is not None
    ages = tables.limits.freshness.model_copy(update={"recent_days": recent})
    shifted = replace(tables, limits=tables.limits.model_copy(update={"freshness": ages}))

    assert problems == len(said(shifted))


@pytest.mark.parametrize("list_of", ["unknown_after", "cancers", "infections"])
def test_the_fever_rule_names_known_conditions(list_of: str, tables: Tables) -> None:
    assert tables.limits is not None
    fever = tables.limits.fever.model_copy(update={list_of: ("lupus", "neutropaenia")})
    shifted = replace(tables, limits=tables.limits.model_copy(update={"fever": fever}))

    assert said(shifted) == [f'limits.toml: fever.{list_of}: there is no condition "neutropaenia"']


@pytest.mark.parametrize(("ages", "problems"), [((365, 366), 0), ((365, 365), 1)])
def test_the_ages_of_a_childs_share_rise(tables: Tables, ages: tuple[int, int], problems: int) -> None:
    assert tables.limits is not None
    immunity = tables.limits.immunity.model_copy(update={"cd4_percent_days": ages})
    shifted = replace(tables, limits=tables.limits.model_copy(update={"immunity": immunity}))

    assert problems == len(said(shifted))


SIZES = [
    ("fever__celsius", "36.9 no, 37 yes, 39 yes, 39.1 no, 100.4 no"),
    ("fever__neutrophils_at_most", "0 no, 0.5 yes, 20 yes, 20.1 no, 500 no"),
    ("loudness__neutrophils_always", "0 no, 0.001 no, 0.01 yes, 0.5 yes, 500 no"),
    ("immunity__cd4_per_ul", "0 yes, 0.2 no, 49 no, 50 yes, 10000 yes, 10001 no"),
    ("immunity__cd4_percent", "0.15 no, 1 yes, 15 yes, 101 no"),
    ("marrow__platelets", "4 no, 50 yes, 501 no, 50000 no"),
    ("marrow__haemoglobin", "3.9 no, 10 yes, 100 no"),
]


@pytest.mark.parametrize(
    ("member", "value", "sound"),
    [(member, *row.split()) for member, listed in SIZES for row in listed.split(", ")],
)
def test_a_limit_is_a_number_that_its_unit_can_have(
    tables: Tables, member: str, value: str, sound: str
) -> None:
    assert tables.limits is not None
    (limits,) = changed([tables.limits], 0, **{member: Decimal(value)})
    wrong = said(replace(tables, limits=limits))

    where = member.replace("__", ".")
    assert [problem.startswith(f"limits.toml: {where}: {value} has to ") for problem in wrong] == (
        [] if sound == "yes" else [True]
    )


def test_every_number_of_the_limits_is_held_to_a_size_or_is_none_of_a_unit() -> None:
    """A count that is added to limits.toml is given bounds, or stands here."""
    of_no_unit = {
        "fever.plausible_celsius",
        "consistency.sum_percent_note",
        "consistency.sum_percent_serious",
        "consistency.closure",
        "consistency.line_over_total",
        "consistency.nucleated_red_per_100",
    }
    limits = load_knowledge().limits
    numbers = {
        f"{table}.{member}"
        for table, entry in limits
        if isinstance(entry, Entry)
        for member, value in entry
        if isinstance(value, Decimal) or (isinstance(value, tuple) and isinstance(value[0], Decimal))
    }
    held = {member for member in numbers if member in _OF_LIMITS or member.endswith(("_per_ul", "_percent"))}

    assert numbers - held == of_no_unit
    assert set(_OF_LIMITS) <= numbers


@pytest.mark.parametrize(("value", "sound"), [("0", True), ("0.5", False), ("500", True), ("100000", False)])
def test_a_limit_of_a_drug_is_in_cells_per_microlitre(tables: Tables, value: str, sound: bool) -> None:
    limits = {"hold_leukocytes_below_per_ul": Decimal(value), "status": "label", "confirmation": "sourced"}
    limited = with_drug(tables, "clozapine", limits=LabelLimits.model_validate(limits))

    here = "drugs/clozapine.toml: limits.hold_leukocytes_below_per_ul: "
    message = f"{value} has to be 0 or lie within 50 to 10000: cells per microlitre are meant"
    assert said(limited) == ([] if sound else [here + message])


def test_limits_of_lines_bands_precautions_and_points_have_a_size_too(tables: Tables) -> None:
    low, high = tables.clozapine
    children = (
        tables.lines[0].children[0].model_copy(update={"low": Decimal(1000)}),
        tables.lines[0].children[1],
    )
    assert tables.ranking is not None
    broken = replace(
        tables,
        clozapine=(
            low.model_copy(update={"below_per_ul": Decimal("1.5")}),
            high.model_copy(update={"from_per_ul": Decimal("1.5")}),
        ),
        lines=changed(changed(tables.lines, 0, children=children), 1, duffy_null_low=Decimal(1200)),
        precautions=changed(tables.precautions, 0, neutrophils_below=Decimal(500)),
        ranking=tables.ranking.model_copy(update={"dechallenge_recovered_at": Decimal(1500)}),
    )

    per_ul, white = "50 to 10000: cells per microlitre are meant", "0.01 to 20: 10*9/L are meant"
    assert sorted(said(broken)) == [
        f"cell_lines.toml: line[leukocytes].children[0].low: 1000 has to lie within {white}",
        f"cell_lines.toml: line[neutrophils].duffy_null_low: 1200 has to lie within {white}",
        f"monitoring.toml: clozapine_band[0].below_per_ul: 1.5 has to be 0 or lie within {per_ul}",
        f"monitoring.toml: clozapine_band[1].from_per_ul: 1.5 has to be 0 or lie within {per_ul}",
        f"precautions.toml: precaution[hand-hygiene].neutrophils_below: 500 has to lie within {white}",
        f"ranking.toml: dechallenge_recovered_at: 1500 has to lie within {white}",
    ]


def test_a_line_that_speaks_has_tiers(tables: Tables) -> None:
    broken = replace(tables, lines=changed(tables.lines, 0, tiers=None))

    assert said(broken) == ["cell_lines.toml: line[leukocytes].tiers: a line that makes a card needs tiers"]


@pytest.mark.parametrize(
    ("from_days", "problem"),
    [
        (364, "overlaps with the limit before it, which goes up to day 365"),
        (365, None),
        (366, "no limit for days 365 to 365 of age"),
    ],
)
def test_ages_have_no_gap_and_no_overlap(tables: Tables, from_days: int, problem: str | None) -> None:
    first, second = tables.lines[0].children
    children = (first, second.model_copy(update={"from_days": from_days}))
    shifted = replace(tables, lines=changed(tables.lines, 0, children=children))

    here = "cell_lines.toml: line[leukocytes].children[1].from_days: "
    assert said(shifted) == ([] if problem is None else [here + problem])


def test_ages_reach_from_birth_to_adulthood(tables: Tables) -> None:
    first, second = tables.lines[0].children
    children = (first.model_copy(update={"from_days": 1}), second.model_copy(update={"to_days": 6573}))
    broken = replace(tables, lines=changed(tables.lines, 0, children=children))

    here = "cell_lines.toml: line[leukocytes].children"
    assert said(broken) == [
        f"{here}[0].from_days: has to be 0, the day of birth",
        f"{here}[1].to_days: has to be 6574, adult_from_days of limits.toml",
    ]


def test_a_spelling_stands_once_within_its_kind(tables: Tables) -> None:
    broken = replace(tables, units=changed(tables.units, 0, spellings=("k/ul", "g/l", "k/ul")))

    assert said(broken) == ['units.toml: unit[0].spellings: "k/ul" stands here a second time for a count']


def test_the_ranking_has_all_grades_and_hides_known_drugs(tables: Tables) -> None:
    assert tables.ranking is not None
    unknown = {"hidden_grade_d": ("aspirn",), "leading_when_occasional": ("dipyron",)}
    ranking = tables.ranking.model_copy(update={"evidence": {"A": 1}, **unknown})

    assert said(replace(tables, ranking=ranking)) == [
        *(f"ranking.toml: evidence: grade {grade} has no points" for grade in "BCDX"),
        'ranking.toml: hidden_grade_d: there is no drug "aspirn"',
        'ranking.toml: leading_when_occasional: there is no drug "dipyron"',
    ]


def test_an_ingredient_code_is_no_form_of_another_drug(tables: Tables) -> None:
    broken = with_drug(tables, "penicillin-g", codes__rxnorm_forms={"7984": "penicillin V"})

    assert (
        "drugs/penicillin-g.toml: codes: 7984 is the ingredient code of drugs/penicillin-v.toml too"
        in said(broken)
    )


def test_a_code_that_stands_twice_in_one_file_is_said_so(tables: Tables) -> None:
    assert said(with_drug(tables, "cortisone", codes__rxnorm=("2878", "2878"))) == [
        "drugs/cortisone.toml: codes.rxnorm: 2878 stands here twice"
    ]


def test_a_window_that_ends_before_it_begins_is_said_so(tables: Tables) -> None:
    assert said(with_drug(tables, "cortisone", onset__min_days=700)) == [
        "drugs/cortisone.toml: onset.min_days: 700 is above max_days (90)"
    ]


def test_a_combination_may_share_its_code_and_name(tables: Tables) -> None:
    # In the sound folder J01EE01, TMP-SMX and Bactrim stand in both parts of co-trimoxazole.
    apart = with_drug(
        with_drug(tables, "trimethoprim", names__brands=()), "trimethoprim", codes__rxnorm_forms={}
    )

    assert said(apart) == [
        'drugs/trimethoprim.toml: codes.atc: "J01EE01" is that of sulfamethoxazole too, '
        "and the two are no combination",
        'drugs/trimethoprim.toml: names: "tmp smx" is that of sulfamethoxazole too, '
        "and the two are no combination",
    ]


def test_a_copied_brand_makes_no_combination(tables: Tables) -> None:
    copied = with_drug(tables, "cortisone", names__brands=("Tapazole",))
    problem = '"tapazole" is that of cortisone too, and the two are no combination'

    assert said(copied) == [f"drugs/methimazole.toml: names: {problem}"]


def test_a_brand_of_a_combination_says_so(tables: Tables) -> None:
    both = with_drug(
        tables, "cortisone", names=DrugNames(brands=("Tapazole",), combined_with=("methimazole",))
    )
    unknown = with_drug(tables, "cortisone", names__combined_with=("methimazol", "cortisone"))

    assert said(both) == []
    assert said(unknown) == [
        'drugs/cortisone.toml: names.combined_with: there is no drug "methimazol"',
        "drugs/cortisone.toml: names.combined_with: a drug is combined with itself",
    ]


@pytest.mark.parametrize(
    ("brand", "problem"),
    [
        ("tablet", "is no name of a medicine: every order may hold it"),
        ("Oral Solution 10 mg/mL", "is no name of a medicine: every order may hold it"),
        ("Infusionslösung", "is no name of a medicine: every order may hold it"),
        ("100", "is no name of a medicine: every order may hold it"),
        ("Ab", "is too short for a brand; an abbreviation belongs to also"),
        ("Ibu", None),
        ("Retard Examplix", None),
    ],
)
def test_a_brand_is_a_name_of_its_own(tables: Tables, brand: str, problem: str | None) -> None:
    expected = [] if problem is None else [f'drugs/cortisone.toml: names.brands: "{brand}" {problem}']

    named = with_drug(with_drug(tables, "ibuprofen", names__brands=()), "cortisone", names__brands=(brand,))
    assert said(named) == expected


def test_an_abbreviation_may_be_short_and_is_no_form(tables: Tables) -> None:
    assert said(with_drug(tables, "cortisone", names__also=("3TC",))) == []
    assert said(with_drug(tables, "cortisone", names__also=("tabs",))) == [
        'drugs/cortisone.toml: names.also: "tabs" is no name of a medicine: every order may hold it'
    ]


@pytest.mark.parametrize(
    ("code", "right"),
    [("37656002", True), ("37656003", False), ("73656002", False), ("328301000119102", True)],
)
def test_the_check_digit_of_snomed_ct(tables: Tables, code: str, right: bool) -> None:
    drug = with_drug(tables, "cortisone", codes__snomed=(code,))
    if code == "37656002":  # that of methimazole
        drug = with_drug(drug, "methimazole", codes__snomed=())
    condition = replace(tables, conditions=changed(tables.conditions, 0, snomed=(code,)))
    message = f"{code} is mistyped: its check digit is wrong"

    assert said(drug) == ([] if right else [f"drugs/cortisone.toml: codes.snomed: {message}"])
    assert said(condition) == ([] if right else [f"conditions.toml: condition[lupus].snomed: {message}"])


def test_a_class_is_spelt_one_way(tables: Tables) -> None:
    assert said(with_drug(tables, "cortisone", drug_class="A (class)")) == [
        'drugs/cortisone.toml: drug_class: clozapine has "a class"; write it so'
    ]
    assert said(with_drug(tables, "cortisone", drug_class="a class Ib")) == []


def test_a_drug_does_something(tables: Tables) -> None:
    idle = with_drug(tables, "cortisone", effect__neutrophils=Effect.NONE)

    assert said(idle) == ["drugs/cortisone.toml: effect: no line is lowered or raised; name at least one"]
    assert said(with_drug(idle, "cortisone", effect__eosinophils=Effect.RAISES)) == []


def test_what_means_something_else_holds_a_name_of_the_drug(tables: Tables) -> None:
    useful = with_drug(tables, "cortisone", names__not_in=("cortisone base",))
    idle = with_drug(tables, "cortisone", names__not_in=("hydrocortisone cream", "cortisone"))

    assert said(useful) == []
    assert said(idle) == [
        f'drugs/cortisone.toml: names.not_in: "{written}" holds no name of cortisone'
        for written in ("hydrocortisone cream", "cortisone")
    ]


def test_an_antibiotic_says_that_it_treats_infections(tables: Tables) -> None:
    named = with_drug(tables, "penicillin-v", drug_class="antibiotic: penicillin")

    here = "drugs/penicillin-v.toml: treats_infection: "
    assert said(named) == [here + '"antibiotic: penicillin" needs treats_infection = true']
    assert said(with_drug(named, "penicillin-v", treats_infection=True)) == []


@pytest.mark.parametrize(("stop", "problems"), [(999, 0), (1000, 0), (1001, 1)])
def test_stop_is_not_above_hold(tables: Tables, stop: int, problems: int) -> None:
    limits = {
        "hold_neutrophils_below_per_ul": 1000,
        "stop_neutrophils_below_per_ul": stop,
        "status": "label",
        "confirmation": "sourced",
    }
    limited = with_drug(tables, "clozapine", limits=LabelLimits.model_validate(limits))

    assert len(said(limited)) == problems


@pytest.mark.parametrize("line", ["neutrophils", "lymphocytes"])
@pytest.mark.parametrize(("start", "sound"), [("0", True), ("999", False), ("1000", True), ("1500", True)])
def test_a_drug_is_not_started_where_it_is_held(tables: Tables, line: str, start: str, sound: bool) -> None:
    limits = {
        f"do_not_start_{line}_per_ul": Decimal(start),
        f"hold_{line}_below_per_ul": 1000,
        "status": "label",
        "confirmation": "sourced",
    }
    limited = with_drug(tables, "clozapine", limits=LabelLimits.model_validate(limits))

    here = f"drugs/clozapine.toml: limits.do_not_start_{line}_per_ul: "
    message = f"a start ({start}) is allowed where the drug is held (1000)"
    assert said(limited) == ([] if sound else [here + message])


@pytest.mark.parametrize("second", ["any-myelosuppressive", "duration-over-14-days", "trimethoprim"])
def test_a_pair_names_a_drug_or_a_group(tables: Tables, second: str) -> None:
    assert said(replace(tables, pairs=changed(tables.pairs, 0, second=second))) == []


@pytest.mark.parametrize(
    ("member", "name", "what"),
    [
        ("second", "any-myelosupressive", "drug or group"),
        ("first", "any-myelosuppressive", "drug"),
        ("first", "methimazol", "drug"),
    ],
)
def test_a_misspelt_side_of_a_pair_is_found(tables: Tables, member: str, name: str, what: str) -> None:
    broken = replace(tables, pairs=changed(tables.pairs, 0, **{member: name}))

    assert said(broken) == [f'interactions.toml: pair[I01].{member}: there is no {what} "{name}"']


def test_a_pair_is_of_two_drugs_and_stands_once(tables: Tables) -> None:
    pair = tables.pairs[0]
    turned = pair.model_copy(update={"id": "I02", "first": pair.second, "second": pair.first})
    alone = pair.model_copy(update={"id": "I03", "second": pair.first})
    broken = replace(tables, pairs=(pair, turned, alone))

    assert said(broken) == [
        "interactions.toml: pair[I02]: the same two already stand in I01",
        "interactions.toml: pair[I03]: a drug is paired with itself",
    ]


def test_monitored_drugs_exist_and_their_steps_rise(tables: Tables) -> None:
    row = tables.monitoring[0]
    unknown = row.model_copy(update={"drug": "clozapin", "steps": ()})
    falling = row.model_copy(update={"steps": (row.steps[0], row.steps[0])})
    broken = replace(tables, monitoring=(unknown, falling, row))

    assert said(broken) == [
        'monitoring.toml: monitoring[clozapin].drug: there is no drug "clozapin"',
        "monitoring.toml: monitoring[clozapin].steps: at least one step is needed",
        "monitoring.toml: monitoring[clozapine].steps: from_days has to rise from step to step",
        'monitoring.toml: monitoring[clozapine]: "label" stands here a second time',
    ]


@pytest.mark.parametrize(("grace", "problems"), [(7, 0), (8, 1)])
def test_no_grace_is_longer_than_the_interval(tables: Tables, grace: int, problems: int) -> None:
    row = tables.monitoring[0]
    step = row.steps[0].model_copy(update={"grace_days": grace})
    shifted = replace(tables, monitoring=(row.model_copy(update={"steps": (step,)}),))

    assert len(said(shifted)) == problems


def test_the_bands_of_a_policy_cover_every_count(tables: Tables) -> None:
    low, high = tables.clozapine
    open_low = low.model_copy(update={"from_per_ul": Decimal(50)})
    closed_high = high.model_copy(update={"below_per_ul": Decimal(9000)})
    here = "monitoring.toml: clozapine_band[us-label, duffy_null = false]: "

    assert said(replace(tables, clozapine=(closed_high, open_low))) == [
        here + "the lowest band has to begin at 0",
        here + "the highest band has to be open (no below_per_ul)",
    ]


def test_a_product_is_no_ingredient(tables: Tables) -> None:
    broken = replace(tables, products={**tables.products, "2626": ("6835",)})

    assert said(broken) == ["rxnorm/products.tsv: 2626: is already a code of clozapine"]


def test_a_condition_code_means_one_condition(tables: Tables) -> None:
    other = tables.conditions[0].model_copy(update={"id": "other", "snomed": ()})
    broken = replace(tables, conditions=(*tables.conditions, other))

    assert said(broken) == ["conditions.toml: condition[other].icd10cm: M32 already stands in lupus"]


def test_a_precaution_has_its_own_row_and_says_something(tables: Tables) -> None:
    silent = tables.precautions[0].model_copy(update={"id": "silent", "clinician": ""})
    broken = replace(tables, precautions=(*tables.precautions, silent))

    assert said(broken) == [
        "precautions.toml: precaution[silent]: has neither a clinician's nor a patient's wording",
        "precautions.toml: precaution[silent].row: 1 is already the row of hand-hygiene",
    ]


@pytest.mark.parametrize(
    ("advice", "problem"),
    [
        ("Neutropenia caused by this drug.", '"caused by" is not said on a card'),
        ("Definitely recheck.", '"Definitely" is not said on a card'),
        ("The count must be repeated.", '"must" is not said on a card'),
        ("Stop immediately.", '"Stop immediately" is not said on a card'),
        ("Give 25 mg daily.", '"25 mg": a card gives no dose'),
        ("Give 0.5 g.", '"0.5 g": a card gives no dose'),
        ("Stop below 1,000 /uL; stop with haematology.", None),
        ("Haemoglobin below 8 g/dL: ask haematology.", None),
        ("Mustard gas aside, count every 14 days.", None),
    ],
)
def test_advice_neither_commands_nor_proves_nor_doses(
    tables: Tables, advice: str, problem: str | None
) -> None:
    worded = with_drug(tables, "methimazole", advice=advice)

    expected = [] if problem is None else [f"drugs/methimazole.toml: advice: {problem}"]
    assert said(worded) == expected


def test_patient_wording_is_held_to_the_same(tables: Tables) -> None:
    broken = replace(tables, precautions=changed(tables.precautions, 0, patient="You must rest."))

    assert said(broken) == [
        'precautions.toml: precaution[hand-hygiene].patient: "must" is not said on a card'
    ]


def test_every_check_says_what_it_checks() -> None:
    assert [check.__name__ for check in CHECKS if not check.__doc__] == []
    assert len({check.__name__ for check in CHECKS}) == len(CHECKS)
