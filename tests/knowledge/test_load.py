"""Loading: everything sound is joined, everything broken is named, all of it at once."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from decimal import Decimal
from pathlib import Path

import pytest

from cds import __version__
from cds.errors import KnowledgeError, StartError
from cds.facts import CellLine
from cds.knowledge.base import LineCode
from cds.knowledge.load import load_knowledge


def problems_in(folder: Path) -> tuple[str, ...]:
    with pytest.raises(KnowledgeError) as caught:
        load_knowledge(folder)
    return caught.value.problems


def edit(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_a_sound_folder_is_joined_by_id(folder: Path) -> None:
    knowledge = load_knowledge(folder)

    assert knowledge.drugs["penicillin-v"].name == "penicillin V"
    assert knowledge.lines[CellLine.NEUTROPHILS].tiers is not None
    assert knowledge.pairs[0].second == "clozapine"
    assert knowledge.live_vaccines["03"].name == "measles, mumps and rubella"
    assert knowledge.condition_codes.icd10cm == {"M32": "lupus"}
    assert knowledge.condition_codes.snomed == {"55464009": "lupus"}


def test_a_loinc_code_says_line_and_property(folder: Path) -> None:
    codes = load_knowledge(folder).line_codes

    assert codes["751-8"] == LineCode(CellLine.NEUTROPHILS, "count")
    assert codes["770-8"] == LineCode(CellLine.NEUTROPHILS, "percent", all_neutrophils=True)
    assert codes["23761-0"] == LineCode(CellLine.NEUTROPHILS, "percent", manual=True)
    assert codes["30451-9"] == LineCode(CellLine.NEUTROPHILS, "fraction")


def test_two_kinds_may_share_a_spelling(folder: Path) -> None:
    units = load_knowledge(folder).units

    assert units["count", "g/l"].factor == Decimal(1)
    assert units["mass", "g/l"].factor == Decimal("0.1")


def test_numbers_keep_their_digits(folder: Path) -> None:
    edit(folder, "cell_lines.toml", "severe = 0.5", "severe = 0.50")

    tiers = load_knowledge(folder).lines[CellLine.LEUKOCYTES].tiers

    assert tiers is not None
    assert str(tiers.severe) == "0.50"


def test_knowledge_cannot_be_changed(folder: Path) -> None:
    knowledge = load_knowledge(folder)

    with pytest.raises(TypeError):
        knowledge.drugs["new"] = knowledge.drugs["clozapine"]  # type: ignore[index]
    with pytest.raises(FrozenInstanceError):
        knowledge.pairs = ()  # type: ignore[misc]


def test_the_version_names_release_and_content(folder: Path) -> None:
    before = load_knowledge(folder).version
    again = load_knowledge(folder).version
    edit(folder, "drugs/clozapine.toml", "two weeks", "three weeks")
    after = load_knowledge(folder).version

    assert before == again
    assert before.startswith(f"{__version__}+")
    assert len(before.partition("+")[2]) == 12
    assert after != before


def test_hidden_files_and_code_are_no_knowledge(folder: Path) -> None:
    before = load_knowledge(folder).version
    (folder / ".DS_Store").write_text("x")
    (folder / "drugs" / ".clozapine.toml.swp").write_text("x")
    (folder / "__pycache__").mkdir()
    (folder / "load.py").write_text("x")

    assert load_knowledge(folder).version == before


def test_a_folder_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    assert problems_in(tmp_path / "none")[0].endswith("none is not a folder")


def test_an_empty_folder_names_every_missing_file(tmp_path: Path) -> None:
    problems = problems_in(tmp_path)

    assert "limits.toml: the file is missing" in problems
    assert "cell_lines.toml: the file is missing" in problems
    assert "rxnorm/products.tsv: the file is missing" in problems


def test_a_knowledge_error_stops_the_start(folder: Path) -> None:
    (folder / "vaccines.toml").unlink()

    with pytest.raises(StartError, match=r"vaccines\.toml: the file is missing"):
        load_knowledge(folder)


# What is broken, as (file, what stands there, what is written instead), and the problem as it is said.
BROKEN = (
    ("drugs/methimazole.toml", '["6835"]', "[6835]", 'codes.rxnorm[0]: a code is text; write "6835"'),
    ("drugs/methimazole.toml", '"H03BB02"', '"H3BB02"', 'codes.atc[0]: "H3BB02" does not have the form'),
    (
        "drugs/methimazole.toml",
        'tier = "core"',
        'tier = "corr"',
        "tier: \"corr\" is not known here; write 'core'",
    ),
    (
        "drugs/methimazole.toml",
        "max_days = 90",
        "max_days = 90.5",
        "onset.max_days: 90.5 is not a whole number",
    ),
    ("drugs/methimazole.toml", '"lowers"', '"lower"', 'effect.neutrophils: "lower" is not known here'),
    ("drugs/methimazole.toml", 'drug_class = "a class"', "", "drug_class: this member is missing"),
    (
        "drugs/methimazole.toml",
        "confirmation",
        "confirmaton",
        'confirmaton: there is no such member; is "confirmation"',
    ),
    ("drugs/methimazole.toml", "2026-01-10", '"last week"', 'review.reviewed_on: "last week" is not a date'),
    ("drugs/methimazole.toml", 'explained = "weeks"', 'explained = ""', "onset.explained: this is empty"),
    ("drugs/methimazole.toml", '["Tapazole"]', '"Tapazole"', "names.brands: a list is needed, in [ ]"),
    ("drugs/methimazole.toml", 'name = "methimazole"', 'id = "x"\nname = "m"', "id: leave this out"),
    ("drugs/clozapine.toml", "[onset]", "[onset", "the file is not valid TOML: "),
    (
        "drugs/cortisone.toml",
        'sources = ["label"]',
        'sources = ["lable"]',
        'sources: "lable" is not in sources.toml',
    ),
    ("drugs/ibuprofen.toml", "[7, 30]", "[7, 300]", "onset.typical_days: 7 to 300 has to lie within 3 to 90"),
    ("drugs/ibuprofen.toml", "2027-01-10", "2025-01-10", "review.next_review: has to be after reviewed_on"),
    (
        "drugs/penicillin-v.toml",
        '"7984"',
        '"7980"',
        "codes: 7980 is the ingredient code of drugs/penicillin-g.toml too",
    ),
    ("sources.toml", 'read_as = "full"', 'read_as = "all"', 'source[label].read_as: "all" is not known here'),
    (
        "cell_lines.toml",
        'name = "lymphocytes"',
        "name = 5",
        "line[lymphocytes].name: text is needed, in quot",
    ),
    (
        "units.toml",
        "factor = 0.1",
        'factor = "0.1"',
        "unit[1].factor: a number is needed, without quotation marks",
    ),
    (
        "cell_lines.toml",
        "to_days = 365, low = 1.0",
        "to_days = 300, low = 1.0",
        "no limit for days 300 to 364",
    ),
    ("cell_lines.toml", 'count = ["711-2"]', 'count = ["742-7"]', "742-7 already stands in line[monocytes]"),
    ("cell_lines.toml", '"704-7"', '"704-8"', "704-8 is mistyped: its check digit is wrong"),
    ("units.toml", '"k/ul"', '"K/uL"', 'unit[0].spellings: "K/uL" is never looked up; write "k/ul"'),
    (
        "interactions.toml",
        '"clozapine"',
        '"clozapin"',
        'pair[I01].second: there is no drug or group "clozapin"',
    ),
    ("conditions.toml", 'acts_as = "autoimmune"', 'acts_as = "immune"', 'condition[lupus].acts_as: "immune"'),
    ("workup.toml", "[[test]]", "[[tests]]", "tests: there is no such table; known here: [[test]]"),
    (
        "precautions.toml",
        'evidence = "A"',
        'evidence = "X"',
        "precaution[hand-hygiene].correction: evidence X needs",
    ),
    ("vaccines.toml", 'cvx = "03"', "cvx = 3", 'vaccine[0].cvx: a code is text; write "3"'),
    (
        "monitoring.toml",
        "from_per_ul = 1500",
        "from_per_ul = 1600",
        "a band ends at 1500 and the next begins at 1600",
    ),
    (
        "monitoring.toml",
        "every_days = 7",
        "every_days = 0",
        "steps[0].every_days: 0 is too low; it has to be above 0",
    ),
    ("limits.toml", "[marrow]", "[marow]", "marrow: this member is missing"),
    ("ranking.toml", '["a class"]', '["a clas"]', 'no drug is of the class "a clas"'),
    ("ranking.toml", "leading_from = 60", "leading_from = 1", "leading, possible and unlikely have to fall"),
    ("rxnorm/products.tsv", "197941\t6835", "197941 6835", "line 2: an RxNorm code, a tab and the codes"),
    ("rxnorm/historic.tsv", "207012\t", "849580\t", "849580: stands in rxnorm/products.tsv too"),
    ("rxnorm/ndc.tsv", "000020001", "00002-0001", "line 3: an RxNorm code, a tab and NDC of nine digits"),
)


def test_a_name_of_a_live_vaccine_means_one_vaccine(folder: Path) -> None:
    another = '"MMR"]\n[[vaccine]]\ncvx = "94"\nname = "with varicella"\nnames = ["mmr", "?"]'
    edit(folder, "vaccines.toml", '"MMR", "M-M-R II"]', another)

    assert (
        'vaccines.toml: vaccine[94].names: "mmr" already stands in 03',
        'vaccines.toml: vaccine[94].names: "?" holds no word',
    ) == problems_in(folder)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("000020001", "000010003", "line 3: 000010003 stands here for another product too"),
        ("310965", "310966", "310966: stands neither in rxnorm/products.tsv nor in rxnorm/historic.tsv"),
    ],
)
def test_an_ndc_is_that_of_one_product_that_is_known(folder: Path, old: str, new: str, said: str) -> None:
    edit(folder, "rxnorm/ndc.tsv", old, new)

    assert (f"rxnorm/ndc.tsv: {said}",) == problems_in(folder)


def test_every_problem_of_every_file_is_named_in_one_run(folder: Path) -> None:
    for file, old, new, _ in BROKEN:
        edit(folder, file, old, new)
    (folder / "percautions.toml").write_text("x = 1\n")
    (folder / "notes").mkdir()
    (folder / "drugs" / "Aspirin.toml").write_text((folder / "drugs" / "cortisone.toml").read_text())
    (folder / "drugs" / "empty.toml").write_text("")
    (folder / "drugs" / "latin.toml").write_bytes(b'name = "x"\nclass = "\xe9"\n')

    problems = problems_in(folder)

    expected = [(file, said) for file, _, _, said in BROKEN] + [
        ("percautions.toml", "no such file belongs to the knowledge"),
        ("notes", "no such file belongs to the knowledge"),
        ("drugs/Aspirin.toml", 'id: "Aspirin" does not have the form of an id'),
        ("drugs/empty.toml", "the file is empty"),
        ("drugs/latin.toml", "line 2: the file is not written in UTF-8"),
    ]
    unsaid = [
        (file, said)
        for file, said in expected
        if not any(problem.startswith(f"{file}: ") and said in problem for problem in problems)
    ]
    assert unsaid == []


@pytest.mark.parametrize(("file", "old", "new", "said"), BROKEN, ids=[row[3] for row in BROKEN])
def test_a_single_fault_is_said_once_and_blames_no_other_file(
    folder: Path, file: str, old: str, new: str, said: str
) -> None:
    edit(folder, file, old, new)

    problems = problems_in(folder)

    assert [problem for problem in problems if not problem.startswith(f"{file}: ")] == []
    assert sum(said in problem for problem in problems) == 1
    assert len(problems) <= 2
