"""Everything that a FHIR server can get wrong, and by which reason it is known."""

from __future__ import annotations

from tests.faults import fhir_server as stub
from tests.faults.fhir_server import EMPTY, Behave, as_json

OUTCOME = as_json(stub.NOT_FOUND)
STRANGER = as_json(
    EMPTY
    | {
        "entry": [
            {"resource": {"resourceType": kind, "id": "x", "subject": {"reference": "Patient/somebody-else"}}}
            for kind in ("Observation", "MedicationRequest")
        ]
    }
)

FAULTS: list[tuple[str, Behave, str]] = [
    *[(f"{status}", stub.refusing(status), f"http-{status}") for status in (400, 401, 403, 404, 410)],
    ("429", stub.refusing(429, Retry_After="120"), "http-429"),
    *[(f"{status}", stub.refusing(status), f"http-{status}") for status in (500, 502, 503)],
    ("html", stub.saying(b"<html>Log in</html>", "text/html"), "media-type"),
    ("html-called-json", stub.saying(b"<html>Log in</html>"), "invalid-json"),
    ("invalid-json", stub.saying(b'{"resourceType":"Bundle","entry":[{]}'), "invalid-json"),
    ("half-a-bundle", stub.saying(b'{"resourceType":"Bundle","entry":['), "invalid-json"),
    ("nothing", stub.saying(b""), "invalid-json"),
    ("null", stub.saying(b"null"), "not-a-bundle"),
    ("list", stub.saying(b"[]"), "not-a-bundle"),
    ("no-resource", stub.saying(b'{"total":0}'), "not-a-bundle"),
    ("not-a-bundle", stub.saying(b'{"resourceType":"Observation","id":"o1"}'), "not-a-bundle"),
    ("outcome", stub.saying(OUTCOME), "outcome-error"),
    ("outcome-in-bundle", stub.saying(as_json(EMPTY | {"entry": [{"resource": stub.NOT_FOUND}]})), "outcome"),
    ("counted-and-not-sent", stub.saying(as_json(EMPTY | {"total": 3})), "without-entries"),
    ("another-patient", stub.saying(STRANGER), "other-patient"),
    ("redirect", stub.refusing(302, Location="http://127.0.0.1:9/fhir"), "redirect"),
    ("redirect-for-good", stub.refusing(308, Location="/fhir/there"), "redirect"),
    ("huge", stub.saying(b'{"resourceType":"Bundle","x":"' + b"x" * 200_000 + b'"}'), "too-large"),
    ("bomb", stub.bomb, "too-large"),
    ("not-packed", stub.saying(b"{}", Content_Encoding="gzip"), "encoding"),
    ("packed-strangely", stub.saying(b"{}", Content_Encoding="br"), "encoding"),
    ("reset", stub.reset, "broken-off"),
    ("cut", stub.cut, "broken-off"),
    ("hangs", stub.hang, "timeout"),
    ("drips-headers", stub.drip_headers, "timeout"),
    ("drips-body", stub.drip_body, "timeout"),
]
