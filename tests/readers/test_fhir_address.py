"""Which address is the listed one, which link leads elsewhere, and what an id can do in a query."""

from __future__ import annotations

import pytest

from cds.readers.fhir_address import fill_in, find_listed, inside

NORTH = "https://fhir.north.example.org/R4"
LISTED = (NORTH, "http://127.0.0.1:8099/fhir/", "https://[2001:db8::1]:8443/r4")
BASE = "https://h.example/fhir"
SEEN_AT = f"{BASE}/Observation?patient=1"


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (NORTH, NORTH),
        (f"{NORTH}/", NORTH),
        (f" {NORTH} ", NORTH),
        ("HTTPS://FHIR.North.example.org:443/R4", NORTH),
        ("http://127.0.0.1:8099/fhir", "http://127.0.0.1:8099/fhir"),
        ("https://[2001:0DB8:0::0001]:8443/r4", "https://[2001:db8::1]:8443/r4"),
    ],
)
def test_an_address_of_the_list_is_used_as_the_list_writes_it(sent: str, expected: str) -> None:
    assert expected == find_listed(sent, LISTED)


@pytest.mark.parametrize(
    "sent",
    [
        "",
        "https://fhir.south.example.org/R4",
        "http://fhir.north.example.org/R4",
        "https://fhir.north.example.org:444/R4",
        "https://fhir.north.example.org:/R4",
        "https://fhir.north.example.org:0/R4",
        "https://fhir.north.example.org:99999/R4",
        "https://fhir.north.example.org/r4",
        "https://fhir.north.example.org/R4/Patient",
        "https://fhir.north.example.org//R4",
        "https://fhir.north.example.org/x/../R4",
        "https://fhir.north.example.org/x/%2E%2e/R4",
        "https://fhir.north.example.org./R4",
        "https://fhir.north.example.org@evil.example/R4",
        "https://user:word@fhir.north.example.org/R4",
        "https://evil.example\\@fhir.north.example.org/R4",
        "https://fhir.north.example.org\t.evil.example/R4",
        "https://fhir.n\u00f6rth.example.org/R4",
        f"{NORTH}?x",
        f"{NORTH}#",
        f"{NORTH}\n",
        "//fhir.north.example.org/R4",
        "fhir.north.example.org/R4",
        "file:///fhir.north.example.org/R4",
        "http://127.1:8099/fhir",
        "http://2130706433:8099/fhir",
        "http://0x7f.0.0.1:8099/fhir",
        "http://[::ffff:127.0.0.1]:8099/fhir",
        "http://localhost:8099/fhir",
        "https://[2001:db8::1%25eth0]:8443/r4",
        "https://[2001:db8::1",
    ],
)
def test_anything_else_is_not_the_listed_server(sent: str) -> None:
    assert "" == find_listed(sent, LISTED)


def test_without_a_list_no_server_is_known() -> None:
    assert "" == find_listed(NORTH, ())


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        (f"{BASE}?_getpages=1&page=2", f"{BASE}?_getpages=1&page=2"),
        ("https://H.example:443/fhir/Observation?page=2", f"{BASE}/Observation?page=2"),
        ("?page=2", f"{BASE}/Observation?page=2"),
        ("Observation?page=2", f"{BASE}/Observation?page=2"),
        ("/fhir/Observation?page=2", f"{BASE}/Observation?page=2"),
        (f"{BASE}?from=https://evil.example/@x", f"{BASE}?from=https://evil.example/@x"),
    ],
)
def test_a_link_below_the_base_is_followed_there(link: str, expected: str) -> None:
    assert expected == inside(BASE, link, SEEN_AT)


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/fhir?page=2",
        "//evil.example/fhir?page=2",
        "http://h.example/fhir?page=2",
        "https://h.example:8443/fhir?page=2",
        "https://h.example@evil.example/fhir?page=2",
        "https://h.example\\.evil.example/fhir",
        "https://h.example/fhirx?page=2",
        "https://h.example/?page=2",
        "https://h.example/fhir/../admin",
        "https://h.example/fhir/%2e%2E/admin",
        "https://h.example/fhir/a//b",
        "https://h.example/fhir/%2e%2e%2fadmin",
        "https://h.example/fhir/..%5Cadmin",
        "../admin",
        "?page=2#x",
        "?page=2\r\nX: y",
        "javascript:alert(1)",
        "https://[::1",
        "",
    ],
)
def test_a_link_that_leads_elsewhere_is_not_followed(link: str) -> None:
    assert "" == inside(BASE, link, SEEN_AT)


def test_an_id_stays_in_its_place() -> None:
    """Neither a path, nor a second parameter, nor a second patient can be smuggled in."""
    assert "Patient/a%2F..%2Fb%3Fc" == fill_in("Patient/{{context.patientId}}", "a/../b?c")
    assert "Observation?patient=1%5C%2C2%26code%3Dx&code=a,b" == fill_in(
        "Observation?patient={{context.patientId}}&code=a,b", "1,2&code=x"
    )


@pytest.mark.parametrize("patient_id", [".", ".."])
def test_an_id_that_is_a_step_of_a_path_cannot_be_asked_for(patient_id: str) -> None:
    assert "" == fill_in("Patient/{{context.patientId}}", patient_id)
