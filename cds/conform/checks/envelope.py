"""The request around the data: what a service must ask for, and what it must not stumble over."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from cds.conform.check import check
from cds.conform.derived import ELSEWHERE, changed, lacking, with_context
from cds.conform.reasons import NotApplicable, Skipped
from cds.conform.samples import HOOKS, Json
from cds.conform.target import Target

TOKEN = {
    "access_token": "conform-access-token",
    "token_type": "Bearer",
    "expires_in": 300,
    "scope": "patient/Patient.read patient/Observation.read",
    "subject": "conform-client",
}


@check("M", "1.0+", "N-01")
def the_address_is_secure(target: Target) -> Iterator[str]:
    """The service is called over TLS."""
    if target.is_local:
        raise NotApplicable("it runs on this machine; check the address that the EHR calls")
    if urlsplit(target.caller.base).scheme != "https":
        yield f"{target.caller.base} is no https address"


@check("M", "1.0+", "D-05", "R-01")
def every_service_can_be_called(target: Target) -> Iterator[str]:
    """``POST /cds-services/{id}`` is there for every service."""
    for answer in target.answers:
        if answer.reply.status in {0, 404, 405} or 300 <= answer.reply.status < 400:
            yield f"POST {answer.offer.path} answers {answer.reply.said}"


@check("M", "1.0+", "R-01", "C-01", "S-01")
def a_request_is_answered_with_cards(target: Target) -> Iterator[str]:
    """A good request is answered 200 with an object that has an array ``cards``; what is missing with 412."""
    answers = target.answers
    if target.caller.signer is None and all(each.reply.status == 401 for each in answers):
        raise Skipped("it asks who is calling: give --token-key FILE")
    if not target.options.examples and all(each.reply.status == 412 for each in answers):
        raise NotApplicable("412 to all that the kit can make up; give --request FILE")
    for each in answers:
        if not each.reply.answered and (target.options.examples or each.reply.status != 412):
            yield f'{each.offer.name}: answers {each.reply.said}; expected 200 {{"cards": [...]}}'


@check("M", "1.0+", "R-02")
def required_members_are_asked_for(target: Target) -> Iterator[str]:
    """A request without ``hook``, ``hookInstance`` or ``context`` is refused with 4xx."""
    for each in target.good:
        for name in ("hook", "hookInstance", "context"):
            reply = target.ask(each.offer, lacking(each.request, name))
            if not reply.refused:
                yield f"{each.offer.name}: without {name} it answers {reply.said}; expected 400"
        reply = target.post(each.offer, each.request | {"context": "x"})
        if not reply.refused:
            yield f"{each.offer.name}: with a string as context it answers {reply.said}; expected 400"


@check("S", "ENG", "R-02", "H-15")
def members_of_the_context_are_asked_for(target: Target) -> Iterator[str]:
    """Without ``patientId`` a request is refused; without another required member it is no fault."""
    for each in target.good:
        required = HOOKS.get(each.offer.hook, {"required": {"patientId": ""}})["required"]
        for name in required:
            if name not in each.request["context"]:
                continue
            reply = target.post(each.offer, with_context(each.request, **{name: ...}))
            if reply.broke or (name == "patientId" and not reply.refused):
                yield f"{each.offer.name}: without context.{name} it answers {reply.said}"


@check("S", "ENG", "R-04")
def another_hook_is_refused(target: Target) -> Iterator[str]:
    """A request for a hook that the service is not registered for is refused with 4xx."""
    for each in target.good:
        reply = target.post(each.offer, each.request | {"hook": "conform-no-such-hook"})
        if not reply.refused:
            yield f'{each.offer.name}: with hook "conform-no-such-hook" it answers {reply.said}; expected 400'


@check("S", "ENG", "R-03")
def odd_instances_are_no_fault(target: Target) -> Iterator[str]:
    """A ``hookInstance`` in capitals, as a URN or made up is answered: real clients send all three."""
    sent = (
        "D1577C69-DFBE-44AD-BA6D-3E05E953B2EA",
        "urn:uuid:d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "html-test",
    )
    for each in target.good:
        for instance in sent:
            reply = target.ask(each.offer, each.request | {"hookInstance": instance})
            if not reply.answered:
                yield f"{each.offer.name}: with hookInstance {instance} it answers {reply.said}"


@check("S", "1.0+", "X-06")
def what_it_does_not_know_is_ignored(target: Target) -> Iterator[str]:
    """Unknown members and extensions in a request change nothing."""

    def add(request: Json) -> None:
        for part in (request, request["context"]):
            part["extension"] = {"com.example.conform": {"deep": [{"er": [1, None]}]}}
            part["conformUnknown"] = {"a": ["b"]}

    for each in target.good:
        reply = target.post(each.offer, changed(each.request, add))
        if reply.decision != each.reply.decision:
            yield f"{each.offer.name}: with unknown members it answers {reply.said}"


@check("M", "1.0+", "R-05")
def a_token_without_a_server_is_no_fault(target: Target) -> Iterator[str]:
    """``fhirAuthorization`` without ``fhirServer`` is refused, or the token ignored."""
    for each in target.good:
        reply = target.post(each.offer, lacking(each.request, "fhirServer") | {"fhirAuthorization": TOKEN})
        if reply.broke or 300 <= reply.status < 400:
            yield f"{each.offer.name}: answers {reply.said}; expected 400"


@check("S", "ENG", "R-07", "R-08")
def odd_authorizations_are_no_fault(target: Target) -> Iterator[str]:
    """``fhirAuthorization`` that lacks a member, or words it freely, is no fault."""
    odd: list[tuple[str, Json]] = [(f"without {name}", lacking(TOKEN, name)) for name in TOKEN]
    odd += [
        ("expires_in as a string", TOKEN | {"expires_in": "300"}),
        ("token_type in small letters", TOKEN | {"token_type": "bearer"}),
        (
            "a scope in a vendor's words",
            TOKEN | {"scope": "Observation.Search (Labs) (R4) Patient.Read (R4)"},
        ),
        ("an empty token", TOKEN | {"access_token": ""}),
    ]
    for each in target.good:
        for what, authorization in odd:
            sent = each.request | {"fhirServer": ELSEWHERE, "fhirAuthorization": authorization}
            reply = target.post(each.offer, sent)
            if reply.broke:
                yield f"{each.offer.name}: with fhirAuthorization {what} it answers {reply.said}"


@check("S", "ENG", "R-06")
def an_odd_server_is_no_fault(target: Target) -> Iterator[str]:
    """A ``fhirServer`` that is no absolute URL is refused or not called, without a fault."""
    for each in target.good:
        for server in (3, "", "x", "/r4", "ftp://fhir.invalid", ["https://fhir.invalid"]):
            reply = target.post(each.offer, each.request | {"fhirServer": server})
            if reply.broke:
                yield f"{each.offer.name}: with fhirServer {server!r} it answers {reply.said}"


@check("S", "ENG", "R-14")
def ids_may_be_references(target: Target) -> Iterator[str]:
    """``patientId`` and ``encounterId`` are understood as references too, as older clients send them."""
    for each in target.good:
        context = each.request["context"]
        references = {
            name: f"{kind}/{context[name]}"
            for name, kind in (("patientId", "Patient"), ("encounterId", "Encounter"))
            if isinstance(context.get(name), str) and "/" not in context[name]
        }
        reply = target.post(each.offer, with_context(each.request, **references))
        if reply.decision != each.reply.decision:
            yield f"{each.offer.name}: with {references} it answers {reply.said}"


@check("S", "ENG", "H-16")
def a_patient_as_user_is_no_fault(target: Target) -> Iterator[str]:
    """A patient or relative as user of patient-view is answered or refused, without a fault."""
    views = [each for each in target.good if each.offer.hook == "patient-view"]
    if not views:
        raise NotApplicable("no service for patient-view")
    for each in views:
        for user in (f"Patient/{each.request['context'].get('patientId')}", "RelatedPerson/conform"):
            reply = target.post(each.offer, with_context(each.request, userId=user))
            if reply.broke:
                yield f"{each.offer.name}: with userId {user} it answers {reply.said}"


@check("S", "ENG", "R-15")
def a_huge_body_is_refused(target: Target) -> Iterator[str]:
    """A body of 20 MB is refused with 413 or answered, and the next request is answered."""
    target.need_heavy()
    for each in target.good[:1]:
        sent = each.request | {"extension": {"com.example.conform": "x" * 20_000_000}}
        reply = target.post(each.offer, sent)
        if reply.status not in {200, 413}:
            yield f"{each.offer.name}: 20 MB are answered {reply.said}"
        again = target.post(each.offer, each.request)
        if not again.answered:
            yield f"{each.offer.name}: and the request after it {again.said}"
