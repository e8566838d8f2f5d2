"""The laboratory's own flags."""

from __future__ import annotations

import pytest

from cds.facts import Bound, GapKind, LabFlag
from tests.readers.sending import only_count, read, result

R4 = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
CRITICAL = LabFlag.CRITICALLY_LOW
OLD = "http://hl7.org/fhir/v2/0078"


def flagged(*codes: str, system: str = R4) -> list[dict[str, object]]:
    return [{"coding": [{"system": system, "code": code}]} for code in codes]


@pytest.mark.parametrize(
    ("code", "flag"),
    [("L", LabFlag.LOW), ("LL", CRITICAL), ("LU", LabFlag.LOW), ("L<", LabFlag.LOW),
     ("N", LabFlag.NORMAL), ("H", LabFlag.HIGH), ("HH", LabFlag.HIGH), ("A", None), ("D", None), ("?", None)],
)  # fmt: skip
def test_flags_of_both_code_systems(code: str, flag: LabFlag | None) -> None:
    assert only_count(result(value=0.9, interpretation=flagged(code))).flag is flag
    assert only_count(result(value=0.9, interpretation=flagged(code, system=OLD))).flag is flag


def test_the_most_alarming_flag_counts() -> None:
    assert only_count(result(value=0.9, interpretation=flagged("N", "LL", "L"))).flag is CRITICAL


def test_a_flag_in_words_or_in_the_shape_of_an_older_release_is_read() -> None:
    assert only_count(result(value=0.9, interpretation=[{"text": "Critical Low"}])).flag is CRITICAL
    assert only_count(result(value=0.9, interpretation=flagged("L")[0])).flag is LabFlag.LOW


def test_a_critical_result_without_a_direction_is_low_only_where_the_number_is() -> None:
    assert only_count(result(value=0.9, interpretation=flagged("AA"))).flag is CRITICAL
    assert only_count(result("6690-2", 88, interpretation=flagged("AA"))).flag is None


def test_off_scale_is_a_limit_of_the_value() -> None:
    assert only_count(result(value=0.1, interpretation=flagged("<"))).bound is Bound.BELOW
    assert only_count(result(value=9, interpretation=flagged(">"))).bound is Bound.ABOVE


@pytest.mark.parametrize(("code", "flag"), [("L", LabFlag.LOW), ("LL", CRITICAL), ("AA", LabFlag.CRITICAL)])
def test_a_low_flag_without_a_number_is_said(code: str, flag: LabFlag) -> None:
    for sent in ({}, {"valueString": "see report"}, {"dataAbsentReason": {"text": "error"}}):
        assert _flagged_gap(result(**sent, interpretation=flagged(code))) == (
            GapKind.UNREADABLE_VALUE,
            "",
            flag,
        )


def test_a_flagged_text_with_a_number_in_it_keeps_both() -> None:
    sent = result(valueString="see 4 notes", interpretation=flagged("LL"))

    assert _flagged_gap(sent) == (GapKind.UNREADABLE_VALUE, "see 4 notes", CRITICAL)


def test_a_value_in_words_can_say_low() -> None:
    for words in ("LOW", "critically low"):
        assert _flagged_gap(result(valueString=words)) == (GapKind.UNREADABLE_VALUE, "", LabFlag.LOW)


def test_a_text_that_speaks_of_flags_is_none() -> None:
    sent = result(valueString="sample 1 was not flagged low")

    assert _flagged_gap(sent) == (GapKind.UNREADABLE_VALUE, "sample 1 was not flagged low", None)


def test_a_flagged_value_in_an_unknown_unit_tells_both() -> None:
    sent = result(value=0.4, unit="widgets", interpretation=flagged("LL"))

    assert _flagged_gap(sent) == (GapKind.UNKNOWN_UNIT, "0.4 widgets", CRITICAL)


def test_a_normal_or_high_flag_without_a_number_adds_nothing() -> None:
    assert _flagged_gap(result(interpretation=flagged("H"))) == (GapKind.NO_VALUE, "", None)


def _flagged_gap(sent: dict[str, object]) -> tuple[GapKind, str, LabFlag | None]:
    (gap,) = read(sent).facts.gaps
    return gap.kind, gap.detail, gap.flag


@pytest.mark.parametrize(("value", "flag"), [(1.49, CRITICAL), (1.5, None)])
def test_critical_without_a_direction_is_low_below_the_limit_alone(
    value: float, flag: LabFlag | None
) -> None:
    assert only_count(result(value=value, interpretation=flagged("AA"))).flag is flag
