"""National Drug Codes: four spellings of one code, and what is none."""

from __future__ import annotations

import pytest

from cds.knowledge.ndc import normalise_ndc


@pytest.mark.parametrize(
    ("text", "ndc"),
    [
        ("00078012605", "00078012605"),
        ("00078-0126-05", "00078012605"),  # 5-4-2
        ("0078-0126-05", "00078012605"),  # 4-4-2
        ("50242-061-01", "50242006101"),  # 5-3-2
        ("60575-4112-1", "60575411201"),  # 5-4-1
        (" 0078-0126-05 ", "00078012605"),
    ],
)
def test_every_spelling_means_the_same_eleven_digits(text: str, ndc: str) -> None:
    assert ndc == normalise_ndc(text)


@pytest.mark.parametrize(
    "text",
    [
        "0078012605",  # ten digits: which part lacks one?
        "000780126050",
        "0078-126-05",
        "0078-0126-5",
        "00078-126-5",
        "000-0126-05",
        "0078-0126",
        "0078-0126-05-1",
        "0078 0126 05",
        "0078-O126-05",
        "*0078012605",
        "٠٠٠٧٨٠١٢٦٠٥",
        "",
    ],
)
def test_anything_else_is_no_ndc(text: str) -> None:
    assert normalise_ndc(text) is None
