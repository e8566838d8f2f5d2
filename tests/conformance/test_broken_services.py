"""Every check of the kit finds what it is there to find, and blames nobody who keeps the rules."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from cds.conform.caller import Caller
from cds.conform.check import Outcome
from cds.conform.checks import behaviour
from cds.conform.run import CHECKS, has_failed, run_check, run_checks
from cds.conform.samples import Json, sample_request
from cds.conform.signing import Signer
from cds.conform.target import Options, Target
from tests.conformance.defects import CARDS, LISTED, RESPONSES, SUGGESTIONS, Defect
from tests.conformance.flaws import FLAWS
from tests.conformance.small_answers import TEMPLATES
from tests.conformance.small_door import ISSUER
from tests.conformance.small_service import serving

NOW = datetime.now(UTC)
KEY = ec.generate_private_key(ec.SECP384R1())
DEFECTS = [*LISTED, *CARDS, *SUGGESTIONS, *RESPONSES, *FLAWS]
FOUND = {Outcome.FAILED, Outcome.ADVICE}

# what makes traffic for the checks that look at all answers
TRAFFIC = (
    "a-request-is-answered-with-cards",
    "a-request-without-data-is-answered-or-412",
    "required-members-are-asked-for",
    "what-is-no-request-is-refused",
    "unknown-paths-are-not-found",
)
# not found in a service that runs here: these have tests of their own
APART = {"the-address-is-secure", "an-answer-comes-fast"}
UNTRIED = {
    "the-address-is-secure",
    "a-patient-as-user-is-no-fault",
    "versions-are-versions",
    "keys-are-listed-before-they-are-used",
}
FETCHING = {
    "data-may-come-from-the-server",
    "a-server-that-refuses-ends-in-412",
    "the-token-goes-with-every-query",
}
SIGNED = {defect.found_by[0] for defect in FLAWS if defect.signed}
NAMED = {check.name: check for check in CHECKS}


def example(name: str) -> Json:
    """A request that is named in a defect."""
    request = sample_request("order-sign", TEMPLATES, "conform-patient", NOW)
    if name == "another drug":
        draft = request["context"]["draftOrders"]["entry"][0]["resource"]
        draft["medicationCodeableConcept"]["text"] = name
    results = request["prefetch"]["results"]
    results["entry"] += [{"resource": results["entry"][0]["resource"] | {"id": "another"}}]
    return request


@contextmanager
def visiting(defect: Defect) -> Iterator[Target]:
    """The kit before a service with this defect."""
    keys = {"k1": KEY.public_key()} if defect.signed else None
    signer = Signer(KEY, "ES384", ISSUER, "k1", lambda: datetime.now(UTC).timestamp()) if keys else None
    options = defect.options | {"examples": tuple(map(example, defect.options.get("examples", ())))}
    with serving(**defect.serving, keys=keys) as address:
        caller = Caller(address, timeout=5, signer=signer)
        yield Target(caller, Options(**options), lambda: NOW)


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.name)
def test_a_defect_is_found_by_its_check(defect: Defect) -> None:
    with visiting(defect) as target:
        checks = [NAMED[name] for name in (*TRAFFIC, *defect.found_by)]
        results = [result for result in run_checks(target, checks) if result.check.name in defect.found_by]

    assert [(name, True) for name in defect.found_by] == [
        (result.check.name, result.outcome in FOUND) for result in results[-len(defect.found_by) :]
    ], results


@pytest.mark.parametrize("signed", [False, True])
def test_who_keeps_the_rules_is_blamed_for_nothing(signed: bool) -> None:
    """Nothing fails, nothing is advised, and all that can be tried on this service is."""
    options = {"heavy": True, "examples": ("two results", "another drug")}
    with visiting(Defect("none", (), {}, signed, options)) as target:
        results = list(run_checks(target))

    not_passed = {each.check.name: each.said for each in results if each.outcome is not Outcome.PASSED}
    assert UNTRIED | (FETCHING if signed else SIGNED) == not_passed.keys(), not_passed
    assert not has_failed(results)


def test_every_check_has_a_defect_that_it_finds() -> None:
    found = {name for defect in DEFECTS for name in defect.found_by}

    assert {*NAMED} == found | APART
    assert len({defect.name for defect in DEFECTS}) == len(DEFECTS)


def test_an_address_that_anybody_can_listen_to_is_no_address() -> None:
    with visiting(Defect("none", ())) as target:
        target.caller.base = "http://cds.example.org"
        insecure = run_check(target, NAMED["the-address-is-secure"])
        target.caller.base = "https://cds.example.org"
        secure = run_check(target, NAMED["the-address-is-secure"])

    assert (Outcome.FAILED, Outcome.PASSED) == (insecure.outcome, secure.outcome)


def test_slowness_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(behaviour, "_FAST", 0)
    with visiting(Defect("none", ())) as target:
        result = run_check(target, NAMED["an-answer-comes-fast"])

    assert Outcome.FAILED is result.outcome


def test_what_only_we_think_is_never_a_failure() -> None:
    """However broken a service is: what no published specification asks for is advice."""
    for name in ("silent errors", "pages", "any hook", "any type", "no Allow"):
        with visiting(Defect(name, (), {"flaw": name})) as target:
            results = list(run_checks(target))

        wrong = [each for each in results if each.check.basis in {"ENG", "VND", "BP", "3.0b"}]
        assert {Outcome.FAILED} & {each.outcome for each in wrong} == set()
        assert Outcome.ADVICE in {each.outcome for each in wrong}


def test_a_service_that_stops_answering_is_not_waited_for() -> None:
    with visiting(Defect("dies", (), {"flaw": "dies"})) as target:
        results = {each.check.name: each for each in run_checks(target)}

    assert Outcome.FAILED is results["it-answers-after-all-that"].outcome
    assert ("the service has stopped answering",) == results["feedback-is-taken"].said
    assert has_failed(results.values())
