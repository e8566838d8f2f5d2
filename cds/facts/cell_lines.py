"""What is counted in the blood."""

from __future__ import annotations

from enum import StrEnum


class CellLine(StrEnum):
    """What is counted in the blood. The first six are the white cell lines; the rest is context."""

    LEUKOCYTES = "leukocytes"
    NEUTROPHILS = "neutrophils"
    LYMPHOCYTES = "lymphocytes"
    MONOCYTES = "monocytes"
    EOSINOPHILS = "eosinophils"
    BASOPHILS = "basophils"
    SEGMENTED = "segmented"
    BANDS = "bands"
    GRANULOCYTES = "granulocytes"
    VARIANT_LYMPHOCYTES = "variant-lymphocytes"
    IMMATURE = "immature"
    OTHER_CELLS = "other-cells"
    BLASTS = "blasts"
    CD4 = "cd4"
    NUCLEATED_RED = "nucleated-red"
    HAEMOGLOBIN = "haemoglobin"
    PLATELETS = "platelets"
    RETICULOCYTES = "reticulocytes"


WHITE_CELL_LINES: tuple[CellLine, ...] = (
    CellLine.LEUKOCYTES,
    CellLine.NEUTROPHILS,
    CellLine.LYMPHOCYTES,
    CellLine.MONOCYTES,
    CellLine.EOSINOPHILS,
    CellLine.BASOPHILS,
)
