"""A value is used at the scale that its unit names, and only if it is possible there."""

from __future__ import annotations

import pytest

from cds.facts import CellLine, GapKind
from tests.readers.sending import coded, number, only_count, quantity, read, refused, result


def low_and_high(low: object, high: object, unit: str | None = None) -> list[dict[str, object]]:
    return [{"low": quantity(low, unit), "high": quantity(high, unit)}]


# --- scale ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "unit", "code"),
    [(0.9, "10*9/L", "10*9/L"), (0.9, "K/uL", "K/uL"), (0.9, "x10*9/L", "10*9/L"), (0.9, "thou/cu mm", None),
     (0.9, "Thousand/uL", None), (0.9, "G/L", None), (0.9, None, "10*3/uL"), (900, "/uL", "/uL"),
     (900, "cells/uL", "{cells}/uL"), (900, "10*6/L", None), (900000000, "/L", None)],
)  # fmt: skip
def test_one_count_in_every_unit_is_one_count(value: object, unit: str | None, code: str | None) -> None:
    reading = read(result(valueQuantity=quantity(value, unit, code)))
    (count,) = reading.facts.counts

    assert count.value == number("0.9")


def test_a_bare_per_litre_is_used_and_said() -> None:
    facts = read(result(value=900000000, unit="/L")).facts

    assert [gap.kind for gap in facts.gaps] == [GapKind.DOUBTFUL_UNIT]
    assert refused(result(value=5, unit="/L"))[0] is GapKind.IMPLAUSIBLE


@pytest.mark.parametrize(
    ("unit", "code", "kind"),
    [("mmol/L", None, GapKind.UNKNOWN_UNIT), ("g/L", None, GapKind.UNIT_CONFLICT),
     ("%", "%", GapKind.UNIT_CONFLICT),
     ("10*3/uL", "/uL", GapKind.UNIT_CONFLICT), ("widgets", None, GapKind.UNKNOWN_UNIT),
     (None, None, GapKind.UNKNOWN_UNIT)],
)  # fmt: skip
def test_a_unit_that_does_not_fit_is_refused(unit: str | None, code: str | None, kind: GapKind) -> None:
    assert refused(result(valueQuantity=quantity(3.1, unit, code)))[:2] == (kind, "neutrophils")


def test_percent_with_the_unit_of_a_count_is_a_conflict() -> None:
    assert refused(result("770-8", 22, "10*3/uL"))[:2] == (GapKind.UNIT_CONFLICT, "neutrophils")


# --- without a unit -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("low", "high", "unit", "value", "expected"),
    [(1.8, 7.7, "10*3/uL", "0.4", "0.4"), (1800, 7700, "/uL", "900", "0.9"), (1.8, 7.7, None, "0.4", "0.4"),
     (1800, 7700, None, "900", "0.9"), (1800, 7700, None, "30", "0.03")],
)  # fmt: skip
def test_the_reference_range_gives_the_unit_or_fixes_the_scale(
    low: object, high: object, unit: str | None, value: str, expected: str
) -> None:
    count = only_count(result(valueString=value, referenceRange=low_and_high(low, high, unit)))

    assert count.value == number(expected)


@pytest.mark.parametrize(
    ("low", "high", "value"),
    [(1.8, 7.7, "900"), (1800, 7700, "0.9"), (39.7, 50.3, "3"), (0, 0, "3"), (180, 770, "90")],
)
def test_without_a_unit_a_value_that_the_range_does_not_explain_is_refused(
    low: object, high: object, value: str
) -> None:
    kind, what, detail = refused(result(valueString=value, referenceRange=low_and_high(low, high)))

    assert kind in {GapKind.UNKNOWN_UNIT, GapKind.IMPLAUSIBLE}
    assert (what, detail) == ("neutrophils", value)


def test_without_a_unit_and_a_range_nothing_is_guessed() -> None:
    assert refused(result(valueString="3.1")) == (GapKind.UNKNOWN_UNIT, "neutrophils", "3.1")


# --- what is possible -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "possible", "too_much"),
    [("6690-2", 500, 500.1), ("751-8", 150, 150.1), ("731-0", 500, 501), ("718-7", 30, 31)],
)
def test_the_greatest_possible_value_is_used_and_one_beyond_is_not(
    code: str, possible: float, too_much: float
) -> None:
    unit = "g/dL" if code == "718-7" else "10*3/uL"

    assert only_count(result(code, possible, unit)).value == number(str(possible))
    assert refused(result(code, too_much, unit))[0] is GapKind.IMPLAUSIBLE


def test_the_official_thousandfold_slip_is_refused_and_shown_as_sent() -> None:
    slip = result("26499-4", 3000, referenceRange=low_and_high(2500, 5000, "10*3/uL"))

    assert refused(slip) == (GapKind.IMPLAUSIBLE, "neutrophils", "3000 10*3/uL")


@pytest.mark.parametrize(
    ("value", "is_used"), [(49, True), (0, True), (49.5, False), (50.5, True), (4.5, False)]
)
def test_few_cells_per_microlitre_are_real_only_as_whole_numbers(value: float, is_used: bool) -> None:
    facts = read(result(value=value, unit="/uL")).facts

    assert bool(facts.counts) is is_used
    assert [gap.kind for gap in facts.gaps] == ([] if is_used else [GapKind.IMPLAUSIBLE])


def test_a_range_of_four_cells_shows_that_the_unit_is_wrong() -> None:
    """WBC 4 "/uL" beside 4 to 11 "/uL" was never counted in single cells."""
    wrong = result("6690-2", 4, "/uL", referenceRange=low_and_high(4, 11, "/uL"))
    low_on_purpose = result("711-2", 4, "/uL", referenceRange=low_and_high(15, 500, "cells/uL"))

    assert refused(wrong)[0] is GapKind.IMPLAUSIBLE
    assert read(low_on_purpose).facts.counts[0].value == number("0.004")


# --- shares of the white cells --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "value", "unit", "percent"),
    [("770-8", 22, "%", "22"), ("770-8", 0, "%", "0"), ("770-8", 0.6, "%", "0.6"), ("770-8", 22, None, "22"),
     ("71676-1", 0.22, "1", "22"), ("71676-1", 0.22, None, "22"), ("71676-1", 0.22, "{ratio}", "22"),
     ("71676-1", 22, "%", "22"), ("770-8", 100, "%", "100")],
)  # fmt: skip
def test_shares_are_percentages(code: str, value: object, unit: str | None, percent: str) -> None:
    facts = read(result(code, value, unit)).facts
    (share,) = facts.fractions

    assert (share.line, share.percent, facts.gaps) == (CellLine.NEUTROPHILS, number(percent), ())


@pytest.mark.parametrize(
    ("code", "value", "unit", "kind"),
    [("770-8", 0.6, None, GapKind.UNKNOWN_UNIT), ("770-8", 0.6, "1", GapKind.UNKNOWN_UNIT),
     ("770-8", 101, "%", GapKind.IMPLAUSIBLE), ("71676-1", 45, "1", GapKind.IMPLAUSIBLE)],
)  # fmt: skip
def test_it_is_never_guessed_that_point_six_means_sixty_percent(
    code: str, value: object, unit: str | None, kind: GapKind
) -> None:
    assert refused(result(code, value, unit))[:2] == (kind, "neutrophils")


def test_a_limit_of_a_share_adds_up_to_nothing() -> None:
    few = result("706-2", valueQuantity=quantity(1, "%", comparator="<"))

    assert refused(few) == (GapKind.UNREADABLE_VALUE, "basophils", "<1 %")


def test_nucleated_red_cells_can_outnumber_the_white_ones() -> None:
    (share,) = read(result("58413-6", 150, "/100{WBCs}")).facts.fractions

    assert share.percent == 150


def test_manual_and_automated_neutrophils_are_told_apart() -> None:
    automated, by_eye, segmented = (
        read(result(code, 60, "%")).facts.fractions[0] for code in ("770-8", "23761-0", "769-0")
    )

    assert (automated.all_neutrophils, automated.manual) == (True, False)
    assert (by_eye.all_neutrophils, by_eye.manual) == (False, True)
    assert segmented.line is CellLine.SEGMENTED


# --- other lines ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "value", "unit", "line", "expected"),
    [("718-7", 176, "g/L", CellLine.HAEMOGLOBIN, "17.6"), ("718-7", 8.1, "g/dL", CellLine.HAEMOGLOBIN, "8.1"),
     ("24467-3", 180, "/uL", CellLine.CD4, "0.180"), ("777-3", 41, "10*3/uL", CellLine.PLATELETS, "41"),
     ("30376-8", 0.4, "10*3/uL", CellLine.BLASTS, "0.4"), ("30229-9", 0.2, "10*3/uL", CellLine.BANDS, "0.2")],
)  # fmt: skip
def test_every_line_is_read_in_its_own_unit(
    code: str, value: object, unit: str, line: CellLine, expected: str
) -> None:
    count = only_count(result(code, value, unit))

    assert (count.line, count.value) == (line, number(expected))


def test_haemoglobin_in_moles_is_refused() -> None:
    assert refused(result("718-7", 8.1, "mmol/L"))[:2] == (GapKind.UNKNOWN_UNIT, "haemoglobin")


# --- codes ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "code",
    ["806-0", "26486-1", "26479-6", "5821-4", "30405-5", "5799-2", "17351-8", "26481-2", "58410-2", "57021-8",
     "72973-1", "24317-0"],
)  # fmt: skip
def test_codes_outside_the_list_are_never_read(code: str) -> None:
    facts = read(result(coded(code, display="Leukocytes [#/volume] in Blood"), 0.2)).facts

    assert (facts.counts, facts.fractions, facts.gaps) == ((), (), ())


def test_the_code_decides_and_not_its_display() -> None:
    shown_as_count = result(coded("736-9", display="Lymphocytes [#/volume] manual"), 60, "%")

    assert read(shown_as_count).facts.fractions[0].line is CellLine.LYMPHOCYTES


def test_a_local_code_beside_a_loinc_code_does_not_matter() -> None:
    codings = [{"system": "urn:local", "code": "736-9"}, {"system": "http://loinc.org", "code": "6690-2"}]

    assert only_count(result({"coding": codings}, 3.1)).line is CellLine.LEUKOCYTES
    assert read(result({"coding": codings[:1]}, 0.2)).facts.counts == ()


@pytest.mark.parametrize(
    "system",
    [
        "http://loinc.org",
        "http: //loinc.org",
        "https://loinc.org",
        "urn:oid:2.16.840.1.113883.6.1",
        "",
        "https://LOINC.org/ ",
        "http://loinc.org/",
    ],
)
def test_the_system_of_a_loinc_code_has_several_spellings(system: str) -> None:
    assert only_count(result(coded("751-8", system), 3.1)).line is CellLine.NEUTROPHILS


def test_two_codes_of_one_line_are_one_result_and_two_of_two_lines_a_conflict() -> None:
    same = {"coding": [*coded("6690-2")["coding"], *coded("26464-8")["coding"]]}
    apart = {"coding": [*coded("751-8")["coding"], *coded("731-0")["coding"]]}

    assert only_count(result(same, 3.1)).value == number("3.1")
    assert refused(result(apart, 3.1)) == (GapKind.UNIT_CONFLICT, "neutrophils", "751-8, 731-0")


# --- temperature ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "value", "unit", "celsius", "site"),
    [("8310-5", 38.4, "Cel", "38.4", "body"), ("8331-1", 100.4, "[degF]", "38", "oral"),
     ("8333-7", 37.9, "°C", "37.9", "tympanic")],
)  # fmt: skip
def test_a_temperature_is_read_with_its_site(
    code: str, value: object, unit: str, celsius: str, site: str
) -> None:
    (temperature,) = read(result(code, value, unit)).facts.temperatures

    assert (temperature.celsius, temperature.site) == (number(celsius), site)
    assert temperature.reported == f"{value} {unit}"
    assert temperature.reference == f"Observation/o-{code}"


def test_a_temperature_coded_in_general_and_by_its_site_keeps_the_site() -> None:
    both = {"coding": [*coded("8331-1")["coding"], *coded("8310-5")["coding"]]}

    assert read(result(both, 38.4, "Cel")).facts.temperatures[0].site == "oral"


@pytest.mark.parametrize(
    ("value", "unit", "is_used"),
    [(45, "Cel", True), (45.1, "Cel", False), (25, "Cel", True), (24.9, "Cel", False), (100.4, "Cel", False),
     (38.4, "[degF]", False)],
)  # fmt: skip
def test_fahrenheit_sent_as_celsius_is_no_fever(value: float, unit: str, is_used: bool) -> None:
    facts = read(result("8310-5", value, unit)).facts

    assert bool(facts.temperatures) is is_used
    assert [(gap.kind, gap.what) for gap in facts.gaps] == (
        [] if is_used else [(GapKind.IMPLAUSIBLE, "temperature")]
    )


def test_a_temperature_without_a_unit_is_a_gap() -> None:
    assert refused(result("8310-5", 38.4, None)) == (GapKind.UNKNOWN_UNIT, "temperature", "38.4")
