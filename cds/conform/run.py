"""The whole run: every check in turn, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from cds.conform.check import Check, Outcome, Result
from cds.conform.checks import (
    all_answers,
    behaviour,
    browsers,
    card_extras,
    cards,
    discovery,
    envelope,
    errors,
    feedback,
    fhir_server,
    orders,
    prefetch_offered,
    prefetch_sent,
    suggestions,
    tokens,
)
from cds.conform.json_text import plain
from cds.conform.reasons import NotApplicable, Skipped
from cds.conform.target import Target

# in this order: what is looked at comes before what may do harm, and what is said of every answer comes last
_SUBJECTS = (
    *(
        discovery,
        prefetch_offered,
        envelope,
        cards,
        card_extras,
        suggestions,
        behaviour,
        prefetch_sent,
        orders,
    ),
    *(fhir_server, feedback, browsers, tokens, errors, all_answers),
)
CHECKS: tuple[Check, ...] = tuple(
    chain.from_iterable(
        (value for value in vars(subject).values() if isinstance(value, Check)) for subject in _SUBJECTS
    )
)
_MOST = 12  # faults told of one check


def run_checks(target: Target, checks: Iterable[Check] = CHECKS) -> Iterator[Result]:
    """The result of each check, as soon as it is known."""
    for each in checks:
        if target.caller.gone and each not in _LAST:
            yield Result(each, Outcome.SKIPPED, ("the service has stopped answering",))
        else:
            yield run_check(target, each)


def run_check(target: Target, check: Check) -> Result:
    """What becomes of one check."""
    try:
        faults = tuple(dict.fromkeys(plain(fault) for fault in check.find_faults(target)))
    except NotApplicable as reason:
        return Result(check, Outcome.NOT_APPLICABLE, (plain(str(reason)),))
    except Skipped as reason:
        return Result(check, Outcome.SKIPPED, (str(reason),))
    if not faults:
        return Result(check, Outcome.PASSED)
    said = faults if len(faults) <= _MOST else (*faults[:_MOST], f"and {len(faults) - _MOST} more")
    return Result(check, Outcome.ADVICE if check.is_advice else Outcome.FAILED, said)


def has_failed(results: Iterable[Result]) -> bool:
    """Whether something that the specification demands was not found."""
    return any(each.outcome is Outcome.FAILED and each.check.level == "M" for each in results)


_LAST = {errors.it_answers_after_all_that, all_answers.it_never_failed}
