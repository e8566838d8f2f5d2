"""Why a check is not tried, or the run not begun."""

from __future__ import annotations


class NotApplicable(Exception):
    """The service offers nothing that the claim is about; ``str(reason)`` says what."""


class Skipped(Exception):
    """The claim could be tried with an option that was not given; ``str(reason)`` names it."""


class Unreachable(Exception):
    """Nobody answers at the address."""


class Unusable(Exception):
    """A file that was given cannot be used; ``str(error)`` says why."""
