"""When a request says that its medicine is taken."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from cds.facts import When
from cds.readers import wire
from cds.readers.elements import Period
from cds.readers.moments import days_after, read_days, read_moment
from cds.readers.quantity import is_number

_FINISHED = frozenset({"stopped", "completed", "ended"})
_LONGEST_DAYS = 36500


def find_start(request: wire.MedicationRequest) -> When | None:
    """The earliest day that is said to be one of use, else the day of the order."""
    said = [*(period.start for period in _bounds(request)), *_events(request)]
    if request.dispense_request is not None and request.dispense_request.validity_period is not None:
        said.append(request.dispense_request.validity_period.start)
    moments = [moment for text in said if (moment := read_moment(text))]
    if moments:
        return min(moments, key=lambda moment: moment.earliest)
    written = request.date_written if isinstance(request, wire.MedicationOrder) else ""
    return read_moment(request.authored_on) or read_moment(written)


def find_end(request: wire.MedicationRequest, start: When | None, as_of: datetime) -> When | None:
    """The last day of use, where it is known.

    While a request is active only the bounds of its dosage end it: prescriptions are renewed and supplies
    outlast their days. Of a request that is over, an end that was planned but lies ahead is not the true one.
    """
    bounded = _bounded_end(request, start)
    if request.status not in _FINISHED:
        return bounded
    dispense = request.dispense_request
    validity = dispense.validity_period if dispense is not None else None
    end = (
        bounded
        or (read_moment(validity.end) if validity is not None else None)
        or _supply_end(request, start)
    )
    return end if end is not None and end.earliest <= as_of else None


def _bounded_end(request: wire.MedicationRequest, start: When | None) -> When | None:
    """The latest end of all dosages; none if one of them is open."""
    ends: list[When] = []
    for dosage in request.dosage_instruction:
        repeat = dosage.timing.repeat if dosage.timing is not None else None
        if repeat is None:
            continue
        end = read_moment(repeat.bounds_period.end) if repeat.bounds_period is not None else None
        if end is None and repeat.bounds_duration is not None:
            begun = read_moment(repeat.bounds_period.start) if repeat.bounds_period is not None else start
            end = _after(begun, read_days(repeat.bounds_duration))
        if end is None:
            return None
        ends.append(end)
    return max(ends, key=lambda end: end.latest) if ends else None


def _supply_end(request: wire.MedicationRequest, start: When | None) -> When | None:
    dispense = request.dispense_request
    if dispense is None or dispense.expected_supply_duration is None:
        return None
    days = read_days(dispense.expected_supply_duration)
    repeats = dispense.number_of_repeats_allowed
    if days is not None and is_number(repeats) and repeats is not None and repeats > 0:
        days *= 1 + repeats
    return _after(start, days)


def _after(start: When | None, days: Decimal | None) -> When | None:
    if start is None or days is None or not 0 < days <= _LONGEST_DAYS:
        return None
    return days_after(start, int(days))


def _bounds(request: wire.MedicationRequest) -> list[Period]:
    return [
        dosage.timing.repeat.bounds_period
        for dosage in request.dosage_instruction
        if dosage.timing is not None
        and dosage.timing.repeat is not None
        and dosage.timing.repeat.bounds_period is not None
    ]


def _events(request: wire.MedicationRequest) -> list[str]:
    return [
        event
        for dosage in request.dosage_instruction
        if dosage.timing is not None
        for event in dosage.timing.event
    ]


def is_as_needed(dosage: wire.Dosage) -> bool:
    """Taken when needed, whether or not a reason is given."""
    return bool(dosage.as_needed_boolean or dosage.as_needed) or dosage.as_needed_codeable_concept is not None


def is_single_dose(request: wire.MedicationRequest) -> bool:
    """A count of one, one event, or a supply of one day without a refill."""
    dispense = request.dispense_request
    if dispense is not None and dispense.expected_supply_duration is not None:
        days = read_days(dispense.expected_supply_duration)
        if days is not None and 0 < days <= 1 and not dispense.number_of_repeats_allowed:
            return True
    dosages = request.dosage_instruction
    if len(dosages) != 1 or dosages[0].timing is None:
        return False
    timing = dosages[0].timing
    count = timing.repeat.count if timing.repeat is not None else None
    return len(timing.event) == 1 or (is_number(count) and count == 1)
