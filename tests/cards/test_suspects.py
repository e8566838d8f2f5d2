"""The suspects card: other explanations first, then pairs, then drugs by rank, with the arithmetic."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cards.card import Card
from cards.suspect_words import against, arithmetic, fits
from cds.facts import CellLine
from cds.findings import Assessment, ScorePart, SetAside, Standing, StopNote, Suspect, Topic
from tests.cards.builders import (
    CARBOPLATIN,
    CLOZAPINE,
    LUPUS,
    METHIMAZOLE_PARTS,
    assessment,
    caveat,
    count,
    draft,
    drug,
    only_card,
    pair,
    suspect,
    use,
    when,
)


def card(*suspects: Suspect, **more: object) -> Card:
    return only_card(story(*suspects, **more))


def story(*suspects: Suspect, **more: object) -> Assessment:
    return assessment(Topic.SUSPECTS, suspects=suspects, **more)


def test_a_leading_suspect_shows_its_reasons_and_its_sum() -> None:
    made = card(suspect())

    assert made.summary == ("ANC 0.32 x10^9/L (20 Nov, new): leading suspect (likely) methimazole, day 34.")
    for words in (
        "**Leading suspect (likely): methimazole.** Thionamide (antithyroid), from 17 Oct 2026",
        "- Fits: evidence grade A, frequency: uncommon (agranulocytosis 0.2-0.5 %); "
        "low on day 34, inside the usual window (median 30-39 days); normal count before, then the fall.",
        "- Against: nothing found in the data.",
        "- Would settle it: recheck CBC 48 h after stopping, if clinically safe.",
        "- Score 70 = evidence 30 + timing 25 + fall after a normal count 15 "
        "(rule points, not a probability).",
    ):
        assert words in made.detail


@pytest.mark.parametrize(
    ("standing", "summary", "lead"),
    [
        (Standing.LEADING, "leading suspect (likely) methimazole", "Leading suspect (likely): methimazole"),
        (Standing.POSSIBLE, "possible contributor methimazole", "Possible contributor: methimazole"),
        (Standing.EXPECTED, "expected effect of methimazole", "Expected effect of treatment: methimazole"),
        (
            Standing.UNLIKELY,
            "less likely, cannot be excluded: methimazole",
            "Less likely; cannot be excluded:",
        ),
    ],
)
def test_each_standing_has_its_word(standing: Standing, summary: str, lead: str) -> None:
    made = card(suspect(standing=standing))

    assert summary in made.summary
    assert f"**{lead}" in made.detail


def test_unlikely_drugs_are_one_line() -> None:
    unlikely = [
        suspect(drug(name), standing=Standing.UNLIKELY, score=20) for name in ("lamotrigine", "omeprazole")
    ]

    made = card(suspect(), *unlikely)

    assert "**Less likely; cannot be excluded:** lamotrigine 20, omeprazole 20." in made.detail
    assert "omeprazole" not in made.summary


def test_drugs_stand_as_the_rule_ranks_them_those_of_the_loudest_line_first() -> None:
    of_others = suspect(drug("fingolimod"), line=CellLine.LYMPHOCYTES, score=90)
    possible = suspect(drug("vancomycin"), standing=Standing.POSSIBLE, score=59)
    strongest = suspect(drug("ticlopidine"), score=80)

    text = card(of_others, strongest, suspect(), possible).detail
    places = [text.index(name) for name in ("ticlopidine", "methimazole", "vancomycin", "fingolimod")]

    assert places == sorted(places)


def test_in_one_line_of_drugs_each_has_its_cells_unless_they_are_those_of_the_first() -> None:
    first = [suspect(drug(f"drug-{number}")) for number in range(4)]
    also = suspect(drug("prednisone"), line=CellLine.LYMPHOCYTES, score=45)

    text = card(*first, suspect(drug("trimethoprim"), score=40), also).detail

    assert "**Also possible:** trimethoprim 40, prednisone 45 for lymphocytes." in text


def test_one_drug_is_named_once_for_all_its_lines() -> None:
    text = card(suspect(also=(CellLine.LEUKOCYTES,))).detail

    assert 1 == text.count("Leading suspect")
    assert "for leukocytes and neutrophils." in text


def test_a_fifth_drug_is_only_counted() -> None:
    names = ("a-drug", "b-drug", "c-drug", "d-drug", "e-drug")
    made = card(*(suspect(drug(name), standing=Standing.POSSIBLE, score=40) for name in names))

    assert 4 == made.detail.count("**Possible contributor:")
    assert "**Also possible:** e-drug 40." in made.detail


def test_other_explanations_on_the_problem_list_are_said_first() -> None:
    made = card(suspect(), other_causes=(LUPUS,))

    assert made.detail.startswith(
        "**Other explanations first, from the problem list:**\n\n"
        "- systemic lupus: SLE, WHO class IV, recorded 2 Mar 2024."
    )
    assert "recorded systemic lupus may explain it; leading suspect (likely) methimazole" in made.summary


def test_an_explanation_without_a_name_of_the_chart_is_that_of_the_knowledge() -> None:
    made = card(suspect(), other_causes=(replace(LUPUS, text=""),))

    assert "- systemic lupus, recorded 2 Mar 2024." in made.detail


def test_a_pair_is_named_before_its_drugs() -> None:
    carbamazepine = drug("carbamazepine", prescriber_decides=True)
    both = pair(
        CLOZAPINE, carbamazepine, confirmation="needs pharmacist review", dose_condition="treatment dose"
    )

    made = card(suspect(carbamazepine), suspect(CLOZAPINE), pairs=(both,))

    assert "leading suspects (likely) carbamazepine and clozapine, a risky pair." in made.summary
    assert made.detail.startswith(
        "**Pair: clozapine with carbamazepine (needs pharmacist review).** Higher risk"
    )
    assert "Applies to: treatment dose." in made.detail
    assert "Avoid together (any change only with the prescriber)." in made.detail


def test_a_drug_that_only_its_prescriber_changes_is_never_stopped_without_him() -> None:
    keep = drug("clozapine", prescriber_decides=True, advice="Stop below 500 /uL.")

    made = card(suspect(keep))

    stops = [line for line in made.detail.splitlines() if "stop" in line.lower()]
    assert stops
    assert all("with the prescriber" in line for line in stops)
    assert "48 h" not in made.detail


def test_an_expected_effect_hunts_no_suspect() -> None:
    made = card(suspect(CARBOPLATIN, standing=Standing.EXPECTED))

    assert (
        "Would settle it: recovery of the counts in the usual time; any change only with the prescriber."
        in (made.detail)
    )
    assert "Leading suspect" not in made.detail


@pytest.mark.parametrize(
    ("confirmation", "mark"),
    [
        ("sourced", ""),
        ("", ""),
        ("class-sourced", " (sourced for its class)"),
        ("mixed", " (partly confirmed)"),
        ("needs pharmacist review", " (needs pharmacist review)"),
        ("a word not known yet", " (needs pharmacist review)"),
    ],
)
def test_a_mark_says_how_far_a_statement_is_confirmed(confirmation: str, mark: str) -> None:
    text = card(suspect(drug(confirmation=confirmation))).detail

    assert f"**Leading suspect (likely): methimazole{mark}.**" in text


def test_a_drug_recognised_by_name_says_so_on_card_and_in_the_basis() -> None:
    made = card(suspect(matched_by="name"))

    assert "recognised by its name only, not by a code" in made.detail
    assert made.extension is not None
    assert ("matched-by-name",) == made.extension["org.leukocds.basis"].caveats  # type: ignore[attr-defined]


def test_no_suspect_is_said_only_where_medications_were_supplied() -> None:
    assert "no drug in the data fits." in card().summary
    assert "No drug in the data fits." in card().detail


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("not-supplied", "medicines were not supplied, so drugs could not be checked."),
        ("failed", "medicines could not be fetched, so drugs could not be checked."),
        ("incomplete", "medicines were not read to the end, so not all drugs could be checked."),
    ],
)
def test_medications_that_were_not_seen_are_not_called_innocent(kind: str, words: str) -> None:
    made = card(caveats=(caveat(kind, "medications"),))

    assert words in made.summary
    assert "no drug" not in made.summary
    assert "No drug" not in made.detail


@pytest.mark.parametrize(("number", "words"), [(1, "1 medicine could"), (2, "2 medicines could")])
def test_medicines_that_could_not_be_coded_are_counted(number: int, words: str) -> None:
    made = card(suspect(), caveats=(caveat("unrecognised-medication", "medications", count=number),))

    assert 1 == made.detail.count(f"{words} not be coded")


def test_a_drug_that_raises_the_line_may_mask_a_fall() -> None:
    aside = SetAside(drug("prednisone"), CellLine.NEUTROPHILS, "raises-line", None, (), ())

    assert "Prednisone raises neutrophils and may mask a fall; no suspect." in card(set_aside=(aside,)).detail


def test_a_suspect_that_the_draft_stops_is_noted_and_nobody_told_to_stop() -> None:
    note = StopNote(draft(), drug(), count("0.6"))

    text = card(suspect(), stops=(note,)).detail

    assert "Stopping methimazole fits ANC 0.6 x10^9/L; counts may still fall afterwards: recheck." in text
    assert "consider stopping" not in text.lower()


def test_stopping_a_kept_drug_is_with_the_prescriber() -> None:
    text = card(stops=(StopNote(draft(), CLOZAPINE, None),)).detail

    assert "Stopping clozapine (with the prescriber) fits the low count" in text


@pytest.mark.parametrize(
    ("part", "words"),
    [
        (ScorePart("timing", 15, "possible-window", 90), "low on day 90, inside the widest window"),
        (ScorePart("dechallenge", 15, "recovered-after-earlier-stop", 9), "within 9 days off the drug"),
        (ScorePart("reaction", 20, "same-drug", names=("Rash",)), "earlier reaction to it on record (Rash)"),
        (ScorePart("reaction", 10, "same-class"), "earlier reaction to the same class on record"),
        (ScorePart("exposure", 10, "risky-pair", names=("allopurinol",)), "taken together with allopurinol"),
        (ScorePart("exposure", 5, "some-new-reason"), "exposure"),
    ],
)
def test_what_fits_is_put_into_words(part: ScorePart, words: str) -> None:
    assert words in fits(suspect(parts=(part,)))


@pytest.mark.parametrize(
    ("part", "words"),
    [
        (ScorePart("timing", 5, "outside-window", 300), "day 300 lies outside the known window"),
        (ScorePart("timing", 8, "unknown-window"), "start date not known"),
        (ScorePart("timing", 0, "stopped-window", 300), "last taken long before the fall"),
        (ScorePart("timing", 0, "after-window"), "started after the fall"),
        (ScorePart("trajectory", -20, "low-before-start"), "count already low before the start"),
        (ScorePart("trajectory", 5, "no-baseline"), "no normal count shortly before the start"),
        (ScorePart("dechallenge", -15, "recovered-on-drug"), "an earlier fall recovered while it went on"),
        (ScorePart("dechallenge", -10, "not-recovered-after-stop", 40), "no recovery 40 days after its end"),
        (
            ScorePart("alternatives", -15, "other-drugs+known-condition", names=("dapsone", "lupus")),
            "other explanations in the data: dapsone and lupus",
        ),
        (ScorePart("alternatives", -20, "usual-for-patient"), "such a count is usual for this patient"),
        (ScorePart("exposure", -5, "some-new-reason"), "exposure"),
    ],
)
def test_what_speaks_against_is_put_into_words(part: ScorePart, words: str) -> None:
    assert words in against(suspect(parts=(part,)))
    assert words not in fits(suspect(parts=(part,)))


def test_occasional_use_speaks_against() -> None:
    once = use()._replace(single_dose=True)

    assert "taken as needed or once only" in against(suspect(uses=(once,)))


def test_negative_parts_are_subtracted_in_the_sum() -> None:
    parts = (*METHIMAZOLE_PARTS[:2], ScorePart("alternatives", -5, "other-drugs", names=("dapsone",)))

    assert "50 = evidence 30 + timing 25 - other explanations 5" == arithmetic(suspect(parts=parts))


def test_a_capped_score_shows_the_sum_it_was_capped_from() -> None:
    parts = (ScorePart("evidence", 7, "grade-d"), ScorePart("trajectory", -20, "low-before-start"))

    text = arithmetic(suspect(parts=parts, score=0))

    assert "0 = evidence 7 - already low before the start 20 = -13, kept within the scale" == text


def test_a_stopped_drug_names_its_last_day() -> None:
    assert "ended 1 Nov 2026" in card(suspect(stopped=when("2026-11-01"))).detail
