"""Services with one defect each, and the check that has to find it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from flask import Response, request

from tests.conformance.small_door import Json

DROP = "\N{DROP OF BLOOD}"  # one character, two units of UTF-16


@dataclass(frozen=True)
class Defect:
    """One way to be wrong.

    Attributes:
        name: in words.
        found_by: names of the checks that have to find it.
        serving: arguments of ``serving`` that make it so.
        options: what the kit needs to find it.
    """

    name: str
    found_by: tuple[str, ...]
    serving: dict[str, Any] = field(default_factory=dict)
    signed: bool = False
    options: dict[str, Any] = field(default_factory=dict)


def flaw(name: str, *found_by: str, signed: bool = False, **options: Any) -> Defect:
    """One that is written out in the small service."""
    return Defect(name, found_by, {"flaw": name}, signed, options)


def listing(name: str, found_by: str, spoil: Callable[[Json], Any]) -> Defect:
    """One of the first service that discovery lists."""
    return Defect(name, (found_by,), {"discovery": lambda found: spoil(found["services"][0])})


def template(name: str, found_by: str, text: Any) -> Defect:
    """One of a prefetch template."""
    return listing(name, found_by, lambda service: service["prefetch"].update(x=text))


def card(name: str, found_by: str, spoil: Callable[[Json], Any]) -> Defect:
    """One of every card."""

    def spoil_all(answer: Json) -> None:
        for each in answer["cards"]:
            spoil(each)

    return Defect(name, (found_by,), {"answer": spoil_all})


def member(name: str, found_by: str, **members: Any) -> Defect:
    """A card with these members."""
    return card(name, found_by, lambda each: each.update(members))


def answer(name: str, found_by: str, spoil: Callable[[Json], Any]) -> Defect:
    """One of the whole answer."""
    return Defect(name, (found_by,), {"answer": spoil})


def response(name: str, found_by: str, spoil: Callable[[Response], Any]) -> Defect:
    """One of every response."""
    return Defect(name, (found_by,), {"respond": spoil})


def _action(place: int) -> Callable[[Json], Json]:
    return lambda each: each["suggestions"][place]["actions"][0]


def _link(**members: Any) -> Callable[[Json], Any]:
    return lambda each: each["links"][0].update(members)


def _duplicate(answer: Json) -> None:
    answer["cards"] += [each | {"uuid": f"{each['uuid']}-2"} for each in answer["cards"]]


def _hide(found: Response) -> None:
    if request.method == "POST" and request.path.endswith("/small"):
        found.status_code = 404


def _redirect(found: Response) -> None:
    if request.path.endswith("/"):
        found.status_code, found.data = 301, b""


def _nan(found: Response) -> None:
    found.data = found.data.replace(b'"indicator": "info"', b'"indicator": "info", "x": NaN')


def _without_object(found: Response) -> None:
    if found.status_code == 200 and request.method == "POST":
        found.data = b"[]"


def _unlist(found: Json) -> None:
    found["services"] = {}


def _as_text(found: Response) -> None:
    found.content_type = "text/plain"


def _vary(found: Json) -> None:
    for each in found["cards"]:
        each["detail"] = each["uuid"]


CREATE, DELETE = _action(0), _action(1)

LISTED = [
    Defect("an object of services", ("discovery-lists-services",), {"discovery": _unlist}),
    flaw("unstable discovery", "discovery-is-stable"),
    listing("no hook", "every-service-names-its-hook", lambda s: s.pop("hook")),
    listing("an id with a slash", "every-service-has-an-id", lambda s: s.update(id="a/b")),
    listing("a blank description", "every-service-describes-itself", lambda s: s.update(description=" ")),
    listing("no title", "every-service-has-a-title", lambda s: s.pop("title")),
    listing("usage as a list", "usage-requirements-are-text", lambda s: s.update(usageRequirements=["x"])),
    listing("version STU1", "versions-are-versions", lambda s: s.update(version="STU1")),
    listing("an empty prefetch", "prefetch-is-an-object-of-templates", lambda s: s.update(prefetch={})),
    template("a template that is none", "prefetch-is-an-object-of-templates", {"query": "Patient"}),
    Defect(
        "listed twice",
        ("no-service-is-listed-twice",),
        {"discovery": lambda d: d["services"].append(dict(d["services"][0]))},
    ),
    listing("order-review", "no-deprecated-hook-is-offered", lambda s: s.update(hook="order-review")),
    response("a redirect", "discovery-forgives-a-trailing-slash", _redirect),
    listing("null in discovery", "nothing-empty-is-sent", lambda s: s.update(icon=None)),
    template(
        "a whole address", "templates-are-relative", "https://fhir.example.org/Patient/{{context.patientId}}"
    ),
    template("a leading slash", "templates-are-relative", "/Patient/{{context.patientId}}"),
    template("a token of nobody", "tokens-are-known-to-every-client", "Patient/{{patient.id}}"),
    template("the drafts as token", "tokens-are-known-to-every-client", "Patient/{{context.draftOrders}}"),
    template("a field of another hook", "tokens-are-known-to-every-client", "Task/{{context.performer}}"),
    template("a date to compute", "tokens-need-no-fhirpath", "Observation?date=ge{{today() - 90 days}}"),
    template("a key listed later", "keys-are-listed-before-they-are-used", "Task?patient={{%y.id}}"),
    template("_include", "searches-are-of-the-recommended-kind", "Task?_include=Task:owner"),
    template("a chain", "searches-are-of-the-recommended-kind", "Task?owner.name=x"),
    template("sort:desc", "sorting-is-that-of-r4", "Observation?sort:desc=date"),
    template("one parameter twice", "no-parameter-is-repeated", "Task?date=ge2020&date=le2030"),
    template("a space", "templates-survive-encoding", "Task?code=a b"),
]

CARDS = [
    member("a summary of 140", "summaries-are-short", summary="x" * 140),
    member("a summary of 70 drops", "summaries-are-short", summary=DROP * 70),
    member("a blank summary", "summaries-are-short", summary=" "),
    member("two lines", "summaries-are-one-line", summary="x\ny"),
    member("hard-stop", "indicators-are-known", indicator="hard-stop"),
    card("a source without label", "sources-have-a-label", lambda each: each["source"].pop("label")),
    card("a relative source", "source-addresses-are-absolute", lambda each: each["source"].update(url="/x")),
    card("a topic without system", "topics-are-codings", lambda each: each["source"]["topic"].pop("system")),
    card(
        "a topic with a hyphen",
        "topic-codes-are-letters-and-digits",
        lambda each: each["source"]["topic"].update(code="a-b"),
    ),
    member("the same uuid always", "identifiers-are-unique", uuid="d1577c69-dfbe-44ad-ba6d-3e05e953b2ea"),
    card("no uuid", "cards-can-be-named-in-feedback", lambda each: each.pop("uuid")),
    card("a link without type", "links-are-whole", lambda each: each["links"][0].pop("type")),
    card("a relative link", "links-are-whole", _link(url="page")),
    card("appContext on absolute", "app-context-is-for-smart-links", _link(appContext="x")),
    card(
        "a launch with iss",
        "smart-links-are-launch-addresses",
        _link(type="smart", url="https://x.example.org?iss=y&launch=z"),
    ),
    card(
        "a reason without display",
        "override-reasons-are-codings",
        lambda each: each["overrideReasons"][0].pop("display"),
    ),
    card(
        "the same reason twice",
        "override-reasons-are-codings",
        lambda each: each.update(overrideReasons=each["overrideReasons"] * 2),
    ),
    member("HTML", "details-are-plain-markdown", detail="<b>ANC</b>"),
    member("two bare powers", "powers-of-ten-survive-markdown", detail="WBC 1.9 10*9/L, ANC 0.3 10*9/L"),
    member("an extension as in FHIR", "extensions-are-objects", extension=[{"url": "x"}]),
    member("an extension without domain", "extensions-have-domain-names", extension={"x": 1}),
    member("a member of its own", "cards-have-no-other-members", title="x"),
    answer(
        "the least urgent first",
        "the-most-urgent-card-comes-first",
        lambda found: found["cards"].append(found["cards"][0] | {"indicator": "critical", "uuid": "2"}),
    ),
    answer("the same card twice", "no-card-is-sent-twice", _duplicate),
    member("a null", "nothing-empty-is-sent", suggestions=None),
    member("an empty list", "nothing-empty-is-sent", links=[]),
]

SUGGESTIONS = [
    card("no choice", "suggestions-say-how-many-may-be-chosen", lambda each: each.pop("selectionBehavior")),
    card("nothing to choose", "nothing-to-choose-has-no-behaviour", lambda each: each.pop("suggestions")),
    card("no label", "suggestions-have-a-label", lambda each: each["suggestions"][0].pop("label")),
    card(
        "two recommended",
        "at-most-one-is-recommended",
        lambda each: each.update(
            selectionBehavior="at-most-one",
            suggestions=[one | {"isRecommended": True} for one in each["suggestions"]],
        ),
    ),
    card("no description", "actions-have-type-and-description", lambda each: CREATE(each).pop("description")),
    card(
        "a type of its own", "actions-have-type-and-description", lambda each: CREATE(each).update(type="add")
    ),
    card(
        "nothing to create",
        "created-and-updated-resources-are-whole",
        lambda each: CREATE(each).pop("resource"),
    ),
    card(
        "an update of nobody",
        "created-and-updated-resources-are-whole",
        lambda each: CREATE(each).update(type="update"),
    ),
    card("a delete of nothing", "deletions-name-their-target", lambda each: DELETE(each).pop("resourceId")),
    card(
        "a delete of another order",
        "changes-are-of-orders-in-the-request",
        lambda each: DELETE(each).update(resourceId="MedicationRequest/another"),
    ),
    card(
        "actionSelectionBehavior",
        "actions-need-no-choice",
        lambda each: each["suggestions"][0].update(actionSelectionBehavior="any"),
    ),
    answer(
        "systemActions",
        "nothing-is-done-without-being-asked",
        lambda found: found.update(systemActions=[CREATE(found["cards"][0])]),
    ),
    card(
        "two actions",
        "suggestions-have-one-action",
        lambda each: each["suggestions"][0].update(actions=[CREATE(each), DELETE(each)]),
    ),
]

RESPONSES = [
    response("NaN", "answers-are-json", _nan),
    response("a list as answer", "a-request-is-answered-with-cards", _without_object),
    response(
        "text/plain",
        "answers-are-said-to-be-json",
        _as_text,
    ),
    response("a service that is not there", "every-service-can-be-called", _hide),
    answer("another word each time", "the-same-request-gets-the-same-cards", _vary),
]
