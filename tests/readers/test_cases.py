"""Tricky rows that a careful clinician would try, as far as reading goes."""

from __future__ import annotations

from typing import Any

import pytest

from cds.facts import Bound, GapKind, Precision
from tests.readers.sending import bundle, coded, quantity, read, result

Json = dict[str, Any]
WBC, ANC, ALC = "6690-2", "751-8", "731-0"


def read_values(*supplied: object) -> dict[str, str]:
    return {count.line.value: str(count.value.normalize()) for count in read(*supplied).facts.counts}


def test_each_result_is_read_in_its_own_unit() -> None:
    first = bundle(result(WBC, 4.6, "10*9/L"), result(ANC, 900, "/uL"))
    third = bundle(result(WBC, 4.6, "Thousand/uL"), result(ANC, valueString="892 cells/uL"))

    assert read_values(first) == {"leukocytes": "4.6", "neutrophils": "0.9"}
    assert read(first).facts.counts[1].reported == "900 /uL"
    assert read_values(third) == {"leukocytes": "4.6", "neutrophils": "0.892"}


def test_two_scales_of_one_code_show_no_fall() -> None:
    in_thousands = result(ALC, 1.9, "K/uL", id="a", effectiveDateTime="2026-11-18")
    cells = {"referenceRange": [{"low": quantity(1000, "cells/uL")}], "effectiveDateTime": "2026-11-19"}
    in_cells = result(ALC, valueString="1,900", id="b", **cells)
    facts = read(in_thousands, in_cells).facts

    assert [str(count.value.normalize()) for count in facts.counts] == ["1.9", "1.9"]
    assert [count.reference_low for count in facts.counts] == [None, 1]
    assert facts.gaps == ()


def test_the_official_slip_is_neither_normal_nor_divided() -> None:
    limits = {"low": quantity(2500), "high": quantity(5000)}
    facts = read(result("26499-4", 3000, referenceRange=[limits])).facts

    assert facts.counts == ()
    assert [(gap.kind, gap.detail) for gap in facts.gaps] == [(GapKind.IMPLAUSIBLE, "3000 10*3/uL")]


@pytest.mark.parametrize(
    ("value", "unit", "code", "expected"),
    [(11.07, "K/uL", "K/uL", "11.07"), (1.2, "thou/cu mm", None, "1.2"), (1.2, "G/L", None, "1.2"),
     (3.1, "x10E3/uL", None, "3.1")],
)  # fmt: skip
def test_kelvin_gauss_and_text_are_units(value: float, unit: str, code: str | None, expected: str) -> None:
    assert read_values(result(WBC, valueQuantity=quantity(value, unit, code))) == {"leukocytes": expected}


RANGE = [{"low": quantity(1.8), "high": quantity(7.7)}]


@pytest.mark.parametrize(
    ("members", "value", "bound"),
    [({"valueString": "<0.1", "referenceRange": RANGE}, "0.1", Bound.BELOW),
     ({"valueCodeableConcept": {"text": "LT 0.1"}, "referenceRange": RANGE}, "0.1", Bound.BELOW),
     ({"valueQuantity": quantity(0.5, "10*9/L", comparator="<")}, "0.5", Bound.BELOW),
     ({"valueString": "0,4", "referenceRange": [{"low": quantity(1.8, "10*9/L")}]}, "0.4", Bound.EXACT)],
)  # fmt: skip
def test_limits_and_commas_in_every_shape(members: Json, value: str, bound: Bound) -> None:
    (count,) = read(result(ANC, **members)).facts.counts

    assert (str(count.value), count.bound) == (value, bound)


def test_a_template_that_leaked_into_the_value_is_refused() -> None:
    facts = read(result(WBC, valueString=">=100UCUM http://unitsofmeasure.org,%")).facts

    assert facts.counts == ()
    assert [gap.what for gap in facts.gaps] == ["leukocytes"]


SAME = {"specimen": {"reference": "Specimen/s1"}}


@pytest.mark.parametrize(
    ("sent", "expected"),
    [([result(ANC, 0.2, id="a", status="entered-in-error"), result(ANC, 2.4, id="b")], ["2.4 final"]),
     ([result(ANC, 0.2, status="cancelled")], []),
     ([result(ANC, 0.4, id="a", status="preliminary", effectiveDateTime="2026-11-20T07:00:00Z", **SAME),
       result(ANC, 1.6, id="b", **SAME)], ["1.6 final"]),
     ([result(ANC, 0.4, status="preliminary")], ["0.4 preliminary"]),
     ([result(ANC, 3.1, id="a", **SAME), result(ANC, 1.1, id="b", status="corrected", **SAME)],
      ["1.1 corrected"]),
     ([result(ANC, 0.7, status="unknown")], ["0.7 unknown"])],
)  # fmt: skip
def test_errors_are_left_out_and_the_most_final_version_counts(sent: list[Json], expected: list[str]) -> None:
    counts = read(*sent).facts.counts

    assert [f"{count.value} {count.status.value}" for count in counts] == expected


def test_other_fluids_and_antibodies_are_never_blood_counts() -> None:
    facts = read(
        result("806-0", 2, "/uL"),
        result("26479-6", 60, "%"),
        result("5821-4", valueString="0-5 /HPF"),
        result("5799-2", valueString="negative"),
        result("17351-8", valueString="positive"),
        result("58410-2", 3),
        result(coded("26483-8", display="Neutrophils in Synovial fluid"), 90, "%"),
    ).facts

    assert (facts.counts, facts.fractions, facts.gaps) == ((), (), ())


@pytest.mark.parametrize(
    ("when", "precision"),
    [("2026-07-03", Precision.DAY), ("2026", Precision.YEAR), (None, None), ("2026-12-25", "future")],
)
def test_old_vague_missing_and_future_dates(when: str | None, precision: object) -> None:
    facts = read(result(ANC, 1.0, effectiveDateTime=when)).facts

    if precision == "future":
        assert ([gap.kind for gap in facts.gaps], facts.counts) == ([GapKind.FUTURE_DATE], ())
    else:
        measured = facts.counts[0].measured
        assert (measured.precision if measured is not None else None) == precision
