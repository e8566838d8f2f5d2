"""The code systems that are read, by every address under which EHRs send them.

``http: //www.NLM.nih.gov/research/umls/rxnorm/`` occurs, and is nothing else than the address without the
space, the capitals and the slash: so that a code is not passed over for the spelling of its system, all
systems are known by one plain spelling, and each spelling that comes is made plain once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from cds.knowledge.lookup import System
from cds.knowledge.ndc import normalise_ndc

LOINC: Final = "loinc"
RXNORM: Final = "rxnorm"
NDC: Final = "ndc"
ATC: Final = "atc"
SNOMED: Final = "snomed"
CVX: Final = "cvx"
ICD10CM: Final = "icd-10-cm"
OF_MEDICINES: Final = frozenset({RXNORM, NDC, ATC, SNOMED})
"""The systems whose codes and names a medicine is recognised by."""

_PLAIN: Mapping[str, str] = MappingProxyType(
    {
        "loinc.org": LOINC,
        "2.16.840.1.113883.6.1": LOINC,
        "www.nlm.nih.gov/research/umls/rxnorm": RXNORM,
        "2.16.840.1.113883.6.88": RXNORM,
        "hl7.org/fhir/sid/ndc": NDC,
        "2.16.840.1.113883.6.69": NDC,
        # MIMIC-IV on FHIR has a system of its own for the same codes
        "mimic.mit.edu/fhir/mimic/codesystem/mimic-medication-ndc": NDC,
        "www.whocc.no/atc": ATC,
        "2.16.840.1.113883.6.73": ATC,
        "snomed.info/sct": SNOMED,
        "2.16.840.1.113883.6.96": SNOMED,
        "hl7.org/fhir/sid/cvx": CVX,
        "2.16.840.1.113883.12.292": CVX,
        # Only the US modification: D70.1 is chemotherapy there, and any drug in the German one.
        "hl7.org/fhir/sid/icd-10-cm": ICD10CM,
        "2.16.840.1.113883.6.90": ICD10CM,
    }
)
_PREFIXES = ("https://", "http://", "urn:oid:")
_REMEMBERED, _LONGEST_REMEMBERED = 1000, 200  # addresses, and characters of one
_RXCUI = re.compile(r"[1-9]\d{0,7}", re.ASCII)


class _Systems(dict[str, str]):
    """The name of the system at an address, however that is spelt; empty for any other."""

    def __missing__(self, address: str) -> str:
        name = _PLAIN.get(plain_address(address), "")
        if len(address) <= _LONGEST_REMEMBERED and len(self) < _REMEMBERED:
            self[address] = name
        return name


SYSTEM_OF: Final = _Systems()
"""To be asked as ``SYSTEM_OF[address]``: for a spelling that came before this costs no more than any dict."""


def plain_address(address: str) -> str:
    """Without spaces, capitals, scheme and slashes at the end; empty if there is nothing else."""
    plain = "".join(address.split()).lower().rstrip("/")
    for prefix in _PREFIXES:
        plain = plain.removeprefix(prefix)
    return plain


def question_of(system: str, code: str) -> tuple[System, str] | None:
    """What may be asked of others: an RxNorm code or an NDC in its usual spelling, and nothing else."""
    name = SYSTEM_OF[system]
    if name == RXNORM and _RXCUI.fullmatch(code):
        return RXNORM, code
    ndc = normalise_ndc(code) if name == NDC else None
    return None if ndc is None else (NDC, ndc)
