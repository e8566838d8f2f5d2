"""RxNorm product codes and the ingredients they contain: the tables of ``knowledge/rxnorm``.

One product a line: its code, a tab, the RxNorm codes of its ingredients with a space between. ``+`` among
them stands for ingredients that the knowledge did not name when the table was made, ``~`` for a form that
acts where it is applied: cream, eye drops, inhaler. ``historic.tsv`` has the product's name after a second
tab. ``ndc.tsv`` has, after a product's code and a tab, the National Drug Codes that it is sold under, with a
space between: labeller and product, nine digits, without the package. Lines that begin with ``#`` are
comments.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from cds.knowledge.problems import Problem

OTHER_INGREDIENTS = "+"
LOCAL_FORM = "~"

_SOLD_AS = re.compile(r"(\d{1,8})\t(\d{9}(?: \d{9})*)", re.ASCII)


def read_products(name: str, raw: bytes) -> tuple[Mapping[str, tuple[str, ...]], list[Problem]]:
    """Product code to ingredient codes, in the order of the file; a line that cannot be read is a problem.

    ``LOCAL_FORM`` stays among the codes.
    """
    products: dict[str, tuple[str, ...]] = {}
    problems: list[Problem] = []
    for number, line in _lines(raw):
        columns = line.split("\t")
        ingredients = columns[1].split() if len(columns) > 1 else []
        if not _is_code(columns[0]) or not ingredients or not all(map(_is_ingredient, ingredients)):
            message = "an RxNorm code, a tab and the codes of its ingredients are needed"
            problems.append(Problem(name, f"line {number}", message))
        elif columns[0] in products:
            problems.append(Problem(name, f"line {number}", f"{columns[0]} stands here a second time"))
        else:
            products[columns[0]] = tuple(code for code in ingredients if code != OTHER_INGREDIENTS)
    return products, problems


def read_packages(name: str, raw: bytes) -> tuple[Mapping[str, str], list[Problem]]:
    """Labeller and product of an NDC (nine digits) to the RxNorm code of the product."""
    packages: dict[str, str] = {}
    problems: list[Problem] = []
    for number, line in _lines(raw):
        found = _SOLD_AS.fullmatch(line)
        if found is None:
            message = "an RxNorm code, a tab and NDC of nine digits are needed"
            problems.append(Problem(name, f"line {number}", message))
            continue
        codes = found[2].split(" ")
        if not packages.keys().isdisjoint(codes):
            twice = ", ".join(sorted(packages.keys() & codes))
            problems.append(Problem(name, f"line {number}", f"{twice} stands here for another product too"))
        packages |= dict.fromkeys(codes, found[1])
    return packages, problems


def _lines(raw: bytes) -> Iterator[tuple[int, str]]:
    # Only codes and names are expected: a stray byte spoils its own line, not the table.
    for number, line in enumerate(raw.decode(errors="replace").splitlines(), start=1):
        if line and not line.startswith("#"):
            yield number, line


def _is_code(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _is_ingredient(text: str) -> bool:
    return _is_code(text) or text in {OTHER_INGREDIENTS, LOCAL_FORM}
