"""Whether ``fixtures`` leaves something untold, or a folder's name promises what its case does not say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from cds.commands.demo import demo
from cds.facts import WHITE_CELL_LINES, GapKind
from cds.findings import Duration, FeverDefinition, Occasion, RiskReason, Severity, Standing, Topic
from tests.cases.asking import text_of, topic_of
from tests.cases.requests import knowledge
from tests.fixture_stories import DAYS, FIXTURES, REFUSED, Told, story_folders, tell
from tests.kept_answers import Json

INDICATORS = {"none", "info", "warning", "critical"}


@cache
def stories() -> list[Told]:
    """Every story, told once."""
    return [tell(folder, DAYS[0]) for folder in story_folders()]


def cards() -> list[Json]:
    """Every card of every story."""
    return [card for told in stories() for card in told.cards]


def bases() -> list[Json]:
    """What every card tells a machine."""
    return [card["extension"]["org.leukocds.basis"] for card in cards()]


def told_by(name: str, member: str) -> set[str]:
    """Every value of a member of one list of the basis."""
    return {each[member] for basis in bases() for each in basis.get(name, []) if member in each}


# --- nothing is left untold -----------------------------------------------------------------------------


def test_every_hook_speaks_in_some_story_and_is_silent_in_another() -> None:
    told = {(each.story.service.removeprefix("leuko-"), bool(each.cards)) for each in stories()}

    assert {(hook.value, speaks) for hook in Occasion for speaks in (True, False)} == told


def test_every_topic_has_a_card_and_every_indicator_a_story() -> None:
    assert {topic.value for topic in Topic} == {topic_of(card) for card in cards()}
    assert {told.expected["indicator"] for told in stories()} == INDICATORS


def test_every_tier_of_every_line_that_makes_a_card_is_met() -> None:
    lines = knowledge().lines
    graded = {line: lines[line].tiers for line in WHITE_CELL_LINES}
    tiers = {
        (line.value, severity.name.lower())
        for line, limits in graded.items()
        for severity in Severity
        if limits is not None and getattr(limits, severity.name.lower(), None) is not None
    }
    met = {(each["line"], each["tier"]) for basis in bases() for each in basis.get("counts", [])}

    assert tiers
    assert set() == tiers - met


def test_every_line_stands_in_a_row_and_the_smallest_two_are_never_called_low() -> None:
    rows = " ".join(text_of(card).lower() for card in cards())
    low = told_by("counts", "line")

    assert [] == [
        line.value for line in WHITE_CELL_LINES if not re.search(rf"(?:^|[ ,]){_row_name(line)} \d", rows)
    ]
    assert not {"eosinophils", "basophils"} & low


def test_every_way_in_which_data_fails_reaches_a_card() -> None:
    caveats = {caveat for basis in bases() for caveat in basis.get("caveats", [])}

    assert set() == {kind.value for kind in GapKind} - caveats - told_by("notChecked", "why")


def test_every_reason_standing_and_duration_is_shown() -> None:
    assert {reason.value for reason in RiskReason} == told_by("orderRisks", "why")
    assert {standing.value for standing in Standing} == told_by("suspects", "standing")
    assert {duration.value for duration in Duration} == told_by("counts", "duration")


def test_every_definition_of_fever_is_met() -> None:
    fever = [text_of(card) for card in cards() if topic_of(card) == Topic.FEVER]
    words = {
        FeverDefinition.NEUTROPHILS_LOW: "at or below its limit",
        FeverDefinition.NEUTROPHILS_FALLING: "still falling",
        FeverDefinition.CHEMOTHERAPY_WINDOW: "low ANC after cytotoxic treatment",
        FeverDefinition.NEUTROPHILS_UNKNOWN: "fever after cytotoxic treatment",
        FeverDefinition.LOW_COUNT_RECORDED: "low count or its treatment on record",
        FeverDefinition.NEUTROPHILS_FELL: "after a marked fall",
        FeverDefinition.TOTAL_TOO_LOW: "a total so low that the ANC has to be low",
        FeverDefinition.LAST_COUNT_SEVERE: "at or below the limit when last counted",
    }

    assert set(FeverDefinition) == set(words)
    assert [] == [each for each, said in words.items() if not any(said in text for text in fever)]


# --- every case says what it is about -------------------------------------------------------------------

_CASE = {"title", "proves", "service", "tags", "expected"}
_EXPECTED = {"indicator", "topics", "says", "never_says"}
_LOUDNESS_IN_NAME = {"silent": "none", "information": "info", "warn": "warning", "critical": "critical"}


def test_every_case_is_complete_and_says_one_thing() -> None:
    assert [] == [complaint for told in stories() for complaint in _complaints(told)]


def test_no_two_cases_claim_the_same() -> None:
    for member in ("title", "proves"):
        claims = [getattr(told.story, member) for told in stories()]
        assert len(claims) == len(set(claims))


def test_no_name_promises_what_its_case_does_not_say() -> None:
    """Each number, drug, line and tier of a folder's name stands in its title or claim."""
    assert [] == [f"{told.story.name}: {word}" for told in stories() for word in _unsaid(told)]


def test_the_demo_tells_a_story_of_the_fixtures() -> None:
    (folder,) = (each for each in demo.params if each.name == "folder")

    assert FIXTURES / str(folder.default).removeprefix("fixtures/") in story_folders()
    assert "demo" in tell(FIXTURES / folder.default.name, DAYS[0]).story.case["tags"]


def test_every_folder_of_the_fixtures_is_a_story_or_a_refusal() -> None:
    folders = {each for each in FIXTURES.iterdir() if each.is_dir()}

    assert {*story_folders(), REFUSED} == folders
    assert [] == [each.name for each in REFUSED.iterdir() if not (each / "case.toml").exists()]


def _complaints(told: Told) -> Iterator[str]:
    case, expected, name = told.story.case, told.expected, told.story.name
    for surplus in (set(case) - _CASE) | (set(expected) - _EXPECTED):
        yield f"{name}: {surplus} means nothing"
    if expected["indicator"] not in INDICATORS:
        yield f"{name}: indicator {expected['indicator']}"
    if bool(expected["topics"]) != (expected["indicator"] != "none"):
        yield f"{name}: topics and indicator do not go together"
    if expected["topics"] and not expected.get("says"):
        yield f"{name}: expects cards but no words"
    if not case["proves"].endswith(".") or case["proves"].count(". ") > 1:
        yield f"{name}: proves is one sentence, or two"
    for part, indicator in _LOUDNESS_IN_NAME.items():
        if re.search(rf"-(?:{part})(?:-|$)", name) and expected["indicator"] != indicator:
            yield f"{name}: {part}, but expects {expected['indicator']}"


def _unsaid(told: Told) -> Iterator[str]:
    """Numbers, drugs, lines and tiers that only the name tells of."""
    case = told.story.case
    said = f"{case['title']} {case['proves']}".lower().replace(",", "").replace("-", " ")
    name = told.story.name.replace("-", " ")
    numbers = re.findall(r"\d+(?:\.\d+)?", name)
    terms = [each.value for each in WHITE_CELL_LINES] + [each.name.lower() for each in Severity]
    named = [[each] for each in (*numbers, *terms) if each in name.split()]
    named += [drug for drug in _drug_names() if any(f" {each} " in f" {name} " for each in drug)]
    yield from (words[0] for words in named if not any(each in said for each in words))


@cache
def _drug_names() -> list[list[str]]:
    """What each drug of the knowledge is called, its own name first."""
    drugs = knowledge().drugs.values()
    return [
        [each.lower().replace("-", " ") for each in (drug.name, *drug.names.also, *drug.names.brands)]
        for drug in drugs
    ]


def _row_name(line: str) -> str:
    return {"leukocytes": "total white cells"}.get(line, line)
