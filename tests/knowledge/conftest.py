"""A small, sound knowledge folder that a test may break."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cds.facts import WHITE_CELL_LINES
from cds.knowledge.folder import PACKAGE_FOLDER
from cds.knowledge.schema import relied_on

REVIEW = """
[review]
authored = "a pharmacist"
reviewed_on = 2026-01-10
next_review = 2027-01-10
"""


def drug_text(name: str, rxnorm: str, *, codes: str = "", names: str = "", extra: str = "") -> str:
    """A drug file: ``codes`` and ``names`` are further members of those tables, ``extra`` of the top."""
    return f"""
name = "{name}"
tier = "core"
drug_class = "a class"
sources = ["label"]
confirmation = "sourced"
{extra}
[codes]
rxnorm = ["{rxnorm}"]
{codes}
[names]
{names}
[effect]
neutrophils = "lowers"
mechanism = "mixed"
explained = "damage to precursors"
[onset]
anchor = "start"
min_days = 3
max_days = 90
typical_days = [7, 30]
explained = "weeks"
[recovery]
max_days = 14
explained = "two weeks"
[evidence]
grade = "A"
frequency = "rare"
{REVIEW}"""


DRUGS = {
    "methimazole": drug_text(
        "methimazole",
        "6835",
        codes='atc = ["H03BB02"]\nsnomed = ["37656002"]',
        names='brands = ["Tapazole"]',
    ),
    "clozapine": drug_text("clozapine", "2626", codes='atc = ["N05AH02"]', names='brands = ["Clozaril"]'),
    "sulfamethoxazole": drug_text(
        "sulfamethoxazole",
        "10180",
        codes='atc = ["J01EC01", "J01EE01"]\nrxnorm_forms = { 10831 = "sulfamethoxazole / trimethoprim" }',
        names='brands = ["Bactrim"]\nalso = ["TMP-SMX", "SMX"]',
    ),
    "trimethoprim": drug_text(
        "trimethoprim",
        "10829",
        codes='atc = ["J01EA01", "J01EE01"]\nrxnorm_forms = { 10831 = "sulfamethoxazole / trimethoprim" }',
        names='brands = ["Bactrim"]\nalso = ["TMP-SMX"]',
    ),
    "cortisone": drug_text("cortisone", "2878"),
    "penicillin-g": drug_text("penicillin G", "7980", names='also = ["penicillin"]'),
    "penicillin-v": drug_text(
        "penicillin V", "7984", codes='rxnorm_forms = { 203195 = "penicillin V potassium" }'
    ),
    "ibuprofen": drug_text("ibuprofen", "5640", names='brands = ["Ibu", "Advil"]'),
}

CODES = {
    "leukocytes": 'count = ["6690-2"]',
    "neutrophils": """count = ["751-8"]
percent = ["770-8"]
percent_manual = ["23761-0"]
fraction = ["30451-9"]""",
    "lymphocytes": 'count = ["731-0"]',
    "monocytes": 'count = ["742-7"]',
    "eosinophils": 'count = ["711-2"]',
    "basophils": 'count = ["704-7"]',
}


def line_text(name: str) -> str:
    return f"""
[[line]]
id = "{name}"
name = "{name}"
short = "{name[:3]}"
speaks = "card"
group = "counts"
codes.{CODES[name].replace(chr(10), chr(10) + "codes.")}
tiers = {{ mild = 1.5, moderate = 1.0, severe = 0.5, profound = 0.1, sources = ["label"] }}
plausible = {{ max_value = 500 }}
children = [
  {{ from_days = 0, to_days = 365, low = 1.0, sources = ["label"] }},
  {{ from_days = 365, to_days = 6574, low = 1.5, sources = ["label"] }},
]
"""


FILES = {
    "sources.toml": """
[[source]]
id = "label"
citation = "A label"
read_as = "full"
[[source]]
id = "own-knowledge"
citation = "What the authors remember"
read_as = "own-knowledge"
""",
    "cell_lines.toml": "".join(line_text(line.value) for line in WHITE_CELL_LINES),
    "units.toml": """
[[unit]]
kind = "count"
factor = 1
spellings = ["k/ul", "g/l"]
[[unit]]
kind = "mass"
factor = 0.1
spellings = ["g/l"]
""",
    "interactions.toml": """
[[pair]]
id = "I01"
first = "methimazole"
second = "clozapine"
lines = ["neutrophils"]
mechanism = "additive"
effect = "lower counts"
severity = "warn"
advice = "more counts"
sources = ["label"]
confirmation = "sourced"
""",
    "conditions.toml": """
[[condition]]
id = "lupus"
name = "lupus"
acts_as = "autoimmune"
icd10cm = ["M32"]
snomed = ["55464009"]
confirmation = "sourced"
"""
    + "".join(
        f"""
[[condition]]
id = "{name}"
name = "{name}"
acts_as = "normal-variant"
confirmation = "sourced"
"""
        for name in relied_on.CONDITIONS
    ),
    "workup.toml": """
[[test]]
id = "smear"
name = "blood smear"
when = ["every-low"]
sources = ["label"]
""",
    "precautions.toml": """
[[precaution]]
id = "hand-hygiene"
row = 1
evidence = "A"
clinician = "Hand hygiene."
sources = ["label"]
""",
    "seeds.toml": """
[[named]]
term = "clozapine"
kind = "drug"
articles = ["label"]
covered_by = ["drug:clozapine"]
""",
    "vaccines.toml": """
[[vaccine]]
cvx = "03"
name = "measles, mumps and rubella"
names = ["MMR", "M-M-R II"]
""",
    "monitoring.toml": """
[[monitoring]]
drug = "clozapine"
line = "neutrophils"
steps = [{ from_days = 0, every_days = 7, grace_days = 2 }]
sources = ["label"]
confirmation = "sourced"
[[clozapine_band]]
policy = "us-label"
duffy_null = false
from_per_ul = 0
below_per_ul = 1500
action = "interrupt"
advice = "Ask haematology."
urgency = "warning"
sources = ["label"]
confirmation = "sourced"
[[clozapine_band]]
policy = "us-label"
duffy_null = false
from_per_ul = 1500
action = "normal"
advice = "Go on."
urgency = "none"
sources = ["label"]
confirmation = "sourced"
""",
    "rxnorm/products.tsv": "# comment\n197941\t6835\n849580\t10180 10829\n310965\t5640 +\n999001\t999000\n",
    "rxnorm/ndc.tsv": "# comment\n849580\t000010002 000010003\n310965\t000020001\n",
    "rxnorm/historic.tsv": "207012\t6835\tmethimazole 10 MG Oral Tablet [Tapazole]\n",
    "rxnorm/PROVENANCE.md": "RxNorm, courtesy of NLM\n",
}


def _shipped(name: str) -> str:
    # The limits have many members; what they are does not matter here, only that they are all there.
    text = (PACKAGE_FOLDER / name).read_text()
    text = re.sub(r"sources = \[[^\]]*\]", 'sources = ["label"]', text)
    text = re.sub(r"(unknown_after|cancers|infections) = \[[^\]]*\]", r'\1 = ["lupus"]', text)
    return re.sub(r"(hidden_grade_d|leading_when_occasional) = \[[^\]]*\]", r'\1 = ["ibuprofen"]', text)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Eight drugs, six cell lines, a few entries of everything else, and no problem."""
    files = FILES | {f"drugs/{name}.toml": text for name, text in DRUGS.items()}
    files |= {name: _shipped(name) for name in ("limits.toml", "ranking.toml", "source_attributes.toml")}
    # the drugs above are of a class of their own
    files["ranking.toml"] = re.sub(
        r"(?m)^(beta_lactam_classes = ).*$", r'\1["a class"]', files["ranking.toml"]
    )
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return tmp_path


@pytest.fixture
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty folder that is not inside the knowledge folder."""
    return tmp_path_factory.mktemp("elsewhere")
