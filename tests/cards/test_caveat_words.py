"""The words for every doubt about the data."""

from __future__ import annotations

import pytest

from cards.caveat_words import caveat_sentence, caveat_sentences, caveats_for
from cds.facts import GapKind
from cds.findings import Caveat, Topic
from tests.cards.builders import NOW, TODAY, assessment, caveat, low, only_card, precaution

LONG = "0.299999999999999988897769753748434595763683319091796875"


@pytest.mark.parametrize(
    ("doubt", "words"),
    [
        (
            caveat("implausible", detail="3000 10*3/uL"),
            "ANC: 3000 x10^3/uL is not possible; not used; if the unit were cells/uL it would be 3.0.",
        ),
        (
            caveat("implausible", detail="4.5 /uL"),
            "ANC: 4.5 /uL is not possible; not used; if the unit were x10^3/uL it would be 4.5.",
        ),
        (
            caveat("implausible", detail="3000 10*3/uL; 2500 K/uL"),
            "ANC: 3000 x10^3/uL and 2500 K/uL are not possible; not used; "
            "if the unit were cells/uL they would be 3.0 and 2.5.",
        ),
        (caveat("implausible", detail="1e400"), "ANC: 1e400 is not possible; not used."),
        *(
            (
                caveat("implausible", detail=f"{sent} 10*3/uL"),
                f"ANC: {sent} x10^3/uL is not possible; not used.",
            )
            for sent in ("1E+15", "1e15", "1.5E-13", "12E+308", "9,000,000", "1.2.3", "1" * 40)
        ),
        (caveat("implausible", "temperature", "99 Cel"), "Temperature: 99 Cel is not possible; not used."),
        (caveat("implausible", detail=""), "ANC: a value is not possible; not used."),
        (caveat("not-supplied", "temperature"), "Not supplied, so not checked: temperature."),
        (caveat("failed", "counts"), "Could not be fetched, so not checked: blood counts."),
        (
            caveat("incomplete", "medications"),
            "Not read to the end: medications.",
        ),
        (caveat("broken-resource", "conditions", count=2), "2 conditions could not be read."),
        (caveat("wrong-patient", "counts"), "1 result of another patient left out."),
        (caveat("no-value", detail="error"), "ANC: a result without a value (error); not used."),
        (
            caveat("unreadable-value", detail="see note"),
            'ANC: the value "see note" could not be read; not used.',
        ),
        (caveat("unknown-unit"), "ANC: the unit of a result is not known; not used."),
        (caveat("future-date", measured=TODAY), "ANC (20 Nov): dated in the future; not used."),
        (
            caveat("range-ignored", "leukocytes", "39.7-50.3"),
            "WBC: the printed range (39.7-50.3) is not believable; not used.",
        ),
        (caveat("unrecognised-medication", "medications", count=2), "2 medicines could not be coded"),
        (caveat("unrecognised-medication", "drafts"), "1 draft order could not be coded: not checked."),
        (caveat("broken-resource", "resource", count=2), "2 entries could not be read."),
        (caveat("matched-by-name", "medications"), "1 medicine recognised by name only."),
        (
            caveat("line-over-total", "lymphocytes", "3.0 > 2.0"),
            "Lymphocytes above the total (3.0 > 2.0): results contradict each other; "
            "the lower reading is used.",
        ),
        (
            caveat("line-over-total", "lymphocytes", f"{LONG} > 0.3{'0' * 100_000}; 2.25 > 0.2"),
            "Lymphocytes above the total (0.2999 > 0.30; 2.25 > 0.2): results contradict each other; "
            "the lower reading is used.",
        ),
        (
            caveat("unreadable-value", detail=f"{LONG} U"),
            f'ANC: the value "{LONG} U" could not be read; not used.',
        ),
        (caveat("calculated-differs", detail="0.9; 2 x 20 % = 0.4"), "the lower is used."),
        (caveat("percent-without-total", detail="22 %"), "only a percentage (22 %) and no total"),
        (caveat("newest-without-differential"), "the newest count has no differential; not known."),
        (caveat("nucleated-red", "leukocytes", "12"), "Many nucleated red cells per 100 white cells (12)"),
        (caveat("age-unknown", "patient"), "Age unknown: adult limits used."),
        (caveat("something-new", detail="x"), "ANC: data check something-new (x)."),
    ],
)
def test_a_doubt_has_its_sentence(doubt: Caveat, words: str) -> None:
    assert words in caveat_sentence(doubt, NOW)


CHECKS = """
    line-over-total sum-of-counts sum-of-percents sum-of-percents-off calculated-differs diluted-sample
    newest-without-differential zero-total-with-cells nucleated-red two-readings
    bands-missing bands-unclear percent-without-total age-unknown
"""


@pytest.mark.parametrize("kind", [*GapKind, *CHECKS.split()])
def test_every_kind_has_words_and_none_reassures(kind: str) -> None:
    words = caveat_sentence(caveat(kind, "leukocytes", "7 10*3/uL", measured=TODAY), NOW)

    assert words.endswith(".")
    assert not words[0].islower()
    assert "data check" not in words
    assert "normal" not in words.lower()
    assert "10*" not in words


def test_what_was_withheld_comes_right_after_what_may_hide_something() -> None:
    """The end of a card has room for few."""
    noted = [caveat("bands-missing"), caveat("withheld", "neutrophils"), caveat("no-value", may_hide=True)]
    kinds = [each.kind for each in caveats_for(assessment(caveats=tuple(noted)), (Topic.DATA_QUALITY,))]

    assert ["no-value", "withheld", "bands-missing"] == kinds


def test_what_is_missing_for_one_reason_shares_a_sentence() -> None:
    missing = [caveat("not-supplied", what) for what in ("conditions", "temperature", "conditions")]

    assert (
        "Not supplied, so not checked: conditions, temperature.",
        "Not read to the end: blood counts.",
    ) == (caveat_sentences([*missing, caveat("incomplete", "counts")], NOW))


def test_hostile_details_are_shortened_and_kept_on_a_line() -> None:
    words = caveat_sentence(caveat("unreadable-value", detail="a\n" * 500), NOW)

    assert "\n" not in words
    assert len(words) < 200


def test_a_count_of_one_patient_is_not_doubted_on_the_precautions_card() -> None:
    story = assessment(
        Topic.PRECAUTIONS,
        precautions=(precaution(),),
        caveats=(caveat("unknown-unit", detail="3 parsec"), caveat("age-unknown", "patient")),
        age_unknown=True,
        low_counts=(low(),),
    )

    text = only_card(story).detail

    assert "parsec" not in text
    assert 1 == text.count("Age unknown: adult limits used.")
