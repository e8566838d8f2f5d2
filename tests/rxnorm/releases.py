"""Small RxNorm releases in the true layout: every column of NLM's tables, each row ended by a pipe.

Codes and names of what is in use are RxNorm's own; those of rows that show a fault are invented.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile


def concept(code: int, kind: str, name: str, *, source: str = "RXNORM", suppressed: str = "N") -> str:
    """A row of RXNCONSO.RRF."""
    return f"{code}|ENG||||||{code}1|{code}1|{code}||{source}|{kind}|{code}|{name}||{suppressed}|4096|"


def relation(whole: int, way: str, part: int, *, source: str = "RXNORM", suppressed: str = "") -> str:
    """A row of RXNREL.RRF for "``whole`` ``way`` ``part``": the part stands first."""
    return f"{part}||CUI|RO|{whole}||CUI|{way}|{whole}{part}||{source}||||{suppressed}|4096|"


def attribute(
    code: int, value: str, *, name: str = "NDC", source: str = "RXNORM", suppressed: str = "N"
) -> str:
    """A row of RXNSAT.RRF; by default an NDC."""
    return f"{code}|||{code}1|AUI|{code}|||{name}|{source}|{value}|{suppressed}|4096|"


def archived(code: int, kind: str, name: str, merged_to: int | str = "", *, source: str = "RXNORM") -> str:
    """A row of RXNATOMARCHIVE.RRF."""
    when = "2009-09-08 10:00:00"
    return (
        f"{code}1||{name}|{when}|{when}|{when}|{code}||ENG|09AA_090706F||RXNORM_09AA_090706F|{code}|{source}"
        f"|{kind}|{merged_to}|"
    )


def successor(old: int, new: int, cardinality: int = 1) -> str:
    """A row of RXNCUI.RRF; a code without a successor is its own."""
    return f"{old}|RXNORM_04AC_050210F|RXNORM_09AA_090706F|{cardinality}|{new}|"


SOURCE = (
    "C3847853|C1140284|RXNORM_25AB_251006F|RXNORM|RxNorm Vocabulary, 25AB_251006F|RXNORM|25AB_251006F|||"
    "2025AB||NLM|NLM|0|1|1|||NDC,RXN_STRENGTH|ENG|UTF-8|Y|Y|RXNORM|;;;;;|"
)

CONCEPTS = [
    concept(6835, "IN", "methimazole"),
    concept(6835, "SY", "thiamazole"),
    concept(6835, "IN", "METHIMAZOLE", source="VANDF"),
    concept(316253, "SCDC", "methimazole 10 MG"),
    concept(197941, "SCD", "methimazole 10 MG Oral Tablet"),
    concept(373072, "SCDF", "methimazole Oral Tablet"),
    concept(1156439, "SCDG", "methimazole Pill"),
    concept(10180, "IN", "sulfamethoxazole"),
    concept(10829, "IN", "trimethoprim"),
    concept(10831, "MIN", "sulfamethoxazole / trimethoprim"),
    concept(317088, "SCDC", "sulfamethoxazole 800 MG"),
    concept(316867, "SCDC", "trimethoprim 160 MG"),
    concept(198335, "SCD", "sulfamethoxazole 800 MG / trimethoprim 160 MG Oral Tablet"),
    concept(215424, "BN", "Bactrim"),
    concept(564027, "SBDC", "sulfamethoxazole 800 MG / trimethoprim 160 MG [Bactrim]"),
    concept(849580, "SBD", "sulfamethoxazole 800 MG / trimethoprim 160 MG Oral Tablet [Bactrim]"),
    concept(121191, "IN", "rituximab"),
    concept(2105824, "PIN", "rituximab-abbs"),
    concept(2105825, "SCDC", "rituximab-abbs 10 MG/ML"),
    concept(2105827, "SCD", "10 ML rituximab-abbs 10 MG/ML Injection"),
    concept(17767, "IN", "amlodipine"),
    concept(104416, "PIN", "amlodipine besylate"),
    concept(329528, "SCDC", "amlodipine 5 MG"),
    concept(197361, "SCD", "amlodipine 5 MG Oral Tablet"),
    concept(7646, "IN", "omeprazole"),
    concept(21212, "IN", "clarithromycin"),
    concept(723, "IN", "amoxicillin"),
    concept(317000, "SCDC", "omeprazole 20 MG"),
    concept(317001, "SCDC", "clarithromycin 500 MG"),
    concept(317002, "SCDC", "amoxicillin 500 MG"),
    concept(198051, "SCD", "omeprazole 20 MG Delayed Release Oral Capsule"),
    concept(197517, "SCD", "clarithromycin 500 MG Oral Tablet"),
    concept(308191, "SCD", "amoxicillin 500 MG Oral Capsule"),
    concept(1000010, "GPCK", "{20 (amoxicillin) / 10 (clarithromycin) / 10 (omeprazole) } Pack"),
    concept(1000011, "BPCK", "{20 (amoxicillin) / 10 (clarithromycin) / 10 (omeprazole) } Pack [Omeclamox]"),
    concept(106258, "SCD", "omeprazole 10 MG/ML Topical Cream"),
    # obsolete, with and without relations, and one that was never to be dispensed
    concept(207012, "SBD", "methimazole 10 MG Oral Tablet [Tapazole]", suppressed="O"),
    concept(207013, "SBD", "methimazole 5 MG Oral Tablet [Tapazole]", suppressed="O"),
    concept(207014, "SCD", "methimazole 1 MG/ML Oral Solution", suppressed="E"),
    # withdrawn, and a source that needs a licence
    concept(900001, "SCD", "methimazole 7 MG Oral Tablet", suppressed="Y"),
    concept(900002, "SCD", "methimazole 8 MG Oral Tablet", source="MMSL"),
    # a part of it is nowhere told
    concept(900003, "SCD", "methimazole 9 MG / novelty 1 MG Oral Tablet"),
    concept(900004, "PIN", "orphan salt"),
]
RELATIONS = [
    relation(316253, "has_ingredient", 6835),
    relation(197941, "consists_of", 316253),
    relation(197941, "consists_of", 17767, source="MMSL"),
    relation(197941, "consists_of", 329528, suppressed="Y"),
    relation(197941, "consists_of", 316867, suppressed="O"),
    relation(373072, "has_ingredient", 6835),
    relation(1156439, "has_ingredient", 6835),
    relation(10831, "has_part", 10180),
    relation(10831, "has_part", 10829),
    relation(317088, "has_ingredient", 10180),
    relation(316867, "has_ingredient", 10829),
    relation(198335, "consists_of", 317088),
    relation(198335, "consists_of", 316867),
    relation(198335, "has_ingredients", 10831),
    relation(215424, "tradename_of", 10180),
    relation(215424, "tradename_of", 10829),
    # told the other way round, as the release does too
    relation(317088, "has_tradename", 564027),
    relation(316867, "has_tradename", 564027),
    relation(849580, "consists_of", 564027),
    relation(849580, "has_ingredient", 215424),
    relation(849580, "tradename_of", 198335),
    relation(2105824, "form_of", 121191),
    relation(2105825, "has_ingredient", 121191),
    relation(2105825, "has_precise_ingredient", 2105824),
    relation(2105827, "consists_of", 2105825),
    relation(104416, "form_of", 17767),
    relation(329528, "has_ingredient", 17767),
    relation(329528, "has_precise_ingredient", 104416),
    relation(197361, "consists_of", 329528),
    relation(317000, "has_ingredient", 7646),
    relation(317001, "has_ingredient", 21212),
    relation(317002, "has_ingredient", 723),
    relation(198051, "consists_of", 317000),
    relation(197517, "consists_of", 317001),
    relation(308191, "consists_of", 317002),
    relation(106258, "consists_of", 317000),
    relation(1000010, "contains", 198051),
    relation(1000010, "contains", 197517),
    relation(1000010, "contains", 308191),
    relation(1000011, "tradename_of", 1000010),
    relation(207012, "tradename_of", 197941, suppressed="O"),
    relation(900002, "consists_of", 316253),
    relation(900003, "consists_of", 316253),
    relation(900003, "consists_of", 999999),
    # relations between atoms have no concept codes
    "|1|AUI|RO||2|AUI|has_ingredient|9||RXNORM|||||4096|",
]
ATTRIBUTES = [
    attribute(197941, "00093321001"),
    attribute(849580, "49708014601"),
    attribute(197361, "00069153066"),
    attribute(1000011, "58914001001"),
    attribute(207012, "52244010010", suppressed="O"),
    # given to another product later
    attribute(198051, "11111111111", suppressed="O"),
    attribute(197941, "11111111111"),
    # twice in use, for different ingredients, and for the same ones
    attribute(197941, "22222222222"),
    attribute(197361, "22222222222"),
    attribute(198335, "33333333333"),
    attribute(849580, "33333333333"),
    # not to be read
    attribute(197941, "44444444444", source="MTHSPL"),
    attribute(197941, "55555555555", suppressed="Y"),
    attribute(197941, "6666-6666"),
    attribute(197941, "10 MG", name="RXN_STRENGTH"),
    attribute(900003, "77777777777"),
]
ARCHIVE = [
    archived(91919, "SCD", "Sulfamethoxazole 800 MG / Trimethoprim 160 MG Oral Tablet", 849580),
    archived(91920, "SCD", "an old name", 91919),
    archived(106000, "SCD", "Trimethoprim 100 MG Oral Tablet"),
    archived(106001, "SBD", "Omeprazole 20 MG / Novelty 5 MG Oral Tablet [Both]"),
    archived(106002, "SCD", "Omeprazole 10 MG Oral Tablet"),
    archived(106004, "SCD", "Amoxicillin 10 MG/ML Topical Cream"),
    archived(106002, "SCD", "Amoxicillin 10 MG Oral Tablet"),
    archived(106003, "SCD", "Amoxicillin 10 MG Oral Tablet", source="NDDF"),
    archived(197941, "SCD", "Methimazole 10 MG Oral Tablet", 197361),  # only an atom of it has moved
]
SUCCESSORS = [
    successor(105048, 198335, 2),
    successor(105048, 849580, 2),
    successor(105049, 198335, 2),
    successor(105049, 197941, 2),
    successor(105050, 105050),
    successor(105051, 197361),
]

PRESCRIBABLE: Mapping[str, Iterable[str]] = {
    "rrf/RXNCONSO.RRF": CONCEPTS,
    "rrf/RXNREL.RRF": RELATIONS,
    "rrf/RXNSAT.RRF": ATTRIBUTES,
}
FULL: Mapping[str, Iterable[str]] = {
    "Readme_Full_10062025.txt": ["README: RxNorm 10/06/2025 Full Update Release"],
    "prescribe/rrf/RXNCONSO.RRF": [],
    "prescribe/rrf/RXNREL.RRF": [],
    "prescribe/rrf/RXNSAT.RRF": [],
    **PRESCRIBABLE,
    "rrf/RXNATOMARCHIVE.RRF": ARCHIVE,
    "rrf/RXNCUI.RRF": SUCCESSORS,
    "rrf/RXNSAB.RRF": [SOURCE],
}


def write_release(path: Path, tables: Mapping[str, Iterable[str]] = FULL) -> Path:
    """The tables as a zip at ``path``."""
    path.write_bytes(zipped(tables))
    return path


def zipped(tables: Mapping[str, Iterable[str]]) -> bytes:
    """The tables as the bytes of a zip."""
    packed = io.BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        for name, rows in tables.items():
            archive.writestr(name, "".join(f"{row}\n" for row in rows))
    return packed.getvalue()
