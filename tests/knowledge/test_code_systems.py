"""A code system is known by its address, however that is written, and by its OID."""

from __future__ import annotations

import pytest

from cds.knowledge.code_systems import (
    ATC,
    CVX,
    ICD10CM,
    LOINC,
    NDC,
    RXNORM,
    SNOMED,
    SYSTEM_OF,
    plain_address,
    question_of,
)

ADDRESSES = {
    "http://loinc.org": LOINC,
    "http://www.nlm.nih.gov/research/umls/rxnorm": RXNORM,
    "http://hl7.org/fhir/sid/ndc": NDC,
    "http://mimic.mit.edu/fhir/mimic/CodeSystem/mimic-medication-ndc": NDC,
    "http://www.whocc.no/atc": ATC,
    "http://snomed.info/sct": SNOMED,
    "http://hl7.org/fhir/sid/cvx": CVX,
    "http://hl7.org/fhir/sid/icd-10-cm": ICD10CM,
}
OIDS = {
    "2.16.840.1.113883.6.1": LOINC,
    "2.16.840.1.113883.6.88": RXNORM,
    "2.16.840.1.113883.6.69": NDC,
    "2.16.840.1.113883.6.73": ATC,
    "2.16.840.1.113883.6.96": SNOMED,
    "2.16.840.1.113883.12.292": CVX,
    "2.16.840.1.113883.6.90": ICD10CM,
}


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_has_several_spellings(address: str) -> None:
    spellings = (
        address,
        f"{address}/",
        f" {address} ",
        address.upper(),
        address.replace("http://", "https://"),
        address.replace("http://", "http: //"),
        address.replace("http://", ""),
    )

    assert dict.fromkeys(spellings, ADDRESSES[address]) == {
        spelling: SYSTEM_OF[spelling] for spelling in spellings
    }


@pytest.mark.parametrize("oid", OIDS)
def test_an_oid_may_be_written_as_a_urn_or_bare(oid: str) -> None:
    assert {OIDS[oid]} == {SYSTEM_OF[each] for each in (oid, f"urn:oid:{oid}", f"URN:OID:{oid}")}


@pytest.mark.parametrize(
    "address",
    ["", "/", "http://", "rxnorm", "http://loinc.org/vs", "http://snomed.info/sct2", "ftp://loinc.org",
     "urn:oid:2.16.840.1.113883.6.8", "http://fhir.de/CodeSystem/bfarm/icd-10-gm",
     "http://hl7.org/fhir/sid/icd-10", "http://evil.example.org/?http://loinc.org"],
)  # fmt: skip
def test_another_address_is_another_system(address: str) -> None:
    assert "" == SYSTEM_OF[address]


def test_only_so_much_of_what_is_sent_is_remembered() -> None:
    for number in range(3000):
        assert "" == SYSTEM_OF[f"urn:hospital:{number}"]
    long = "http://snomed.info/sct" + "/" * 100_000

    assert SNOMED == SYSTEM_OF[long]
    assert len(SYSTEM_OF) <= 1000
    assert long not in SYSTEM_OF
    assert RXNORM == SYSTEM_OF["HTTPS://www.nlm.nih.gov/research/umls/RxNorm//"]


def test_no_address_is_told_from_one_that_is_not_known() -> None:
    assert [""] * 3 == [plain_address(each) for each in ("", " ", "/")]
    assert "urn:local" == plain_address("urn:local")


def test_a_code_is_asked_of_others_whatever_the_spelling_of_its_system() -> None:
    assert ("rxnorm", "6835") == question_of("https://www.nlm.nih.gov/research/umls/rxnorm/", "6835")
    assert ("ndc", "00078012605") == question_of("2.16.840.1.113883.6.69", "00078-0126-05")
    assert question_of("https://loinc.org", "6835") is None
