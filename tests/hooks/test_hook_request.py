"""The envelope: liberal in what it takes, exact in what it refuses."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cds.errors import MalformedJson, WrongShape
from cds.hooks.hook_request import read_hook_request

INSTANCE = "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea"
REQUEST: dict[str, Any] = {
    "hook": "order-sign",
    "hookInstance": INSTANCE,
    "fhirServer": "https://fhir.example.org/R4",
    "context": {
        "userId": "Practitioner/p1",
        "patientId": "1",
        "draftOrders": {"resourceType": "Bundle", "entry": []},
    },
    "prefetch": {"patient": {"resourceType": "Patient", "id": "1"}, "medications": None},
}


def _with(**members: Any) -> bytes:
    return json.dumps(REQUEST | members).encode()


def _with_context(**members: Any) -> bytes:
    return _with(context=REQUEST["context"] | members)


def test_the_envelope_is_read_and_the_data_left_raw() -> None:
    request = read_hook_request(json.dumps(REQUEST).encode())

    assert ("order-sign", INSTANCE, "1") == (request.hook, request.instance, request.patient_id)
    assert request.drafts is not None
    assert b'{"resourceType": "Bundle", "entry": []}' == bytes(request.drafts)
    assert {"patient", "medications"} == request.prefetch.keys()
    assert b"null" == bytes(request.prefetch["medications"].sent)


def test_nothing_about_a_person_is_in_the_representation() -> None:
    """A request that ends up in a message or a debugger shows hook and instance only."""
    secret = "canary-7f3a"
    request = read_hook_request(
        _with(
            context={"patientId": secret, "draftOrders": {"id": secret}, "selections": [secret]},
            prefetch={secret: secret},
            fhirAuthorization={"access_token": secret},
        )
    )

    assert secret not in repr(request)


@pytest.mark.parametrize("sent", ["1", "Patient/1", " 1 ", "https://fhir.example.org/R4/Patient/1"])
def test_a_patient_may_be_sent_as_an_id_or_a_reference(sent: str) -> None:
    assert "1" == read_hook_request(_with_context(patientId=sent)).patient_id


@pytest.mark.parametrize(
    ("user", "for_patient"),
    [
        ("Patient/1", True),
        ("RelatedPerson/2", True),
        ("https://fhir.example.org/R4/Patient/1", True),
        ("Practitioner/p1", False),
        ("PractitionerRole/r1", False),
        ("", False),
        (None, False),
    ],
)
def test_a_patient_or_relative_is_told_from_a_clinician(user: str | None, for_patient: bool) -> None:
    assert for_patient is read_hook_request(_with_context(userId=user)).for_patient


@pytest.mark.parametrize(
    "body",
    [
        b"\xef\xbb\xbf" + _with(),
        b"\n " + _with() + b"\n",
        _with(extension={"com.example": {"deep": [1, 2]}}, unknown=None),
        _with(fhirServer=None, fhirAuthorization=None, prefetch=None),
        _with(fhirServer=None, fhirAuthorization={"access_token": "", "expires_in": "300"}),
        _with(fhirAuthorization={"access_token": "x", "token_type": "bearer"}),
        _with_context(userId=None, encounterId=7, selections=None),
        _with(hookInstance="html-test"),
        b'{"hook": "other", ' + _with()[1:],
    ],
    ids=["bom", "space", "unknown", "nulls", "empty-token", "token", "context-nulls", "no-uuid", "duplicate"],
)
def test_what_real_clients_send_is_taken(body: bytes) -> None:
    assert "order-sign" == read_hook_request(body).hook


def test_an_instance_that_is_no_uuid_is_not_kept() -> None:
    """It goes to the log, where free text must not."""
    assert "" == read_hook_request(_with(hookInstance="Jane Doe")).instance
    assert INSTANCE == read_hook_request(_with(hookInstance=f"urn:uuid:{INSTANCE}")).instance


@pytest.mark.parametrize("sent", [None, "missing"])
def test_drafts_that_were_not_sent_are_none(sent: str | None) -> None:
    context = REQUEST["context"] | {"draftOrders": None}
    if sent == "missing":
        del context["draftOrders"]

    assert read_hook_request(_with(context=context)).drafts is None


def test_selections_that_were_not_sent_differ_from_none_selected() -> None:
    assert read_hook_request(_with()).selections is None
    assert () == read_hook_request(_with_context(selections=[])).selections


@pytest.mark.parametrize("member", ["hook", "hookInstance", "context"])
def test_a_missing_member_is_named(member: str) -> None:
    body = json.dumps({name: value for name, value in REQUEST.items() if name != member}).encode()

    with pytest.raises(WrongShape, match=rf"^{member} is missing\.$"):
        read_hook_request(body)


def test_a_missing_patient_is_named() -> None:
    with pytest.raises(WrongShape, match=r"^context\.patientId is missing\.$"):
        read_hook_request(_with(context={"userId": "Practitioner/p1"}))


@pytest.mark.parametrize(
    ("body", "named"),
    [
        *[(_with(hook=value), "hook") for value in (3, None, [], {}, "", " ")],
        *[(_with(hookInstance=value), "hookInstance") for value in (3, None, [], "")],
        *[(_with(context=value), "context") for value in (3, None, [], "x")],
        *[(_with(fhirServer=value), "fhirServer") for value in (3, [], {})],
        *[(_with(fhirAuthorization=value), "fhirAuthorization") for value in (3, [], "x")],
        (_with(fhirAuthorization={"access_token": 3}), "fhirAuthorization.access_token"),
        *[(_with(prefetch=value), "prefetch") for value in (3, [], "x")],
        *[
            (_with_context(patientId=value), "context.patientId")
            for value in (3, None, [], {}, "", "Patient/")
        ],
        *[(_with_context(userId=value), "context.userId") for value in (3, [], {})],
        *[(_with_context(draftOrders=value), "context.draftOrders") for value in (3, [], "x", True)],
        *[(_with_context(selections=value), "context.selections") for value in (3, "x", {}, [3])],
        *[(json.dumps(value).encode(), "The body") for value in ([], "x", None, 3)],
    ],
)
def test_a_wrong_type_is_refused_by_the_name_of_the_member(body: bytes, named: str) -> None:
    with pytest.raises(WrongShape) as caught:
        read_hook_request(body)

    assert str(caught.value).startswith(named)


@pytest.mark.parametrize("server", ["", None, "missing"])
def test_a_token_without_a_server_is_refused(server: str | None) -> None:
    members = REQUEST | {"fhirServer": server, "fhirAuthorization": {"access_token": "x"}}
    if server == "missing":
        del members["fhirServer"]

    with pytest.raises(WrongShape, match="fhirAuthorization is present without fhirServer"):
        read_hook_request(json.dumps(members).encode())


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" \n",
        b"\xef\xbb\xbf",
        b"{",
        _with() + b"x",
        _with() + _with(),
        _with()[:-1] + b",}",
        _with(prefetch=float("nan")),
        b'{"hook": "\xe9"}',
        _with().decode().encode("utf-16"),
        b'{"prefetch": {"a": ' + b"[" * 5000 + b"]" * 5000 + b"}}",
        b"{'hook': 'order-sign'}",
    ],
    ids=["none", "space", "bom", "cut", "more", "twice", "comma", "nan", "latin", "utf-16", "deep", "quotes"],
)
def test_what_is_not_json_is_refused(body: bytes) -> None:
    with pytest.raises(MalformedJson):
        read_hook_request(body)


@pytest.mark.parametrize("half", [r"\ud83d", r"\ude00", r"\ud83d\u0041"])
def test_half_a_surrogate_pair_refuses_nothing(half: str) -> None:
    """It is left where a name or a comment was cut within an emoji."""
    patient = {"resourceType": "Patient", "id": "1", "name": [{"family": "HALF"}]}
    odd = {"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Condition", "code": 5}}]}
    for prefetch in ({"patient": patient}, {"patient": patient, "conditions": odd}):
        body = _with(prefetch=prefetch, HALF="HALF").replace(b"HALF", half.encode())

        request = read_hook_request(body)

        assert "1" == request.patient_id
        assert "\ufffd" in json.loads(bytes(request.prefetch["patient"].sent))["name"][0]["family"]


def test_what_is_broken_beside_the_half_is_refused_as_ever() -> None:
    with pytest.raises(MalformedJson):
        read_hook_request(_with(HALF="\ud83d")[:-1])
    with pytest.raises(WrongShape, match="hook"):
        read_hook_request(_with(hook=5, HALF="\ud83d"))


def test_a_refusal_never_repeats_what_was_sent() -> None:
    secret = "canary-7f3a"
    bodies = [
        secret.encode(),
        _with(hook={secret: secret}),
        _with_context(patientId=[secret]),
        _with_context(selections=[{secret: secret}]),
        _with(fhirAuthorization=secret),
        _with()[:-1] + b", " + secret.encode() + b"}",
    ]

    for body in bodies:
        with pytest.raises((MalformedJson, WrongShape)) as caught:
            read_hook_request(body)
        assert secret not in str(caught.value)
