"""What is known of one patient at one moment: plain, typed, free of FHIR.

Facts are made by ``cds.readers`` and read by ``cds.rules``. They hold what was *sent*; nothing here is
judged. Counts are in 10*9/L (the same number as 10*3/uL), haemoglobin in g/dL, percentages in percent,
temperatures in degrees Celsius; all numbers are ``Decimal`` and keep the digits of the wire. Moments are
timezone-aware. ``reference`` and ``references`` are relative FHIR references such as ``Observation/o2``:
they are how a card cites its evidence.
"""

from cds.facts.cell_lines import WHITE_CELL_LINES, CellLine
from cds.facts.gaps import Gap, GapKind
from cds.facts.history import KnownCondition, PriorReaction
from cds.facts.medicines import DrugMatch, MedicationUse
from cds.facts.moments import Precision, When
from cds.facts.orders import DraftAction, DraftOrder, OrderedTest
from cds.facts.outline import Outline, ResultColumn
from cds.facts.patient import Patient, PatientFacts
from cds.facts.results import Bound, Calculation, CellCount, CellFraction, LabFlag, ResultStatus, Temperature

__all__ = [
    "WHITE_CELL_LINES",
    "Bound",
    "Calculation",
    "CellCount",
    "CellFraction",
    "CellLine",
    "DraftAction",
    "DraftOrder",
    "DrugMatch",
    "Gap",
    "GapKind",
    "KnownCondition",
    "LabFlag",
    "MedicationUse",
    "OrderedTest",
    "Outline",
    "Patient",
    "PatientFacts",
    "Precision",
    "PriorReaction",
    "ResultColumn",
    "ResultStatus",
    "Temperature",
    "When",
]
