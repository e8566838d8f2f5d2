"""A text that was cut within an emoji ends in half a surrogate pair: it is read all the same."""

from __future__ import annotations

import json

import pytest

from cds.facts import GapKind
from cds.readers.decode import mend_halves
from tests.readers.sending import bundle, read, result


@pytest.mark.parametrize(
    ("sent", "mended"),
    [
        (r'"M\ud83d"', r'"M\ufffd"'),
        (r'"\uDE00"', r'"\ufffd"'),
        (r'"\ud83d\ud83d\ude00"', r'"\ufffd\ud83d\ude00"'),
        (r'"\ude00\ud83d"', r'"\ufffd\ufffd"'),
        (r'"\ud83d\n"', r'"\ufffd\n"'),
        (r'{"\ud83d": 1}', r'{"\ufffd": 1}'),
        # a backslash that is meant as one makes no escape of what follows it
        (r'"\\\ud83d"', r'"\\\ufffd"'),
        (r'"\\ud83d\ude00"', r'"\\ud83d\ufffd"'),
    ],
)
def test_each_half_becomes_the_sign_for_what_cannot_be_read(sent: str, mended: str) -> None:
    assert mended.encode() == mend_halves(sent.encode())


@pytest.mark.parametrize(
    "sent",
    [r'"\ud83d\ude00"', r'"\uD83D\uDE00"', r'"\\ud83d"', r'"\\\\ud83d\\ude00"', r'"\u0041\\\n"', '"😀"', "{",
     r'"\ud83"', "ud83d"],
)  # fmt: skip
def test_everything_else_stays_as_it_is(sent: str) -> None:
    assert sent.encode() == mend_halves(sent.encode())


@pytest.mark.parametrize("text", ["\\", "\\\\u", "\\ud83d", "\\ud83d\\u"])
def test_a_text_of_backslashes_is_looked_at_once(text: str) -> None:
    """With an expression that tries every beginning anew it would be looked at for hours."""
    assert mend_halves(text.encode() * 1_000_000)


def test_a_result_keeps_what_is_said_of_it_beside_the_half() -> None:
    sent = json.dumps(bundle(result(value=0.9, note=[{"text": "seen \ud83d"}]), result("731-0", 1.1)))

    assert 2 == len(read(sent.encode()).facts.counts)
    assert () == read(sent.encode()).facts.gaps


@pytest.mark.parametrize("reference", ["Patient/p1\ud83d", "Patient/p1\ud83d/", "\ud83dPatient/p1"])
def test_half_a_sign_in_a_reference_makes_nobody_the_patient(reference: str) -> None:
    """A question mark in its place would begin a query, which is no part of an id."""
    sent = json.dumps(result(value=0.3, subject={"reference": reference}))
    facts = read(sent.encode()).facts

    assert () == facts.counts
    assert [GapKind.WRONG_PATIENT] == [gap.kind for gap in facts.gaps]
