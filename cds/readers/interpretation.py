"""The laboratory's own flags: Observation.interpretation, in its R4 and its older code system alike."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from cds.facts import Bound, LabFlag
from cds.readers.decode import CONCEPTS, Bytes

_FLAGS: Mapping[str, LabFlag] = MappingProxyType(
    {
        "L": LabFlag.LOW,
        "LU": LabFlag.LOW,  # significantly low, but not critical
        "L<": LabFlag.LOW,
        "LX": LabFlag.LOW,
        "LOW": LabFlag.LOW,
        "BELOW LOW NORMAL": LabFlag.LOW,
        "LL": LabFlag.CRITICALLY_LOW,
        "CRITICAL LOW": LabFlag.CRITICALLY_LOW,
        "CRITICALLY LOW": LabFlag.CRITICALLY_LOW,
        "LOW CRITICAL": LabFlag.CRITICALLY_LOW,
        "LOW PANIC": LabFlag.CRITICALLY_LOW,
        "PANIC LOW": LabFlag.CRITICALLY_LOW,
        "N": LabFlag.NORMAL,
        "NORMAL": LabFlag.NORMAL,
        "H": LabFlag.HIGH,
        "HH": LabFlag.HIGH,
        "HU": LabFlag.HIGH,
        "H>": LabFlag.HIGH,
        "HX": LabFlag.HIGH,
        "HIGH": LabFlag.HIGH,
    }
)
_STRENGTH = (LabFlag.CRITICALLY_LOW, LabFlag.LOW, LabFlag.HIGH, LabFlag.NORMAL)
_OFF_SCALE: Mapping[str, Bound] = MappingProxyType({"<": Bound.BELOW, ">": Bound.ABOVE})
_CRITICAL = "AA"  # critically abnormal, in which direction is not said


class Interpretation(NamedTuple):
    """What the laboratory thinks of one result.

    Attributes:
        flag: the most alarming one sent.
        off_scale: the value is a limit of what could be measured.
        critical: marked critical without a direction (``AA``).
    """

    flag: LabFlag | None = None
    off_scale: Bound | None = None
    critical: bool = False

    @property
    def is_said(self) -> bool:
        """Whether there is any flag."""
        return self.flag is not None or self.critical


def read_interpretation(sent: Bytes) -> Interpretation:
    """The flags in a list of CodeableConcept; unknown codes say nothing."""
    concepts = CONCEPTS.read(sent) if sent else None
    if not concepts:
        return Interpretation()
    words = {coding.code.strip().upper() for concept in concepts for coding in concept.coding}
    words |= {concept.text.strip().upper() for concept in concepts}
    flags = {flag for word in words if (flag := _FLAGS.get(word))}
    return Interpretation(
        flag=next((flag for flag in _STRENGTH if flag in flags), None),
        off_scale=next((bound for word, bound in _OFF_SCALE.items() if word in words), None),
        critical=_CRITICAL in words,
    )
