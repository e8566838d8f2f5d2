"""A coded product is worked out once; what somebody may have typed is never kept."""

from __future__ import annotations

from typing import Any

import pytest

from cds.readers.decode import CONCEPT
from cds.readers.elements import CodeableConcept
from cds.readers.products import Medicine, Products
from tests.readers.sending import RXNORM, as_json, knowledge


def concept(**members: Any) -> CodeableConcept:
    read = CONCEPT.read(as_json(members))
    assert read is not None
    return read


def read_twice(**members: Any) -> tuple[Medicine, Medicine]:
    products = Products(knowledge())
    return products.read(concept(**members)), products.read(concept(**members))


def coding(code: str = "197941", display: str = "methimazole 10 MG Oral Tablet", system: str = RXNORM) -> Any:
    return {"system": system, "code": code, "display": display}


def test_a_product_of_a_terminology_is_worked_out_once() -> None:
    first, again = read_twice(coding=[coding()], text="methimazole 10 MG Oral Tablet")

    assert first is again
    assert first.in_terms
    assert ["methimazole"] == [match.ingredient for match in first.matches]


@pytest.mark.parametrize(
    "members",
    [
        {"text": "methimazole for Jane Doe"},
        {"coding": [coding()], "text": "methimazole for Jane Doe"},
        {"coding": [coding(system="urn:ward", code="JANE")]},
        {"coding": [coding(code="1" * 41)]},
        {"coding": [coding(display="x" * 401)]},
        {"coding": [coding()] * 21},
    ],
    ids=str,
)
def test_what_may_have_been_typed_is_worked_out_anew(members: Any) -> None:
    first, again = read_twice(**members)

    assert first == again
    assert first is not again
    assert not first.in_terms
