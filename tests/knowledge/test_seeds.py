"""The five articles from which the knowledge began: what they name has a row, and no row is made up.

The articles are not part of the project. Where they lie beside it they are read; the rest holds without them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from cds.knowledge.check_seeds import check_seeds
from cds.knowledge.folder import PACKAGE_FOLDER
from cds.knowledge.names import index_names
from cds.knowledge.schema import Named
from cds.knowledge.tables import Tables, load_tables

ARTICLES = Path(__file__).parents[3] / "shared" / "seeds"
NAMES = [f"seed-00{number}" for number in range(5)]

needs_articles = pytest.mark.skipif(
    not ARTICLES.is_dir(), reason=f"THE FIVE ARTICLES ARE NOT HERE ({ARTICLES}): nothing is held against them"
)

# Below these headings a page speaks of itself, not of leukopenia.
_FURNITURE = re.compile(
    r"Related Questions & Answers|Medically Reviewed|By using this website|Last reviewed at", re.DOTALL
)
_DATES = re.compile(r"Nov 24, 2022|24 Nov 2022|\b4 min read|10/27/2022|COVID-19")
_BULLET = re.compile(r"^\s*[•\-]\s+(.+)$", re.MULTILINE)
_NUMBER = re.compile(r"\d[\d,.]*\d|\d")


@cache
def tables() -> Tables:
    return load_tables(PACKAGE_FOLDER)[0]


@cache
def article(name: str) -> str:
    (path,) = ARTICLES.glob(f"{name.removeprefix('seed-')}_*.txt")
    text = path.read_text("utf-8").replace("’", "'")
    found = _FURNITURE.search(text)
    return text[: found.start()] if found else text


def wordings(row: Named) -> tuple[str, ...]:
    return (row.term, *row.also)


def is_in(wording: str, text: str) -> bool:
    """Whole words, whatever their case."""
    return re.search(rf"(?<!\w){re.escape(wording)}(?!\w)", text, re.IGNORECASE) is not None


def bullets(text: str) -> Iterator[str]:
    return (found[1].strip() for found in _BULLET.finditer(text))


def test_every_row_leads_to_entries_that_exist() -> None:
    assert [] == [str(problem) for problem in check_seeds(tables())]


def test_every_class_that_drugs_name_has_a_row() -> None:
    classes = {name for drug in tables().drugs for name in drug.seed_class.split(", ") if name}
    rows = {wording.casefold() for row in tables().seeds for wording in wordings(row)}
    other_words = {"radiation therapy", "arsenic poisoning"}  # "radiation", "arsenic"

    assert set() == classes - rows - other_words


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"covered_by": ("drug:water",)}, 'covered_by: there is no "drug:water"'),
        ({"covered_by": ("limit:fever.celcius",)}, 'covered_by: there is no "limit:fever.celcius"'),
        ({"articles": ("seed-009",)}, 'articles: "seed-009" is not in sources.toml'),
    ],
)
def test_a_row_that_leads_nowhere_is_found(change: dict[str, object], said: str) -> None:
    row = tables().seeds[0].model_copy(update=change)
    (problem,) = check_seeds(replace(tables(), seeds=(row,)))

    assert f"seeds.toml: named[{row.term}].{said}" == str(problem)


def test_a_term_stands_once() -> None:
    row = tables().seeds[0]
    (problem,) = check_seeds(
        replace(tables(), seeds=(row, row.model_copy(update={"term": row.term.upper()})))
    )

    assert "stands here 2 times" in str(problem)


@pytest.mark.parametrize("members", [{"covered_by": []}, {"left_out": "because"}, {"articles": []}])
def test_a_row_is_covered_or_left_out_for_a_reason(members: dict[str, object]) -> None:
    row = {"term": "x", "kind": "drug", "articles": ["seed-000"], "covered_by": ["drug:clozapine"]}

    with pytest.raises(ValueError, match="name"):
        Named.model_validate(row | members)


# --- held against the articles --------------------------------------------------------------------------


@needs_articles
@pytest.mark.parametrize("row", tables().seeds, ids=lambda row: row.term)
def test_a_row_names_exactly_the_articles_that_have_its_words(row: Named) -> None:
    found = {name for name in NAMES if any(is_in(wording, article(name)) for wording in wordings(row))}

    assert {*row.articles} == found


@needs_articles
@pytest.mark.parametrize("row", tables().seeds, ids=lambda row: row.term)
def test_every_wording_of_a_row_stands_in_an_article(row: Named) -> None:
    assert [] == [
        wording for wording in wordings(row) if not any(is_in(wording, article(name)) for name in NAMES)
    ]


@needs_articles
@pytest.mark.parametrize("name", NAMES)
def test_every_item_of_a_list_has_a_row(name: str) -> None:
    """What the articles list is what they name: symptoms, drugs, causes, precautions and tests."""
    rows = [wording for row in tables().seeds if name in row.articles for wording in wordings(row)]

    assert [] == [
        item for item in bullets(article(name)) if not any(is_in(wording, item) for wording in rows)
    ]


@needs_articles
@pytest.mark.parametrize("name", NAMES)
def test_every_number_has_a_row(name: str) -> None:
    rows = " ".join(wording for row in tables().seeds if name in row.articles for wording in wordings(row))
    numbers = {*_NUMBER.findall(_DATES.sub(" ", article(name)))}

    assert set() == numbers - {*_NUMBER.findall(rows)}


@needs_articles
@pytest.mark.parametrize("name", NAMES)
def test_every_drug_that_is_found_by_its_name_has_a_row(name: str) -> None:
    """The drug names of the whole knowledge are searched as in the text of an order."""
    found = {drug for written in index_names(tables().drugs).find(article(name)) for drug in written.drugs}
    classes = {drug.id: drug.seed_class for drug in tables().drugs}
    covered = {reference for row in tables().seeds if name in row.articles for reference in row.covered_by}

    assert set() == {
        drug
        for drug in found
        if f"drug:{drug}" not in covered
        and not any(f"class:{one}" in covered for one in classes[drug].split(", "))
    }


@needs_articles
@pytest.mark.parametrize("name", NAMES)
def test_every_known_cause_that_is_named_has_a_row(name: str) -> None:
    covered = {reference for row in tables().seeds if name in row.articles for reference in row.covered_by}

    assert set() == {
        condition.id
        for condition in tables().conditions
        if name in condition.seeds and f"condition:{condition.id}" not in covered
    }


@needs_articles
@pytest.mark.parametrize("name", NAMES)
def test_every_precaution_and_test_of_an_article_has_a_row(name: str) -> None:
    covered = {reference for row in tables().seeds if name in row.articles for reference in row.covered_by}
    entries = [
        *(("precaution", row) for row in tables().precautions),
        *(("test", row) for row in tables().work_up),
    ]

    assert set() == {
        f"{kind}:{row.id}" for kind, row in entries if name in row.seeds and f"{kind}:{row.id}" not in covered
    }
