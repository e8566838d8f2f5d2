"""What a page of the sandbox may ask of one call: another kind of EHR, another day.

Two request headers, read in a sandbox alone. In production they mean nothing: there each known caller has its
profile, and now is now.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import cast, get_args

from werkzeug.datastructures import Headers

from cds.errors import WrongShape
from cds.setting_values import read_instant
from cds.settings import Preferences, Profile

PROFILE_HEADER = "X-Leukocds-Profile"
AS_OF_HEADER = "X-Leukocds-As-Of"

_YEARS = range(1900, 2200)  # beyond them, "thirty days before" may be no date at all


def wished_preferences(headers: Headers, usual: Preferences) -> Preferences:
    """``usual`` with the profile that the request asks for. Raises ``WrongShape`` for one there is not."""
    wish = headers.get(PROFILE_HEADER)
    if wish is None:
        return usual
    if wish not in get_args(Profile):
        raise WrongShape(f"{PROFILE_HEADER} is none of {', '.join(get_args(Profile))}.")
    return replace(usual, profile=cast(Profile, wish))


def wished_moment(headers: Headers, now: datetime) -> datetime:
    """The instant that the request asks to count as now. Raises ``WrongShape`` if it is no instant."""
    wish = headers.get(AS_OF_HEADER)
    if wish is None:
        return now
    try:
        moment = read_instant(wish)
    except (ValueError, OverflowError):
        moment = None
    if moment is None or moment.year not in _YEARS:
        raise WrongShape(f"{AS_OF_HEADER} is no instant such as 2026-11-20T12:00:00Z.")
    return moment
