"""Texts that are made to be looked at again and again: each is read once, from its beginning.

With an expression that tries every beginning anew, any of these would be looked at for hours; there is no
clock in these tests, and none is needed.
"""

from __future__ import annotations

import re

import pytest

from cds.facts import GapKind
from cds.hooks.hook_request import read_hook_request
from cds.hooks.trust import _plain
from cds.knowledge.codings import Code
from cds.knowledge.medicines import Recognition
from cds.knowledge.names import _STRENGTH, LONGEST_TEXT
from cds.readers.quantity import NoAmount, read_text
from tests.cases.requests import RXNORM, knowledge, request

MANY = 1_000_000


@pytest.mark.parametrize("text", ["/" * MANY, "Patient" * (MANY // 7), "x/" * MANY])
def test_a_patient_id_of_any_length_is_looked_at_once(text: str) -> None:
    assert read_hook_request(request(patientId=text)).patient_id == text


@pytest.mark.parametrize(
    ("sent", "read"),
    [("Patient/1", "1"), ("http://ehr/fhir/Patient/1", "1"), ("1", "1"), ("xPatient/1", "xPatient/1")],
)
def test_and_the_same_is_read_of_it(sent: str, read: str) -> None:
    assert read_hook_request(request(patientId=sent)).patient_id == read


@pytest.mark.parametrize("tail", ["!", " !", "%", "/"])
@pytest.mark.parametrize("letter", ["a", ".", ":", "-"])
def test_an_address_in_a_token_is_looked_at_once(letter: str, tail: str) -> None:
    assert _plain("https://" + letter * MANY + tail) in ("", "https://" + letter * 192)


@pytest.mark.parametrize("space", ["\n", " ", "\t", "\r\n"])
def test_a_text_of_line_breaks_is_no_result(space: str) -> None:
    assert read_text(space * MANY + "clotted") == NoAmount(GapKind.NO_VALUE, read_text("").detail)


@pytest.mark.parametrize("kind", [" - at `$" * (MANY // 8) + "\n", "\n - at `$." * (MANY // 8)])
def test_a_resource_type_of_any_length_is_looked_at_once(kind: str) -> None:
    sent = read_hook_request(request(prefetch={"counts-total": {"resourceType": kind}}))

    assert bytes(sent.prefetch["counts-total"].sent).startswith(b'{"resourceType":')


@pytest.mark.parametrize("gap", [" ", "\t", "\n"])
@pytest.mark.parametrize("begun", ["fy(a-", "fy(a-,", "fy", "duffy", "rs2814778 c"])
def test_words_that_begin_like_duffy_null_are_looked_at_once(begun: str, gap: str) -> None:
    patterns = re.compile("|".join(knowledge().limits.duffy_null.text_patterns), re.IGNORECASE)

    assert patterns.search(begun + gap * MANY + "!") is None


# --- names of medicines ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "piece", ["1.", "1,", "1 ", "1", ".", "1 mg", "1 mg ", "1 mg/", "1mg/1.", "1  ", "1 million ", "a1.5"]
)
@pytest.mark.parametrize("end", ["x", "", "1 mg", " /"])
def test_a_strength_is_looked_for_once(piece: str, end: str) -> None:
    rest = _STRENGTH.sub("", piece * (MANY // len(piece)) + end)

    assert len(rest) <= MANY + len(end)


def recognise(text: str, *, code: str = "") -> Recognition:
    codings = [Code(RXNORM, code, text)] if code else []
    return knowledge().medicines.recognise(codings, [] if code else [text])


@pytest.mark.parametrize("piece", ["1.", "L ", "methimazole ", "a", "\ufdfa", "penicillin 1."])
@pytest.mark.parametrize("code", ["", "99999999"])
def test_a_name_of_any_length_is_searched_at_its_beginning_and_found_there(piece: str, code: str) -> None:
    found = recognise("methimazole 10 MG Oral Tablet " + piece * (MANY // len(piece)), code=code)

    assert found.by_name
    assert "methimazole" in {match.ingredient for match in found.matches}


@pytest.mark.parametrize("code", ["", "99999999"])
def test_what_is_named_behind_that_is_a_medicine_that_nobody_recognised(code: str) -> None:
    text = "oral tablet ".ljust(LONGEST_TEXT - 6, "x") + " methimazole"
    found = recognise(text, code=code)

    assert (found.matches, found.recognised) == ((), False)
    assert recognise(text[:LONGEST_TEXT]).recognised  # all of it was looked at, and it is none of ours


def test_half_of_a_word_is_no_name() -> None:
    text = " methotrexate".rjust(LONGEST_TEXT, "x")

    assert [match.ingredient for match in recognise(text).matches] == ["methotrexate"]
    assert recognise(text + "s").matches == ()


@pytest.mark.parametrize("name", ["Clozapine", "methimazole 1.5 mg/ml"])
def test_a_code_that_is_understood_needs_no_name(name: str) -> None:
    codings = [Code(RXNORM, "6835", name + " x" * MANY)]

    assert [match.matched_by for match in knowledge().medicines.recognise(codings, []).matches] == ["rxnorm"]
