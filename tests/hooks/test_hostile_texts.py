"""Texts that are made to be looked at again and again: each is read once, from its beginning.

With an expression that tries every beginning anew, any of these would be looked at for hours; there is no
clock in these tests, and none is needed.
"""

from __future__ import annotations

import pytest

from cds.facts import GapKind
from cds.hooks.hook_request import read_hook_request
from cds.hooks.trust import _plain
from cds.readers.quantity import NoAmount, read_text
from tests.cases.requests import request

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
