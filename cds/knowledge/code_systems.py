"""The code systems of medicines, by every address under which EHRs send them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from cds.knowledge.lookup import System
from cds.knowledge.ndc import normalise_ndc

RXNORM: Final = "rxnorm"
NDC: Final = "ndc"
ATC: Final = "atc"
SNOMED: Final = "snomed"
SYSTEMS: Mapping[str, str] = MappingProxyType(
    {
        "http://www.nlm.nih.gov/research/umls/rxnorm": RXNORM,
        "urn:oid:2.16.840.1.113883.6.88": RXNORM,
        "http://hl7.org/fhir/sid/ndc": NDC,
        "urn:oid:2.16.840.1.113883.6.69": NDC,
        # MIMIC-IV on FHIR has a system of its own for the same codes
        "http://mimic.mit.edu/fhir/mimic/CodeSystem/mimic-medication-ndc": NDC,
        "http://www.whocc.no/atc": ATC,
        "urn:oid:2.16.840.1.113883.6.73": ATC,
        "http://snomed.info/sct": SNOMED,
        "urn:oid:2.16.840.1.113883.6.96": SNOMED,
    }
)
_RXCUI = re.compile(r"[1-9]\d{0,7}", re.ASCII)


def question_of(system: str, code: str) -> tuple[System, str] | None:
    """What may be asked of others: an RxNorm code or an NDC in its usual spelling, and nothing else."""
    name = SYSTEMS.get(system)
    if name == RXNORM and _RXCUI.fullmatch(code):
        return RXNORM, code
    ndc = normalise_ndc(code) if name == NDC else None
    return None if ndc is None else (NDC, ndc)
