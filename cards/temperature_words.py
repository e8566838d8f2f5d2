"""A body temperature in words."""

from __future__ import annotations

from cards.wording import clean, day_and_time, number, quote
from cds.facts import Temperature


def degrees(temperature: Temperature) -> str:
    """``38.4 °C``."""
    return f"{number(temperature.celsius)} °C"


def reading(temperature: Temperature) -> str:
    """``38.4 °C, oral, 20 Nov 2026 09:00 UTC``; as it was reported, where that was not in Celsius."""
    site = clean(temperature.site)
    where = f"{site}, " if site else ""
    sent = "" if _sent_in_celsius(temperature) else f" (reported {quote(temperature.reported)})"
    return f"{degrees(temperature)}{sent}, {where}{day_and_time(temperature.measured)}"


def _sent_in_celsius(temperature: Temperature) -> bool:
    return str(temperature.celsius) in temperature.reported
