"""From a release to an index: every way to the ingredients, and what is left out rather than guessed."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from cds.errors import ReleaseError
from cds.knowledge.lookup import Contents
from cds.rxnorm.build import Built
from cds.rxnorm.index import RxNormIndex
from cds.rxnorm.old_names import ingredients_in
from tests.rxnorm.conftest import build
from tests.rxnorm.releases import FULL, PRESCRIBABLE, concept, relation, write_release

METHIMAZOLE, AMLODIPINE = ["methimazole"], ["amlodipine"]
CO_TRIMOXAZOLE = ["sulfamethoxazole", "trimethoprim"]
TRIPLE = ["amoxicillin", "clarithromycin", "omeprazole"]


def names(contents: Contents | None) -> list[str]:
    return sorted(ingredient.name for ingredient in contents.ingredients) if contents is not None else []


@pytest.mark.parametrize(
    ("code", "ingredients"),
    [
        ("6835", METHIMAZOLE),  # IN
        ("104416", AMLODIPINE),  # PIN
        ("10831", CO_TRIMOXAZOLE),  # MIN
        ("316253", METHIMAZOLE),  # SCDC
        ("373072", METHIMAZOLE),  # SCDF
        ("1156439", METHIMAZOLE),  # SCDG
        ("197941", METHIMAZOLE),  # SCD
        ("198335", CO_TRIMOXAZOLE),  # SCD of two
        ("564027", CO_TRIMOXAZOLE),  # SBDC, told from the other end
        ("849580", CO_TRIMOXAZOLE),  # SBD
        ("215424", CO_TRIMOXAZOLE),  # BN
        ("1000010", TRIPLE),  # GPCK
        ("1000011", TRIPLE),  # BPCK
    ],
)
def test_every_kind_of_code_leads_to_its_ingredients(
    index: RxNormIndex, code: str, ingredients: list[str]
) -> None:
    contents = index.lookup("rxnorm", code)

    assert ingredients == names(contents)
    assert contents is not None
    assert not contents.retired


def test_the_salt_and_the_biosimilar_come_before_the_ingredient(index: RxNormIndex) -> None:
    rituximab, amlodipine = (index.lookup("rxnorm", code) for code in ("2105827", "197361"))

    assert rituximab is not None
    assert amlodipine is not None
    assert [("2105824", "121191")] == [ingredient.codes for ingredient in rituximab.ingredients]
    assert [("104416", "17767")] == [ingredient.codes for ingredient in amlodipine.ingredients]


@pytest.mark.parametrize(
    ("code", "ingredients"),
    [
        ("207012", METHIMAZOLE),  # obsolete, by its old relation
        ("207013", METHIMAZOLE),  # obsolete, by its name
        ("207014", METHIMAZOLE),  # never to be dispensed, by its name
        ("91919", CO_TRIMOXAZOLE),  # merged into a code in use
        ("91920", CO_TRIMOXAZOLE),  # merged into one that was merged
        ("106000", ["trimethoprim"]),  # in the archive alone, by its name
        ("105048", CO_TRIMOXAZOLE),  # two successors that agree
        ("105051", AMLODIPINE),  # one successor
    ],
)
def test_a_retired_code_leads_there_too_and_is_said_to_be_retired(
    index: RxNormIndex, code: str, ingredients: list[str]
) -> None:
    contents = index.lookup("rxnorm", code)

    assert ingredients == names(contents)
    assert contents is not None
    assert contents.retired


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("900001", "withdrawn (SUPPRESS=Y)"),
        ("900002", "of a source that needs a licence"),
        ("900003", "a part of it is not told"),
        ("106001", "an archived name with an ingredient that is not known"),
        ("106002", "archived names that contradict each other"),
        ("106003", "archived by a source that needs a licence"),
        ("105049", "successors that contradict each other"),
        ("105050", "retired without a successor or a name"),
        ("99999999", "never heard of"),
    ],
)
def test_what_is_not_told_for_certain_is_left_out(index: RxNormIndex, code: str, why: str) -> None:
    assert index.lookup("rxnorm", code) is None, why


def test_rows_that_do_not_count_add_no_ingredient(index: RxNormIndex) -> None:
    """Relations of another source, suppressed or obsolete ones, and an archived atom that moved away."""
    assert METHIMAZOLE == names(index.lookup("rxnorm", "197941"))


def test_a_salt_without_its_ingredient_stands_for_itself(index: RxNormIndex) -> None:
    contents = index.lookup("rxnorm", "900004")

    assert contents is not None
    assert [(("900004",), "orphan salt")] == [*contents.ingredients]


@pytest.mark.parametrize(
    ("code", "local_form"), [("106258", True), ("106004", True), ("198051", False), ("7646", False)]
)
def test_the_index_knows_the_form(index: RxNormIndex, code: str, local_form: bool) -> None:
    contents = index.lookup("rxnorm", code)

    assert contents is not None
    assert local_form == contents.local_form


def test_an_obsolete_row_of_a_code_in_use_does_not_retire_it(tmp_path: Path) -> None:
    concepts = [concept(1, "IN", "old name", suppressed="O"), concept(1, "IN", "name")]
    for order in (concepts, concepts[::-1]):
        build(write_release(tmp_path / "x.zip", {**PRESCRIBABLE, "rrf/RXNCONSO.RRF": order}), tmp_path / "x")
        index = RxNormIndex(tmp_path / "x")
        contents = index.lookup("rxnorm", "1")
        index.close()

        assert contents is not None
        assert ("name", False) == (contents.ingredients[0].name, contents.retired)


@pytest.mark.parametrize(
    ("ndc", "ingredients"),
    [
        ("00093321001", METHIMAZOLE),
        ("49708014601", CO_TRIMOXAZOLE),
        ("00069153066", AMLODIPINE),
        ("58914001001", TRIPLE),
        ("52244010010", METHIMAZOLE),  # obsolete, of a retired product
        ("11111111111", METHIMAZOLE),  # given to another product later
        ("33333333333", CO_TRIMOXAZOLE),  # of two products with the same ingredients
        ("22222222222", []),  # of two products with different ones
        ("44444444444", []),  # of another source
        ("55555555555", []),  # withdrawn
        ("77777777777", []),  # of a product that is not told
        ("99999999999", []),
    ],
)
def test_packages(index: RxNormIndex, ndc: str, ingredients: list[str]) -> None:
    assert ingredients == names(index.lookup("ndc", ndc))


def test_the_index_says_where_it_comes_from(tmp_path: Path) -> None:
    built = build(write_release(tmp_path / "RxNorm_full_10062025.zip"), tmp_path / "x.sqlite")
    index = RxNormIndex(tmp_path / "x.sqlite")
    index.close()

    assert Built(date(2025, 10, 6), ingredients=9, codes=44, retired=9, ndcs=7, untold=1) == built
    assert ("RxNorm_full_10062025.zip", "2025-10-06", "2026-11-20") == (
        index.about.release,
        index.about.released,
        index.about.made_on,
    )
    assert (9, 44, 9, 7) == (
        index.about.ingredients,
        index.about.codes,
        index.about.retired,
        index.about.ndcs,
    )


def test_the_subset_alone_makes_an_index_without_archived_codes(tmp_path: Path) -> None:
    build(write_release(tmp_path / "x.zip", PRESCRIBABLE), tmp_path / "x.sqlite")
    index = RxNormIndex(tmp_path / "x.sqlite")

    assert CO_TRIMOXAZOLE == names(index.lookup("rxnorm", "849580"))
    assert index.lookup("rxnorm", "91919") is None
    index.close()


# --- whole or not at all --------------------------------------------------------------------------------


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_new_release_replaces_the_index_and_leaves_nothing_else(tmp_path: Path) -> None:
    output = tmp_path / "x.sqlite"
    output.write_text("older")

    build(write_release(tmp_path / "x.zip"), output)

    assert output.read_bytes().startswith(b"SQLite format 3")
    assert ["x.sqlite", "x.zip"] == files(tmp_path)


def test_a_release_that_breaks_off_leaves_the_older_index_as_it_was(tmp_path: Path) -> None:
    output = tmp_path / "x.sqlite"
    output.write_text("older")
    tables = {**FULL, "rrf/RXNSAT.RRF": ["1|2|NDC|RXNORM|"]}

    with pytest.raises(ReleaseError, match="RXNSAT"):
        build(write_release(tmp_path / "x.zip", tables), output)

    assert "older" == output.read_text()
    assert ["x.sqlite", "x.zip"] == files(tmp_path)


def test_a_release_without_an_ingredient_is_none(tmp_path: Path) -> None:
    tables = {**PRESCRIBABLE, "rrf/RXNCONSO.RRF": [concept(1, "SCD", "x")], "rrf/RXNREL.RRF": []}

    with pytest.raises(ReleaseError, match="holds no ingredient of RxNorm"):
        build(write_release(tmp_path / "x.zip", tables), tmp_path / "x.sqlite")

    assert ["x.zip"] == files(tmp_path)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match=r"x\.sqlite cannot be written"):
        build(write_release(tmp_path / "x.zip"), tmp_path / "nowhere" / "x.sqlite")


def test_a_way_of_which_a_part_is_missing_is_not_taken_but_another_is(tmp_path: Path) -> None:
    """A pack whose contents are told in part would look like one ingredient; its generic pack tells all."""
    concepts = [
        concept(1, "IN", "one"),
        concept(2, "IN", "two"),
        concept(12, "MIN", "one / two"),
        concept(11, "SCDC", "one 1 MG"),
        concept(21, "SCD", "one 1 MG / two 1 MG Oral Tablet"),
    ]
    relations = [
        relation(11, "has_ingredient", 1),
        relation(12, "has_part", 1),
        relation(12, "has_part", 2),
        relation(21, "consists_of", 11),
        relation(21, "consists_of", 13),
        relation(21, "has_ingredients", 12),
    ]
    tables = {**PRESCRIBABLE, "rrf/RXNCONSO.RRF": concepts, "rrf/RXNREL.RRF": relations}
    build(write_release(tmp_path / "x.zip", tables), tmp_path / "x.sqlite")
    index = RxNormIndex(tmp_path / "x.sqlite")

    assert ["one", "two"] == names(index.lookup("rxnorm", "21"))
    index.close()


# --- names of retired products --------------------------------------------------------------------------

CODES = {"methimazole": 1, "acetaminophen": 2, "oxycodone hydrochloride": 3, "iron": 4, "vitamin b 12": 5}


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("methimazole 10 MG Oral Tablet [Tapazole]", (1,)),
        ("Methimazole 10 MG", (1,)),
        ("acetaminophen 325 MG / oxycodone hydrochloride 5 MG Oral Tablet", (2, 3)),
        ("12 HR acetaminophen 650 MG Extended Release Oral Tablet", (2,)),
        ("0.8 ML methimazole 50 MG/ML Prefilled Syringe [X]", (1,)),
        ("vitamin B 12 0.1 MG/ML Injectable Solution", (5,)),
        ("acetaminophen 325 MG / novelty 5 MG Oral Tablet", ()),
        ("iron dextran 50 MG/ML Injection", ()),
        ("methimazole Oral Tablet", ()),
        ("{10 (methimazole 5 MG Oral Tablet) } Pack", ()),
        ("", ()),
    ],
)
def test_an_old_name_is_read_to_its_end_or_not_at_all(name: str, codes: tuple[int, ...]) -> None:
    assert codes == ingredients_in(name, CODES)
