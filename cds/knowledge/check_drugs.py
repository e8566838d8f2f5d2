"""Checks of the drugs: codes, names, windows, label limits, pairs, monitoring and the product tables.

Two drugs never share an RxNorm ingredient code. They may share what stands for a combination (its RxNorm
"multiple ingredient" code, ATC or SNOMED CT code, or name) only if they are made together as one medicine;
that is written down by giving both the same code among their ``rxnorm_forms``, or by ``names.combined_with``.
So a code or a name that two drugs share always means "contains both", never "one of the two".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import combinations, filterfalse, pairwise

from cds.facts import WHITE_CELL_LINES
from cds.knowledge.folder import HISTORIC, PACKAGES, PRODUCTS
from cds.knowledge.names import names_of, words_of
from cds.knowledge.problems import Problem
from cds.knowledge.schema import PAIR_GROUPS, ClozapineBand, Drug, Effect
from cds.knowledge.tables import Tables

_FOR_INFECTIONS = ("antibiotic", "antifungal")  # beginnings of classes
_SHORTEST_BRAND = 3  # letters
# Words of forms, routes, strengths and sizes, in English and German, as ``words_of`` gives them.
_FORMS = """
ampoule ampulle ampullen bottle capsule capsules chewable coated concentrate cream creme depot dose drops ear
extended eye film flasche for forte g gel gelatin hour hr im in inhalation inhaler injectable injection
infusion infusionslosung injektionslosung iu iv kapsel kapseln l liquid lotion losung lozenge mcg mg ml
modified ointment of ophthalmic oral pack patch pill pills powder prefilled pulver release retard rectal saft
salbe sc sodium solution spray spritze sterile sublingual suppositories suppository suspension syringe syrup
tab tablet tablets tablette tabletten tabs tbl topical tropfen ug unit units vaginal vial vials water zapfchen
"""
_OF_FORMS = frozenset(_FORMS.split())
# The permutation whose powers belong to the places of a SNOMED CT code.
_VERHOEFF = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)


def check_rxnorm_codes(tables: Tables) -> Iterator[Problem]:
    """An ingredient code stands in one drug, and in none as a form; an unverified drug has a reason."""
    forms = _holders(tables.drugs, lambda drug: drug.codes.rxnorm_forms)
    for code, drugs in _holders(tables.drugs, lambda drug: drug.codes.rxnorm).items():
        others = [*drugs[1:], *(drug for drug in forms.get(code, ()) if drug is not drugs[0])]
        for drug in others:
            if drug is drugs[0]:
                yield _in(drug, "codes.rxnorm", f"{code} stands here twice")
            else:
                message = f"{code} is the ingredient code of drugs/{drugs[0].id}.toml too"
                yield _in(drug, "codes", message)
    for drug in tables.drugs:
        if drug.codes.rxnorm_status == "verified" and not drug.codes.rxnorm:
            yield _in(drug, "codes.rxnorm", 'without a code rxnorm_status has to be "unverified"')


def check_shared_codes(tables: Tables) -> Iterator[Problem]:
    """An ATC or SNOMED CT code of two drugs is that of a combination of both."""
    yield from _shared(tables, "codes.atc", lambda drug: drug.codes.atc)
    yield from _shared(tables, "codes.snomed", lambda drug: drug.codes.snomed)


def check_shared_names(tables: Tables) -> Iterator[Problem]:
    """A name of two drugs is that of a combination of both."""
    yield from _shared(tables, "names", lambda drug: {" ".join(words_of(name)) for name in names_of(drug)})


def check_combinations(tables: Tables) -> Iterator[Problem]:
    """What a drug is combined with exists, and is another drug."""
    for drug in tables.drugs:
        for name in drug.names.combined_with:
            if name not in tables.drug_ids:
                yield _in(drug, "names.combined_with", f'there is no drug "{name}"')
            elif name == drug.id:
                yield _in(drug, "names.combined_with", "a drug is combined with itself")


def check_other_meanings(tables: Tables) -> Iterator[Problem]:
    """What means something else holds a name of the drug; without one it would change nothing."""
    for drug in tables.drugs:
        names = [words_of(name) for name in names_of(drug)]
        for written in drug.names.not_in:
            words = words_of(written)
            if not any(_holds(words, name) for name in names):
                yield _in(drug, "names.not_in", f'"{written}" holds no name of {drug.name}')


def _holds(words: list[str], name: list[str]) -> bool:
    places = range(len(words) - len(name) + 1)
    return len(words) > len(name) and any(words[place : place + len(name)] == name for place in places)


def check_windows(tables: Tables) -> Iterator[Problem]:
    """The usual onset lies inside the widest one."""
    for drug in tables.drugs:
        onset = drug.onset
        first, last = onset.typical_days
        if onset.min_days > onset.max_days:
            yield _in(drug, "onset.min_days", f"{onset.min_days} is above max_days ({onset.max_days})")
        elif not onset.min_days <= first <= last <= onset.max_days:
            message = f"{first} to {last} has to lie within {onset.min_days} to {onset.max_days}"
            yield _in(drug, "onset.typical_days", message)


def check_treatments_of_infection(tables: Tables) -> Iterator[Problem]:
    """A drug of a class that is given for infections says so, since nobody wants it scolded at a fever."""
    for drug in tables.drugs:
        if drug.drug_class.startswith(_FOR_INFECTIONS) and not drug.treats_infection:
            yield _in(drug, "treats_infection", f'"{drug.drug_class}" needs treats_infection = true')


def check_label_limits(tables: Tables) -> Iterator[Problem]:
    """The count at which a drug is stopped is not above that of holding it, nor that above a start's."""
    for drug in tables.drugs:
        if drug.limits is None:
            continue
        limits = drug.limits
        start, hold = limits.do_not_start_neutrophils_per_ul, limits.hold_neutrophils_below_per_ul
        stop = limits.stop_neutrophils_below_per_ul
        if hold is not None and stop is not None and stop > hold:
            message = f"stop ({stop}) is above hold ({hold})"
            yield _in(drug, "limits.stop_neutrophils_below_per_ul", message)
        lymphocytes = (limits.do_not_start_lymphocytes_per_ul, limits.hold_lymphocytes_below_per_ul)
        for line, low, high in (("neutrophils", start, hold or stop), ("lymphocytes", *lymphocytes)):
            if low and high and low < high:  # a limit of 0 is none
                message = f"a start ({low}) is allowed where the drug is held ({high})"
                yield _in(drug, f"limits.do_not_start_{line}_per_ul", message)


def check_effects(tables: Tables) -> Iterator[Problem]:
    """A drug does something to a line, or it has no business here."""
    for drug in tables.drugs:
        if all(drug.effect.on(line) is Effect.NONE for line in WHITE_CELL_LINES):
            yield _in(drug, "effect", "no line is lowered or raised; name at least one")


def check_brands(tables: Tables) -> Iterator[Problem]:
    """A brand is a name of its own: "tablet" would be found in every second order."""
    for drug in tables.drugs:
        for member in ("brands", "local_brands", "also"):
            for name in getattr(drug.names, member):
                words = words_of(name)
                if all(word in _OF_FORMS or word.isdigit() for word in words):
                    message = f'"{name}" is no name of a medicine: every order may hold it'
                    yield _in(drug, f"names.{member}", message)
                elif member != "also" and sum(map(len, filter(str.isalpha, words))) < _SHORTEST_BRAND:
                    message = f'"{name}" is too short for a brand; an abbreviation belongs to also'
                    yield _in(drug, f"names.{member}", message)


def check_classes(tables: Tables) -> Iterator[Problem]:
    """A class is spelt one way: by it drugs are told that stand for each other."""
    users = _holders(tables.drugs, lambda drug: [drug.drug_class])
    spellings: dict[str, list[str]] = {}
    for name in users:
        spellings.setdefault("".join(words_of(name)), []).append(name)
    for names in spellings.values():
        usual = max(names, key=lambda name: len(users[name]))
        for drug in (drug for name in names if name != usual for drug in users[name]):
            yield _in(drug, "drug_class", f'{users[usual][0].id} has "{usual}"; write it so')


def check_snomed_codes(tables: Tables) -> Iterator[Problem]:
    """The check digit of a SNOMED CT code is right."""
    for drug in tables.drugs:
        for code in filterfalse(_has_right_check_digit, drug.codes.snomed):
            yield _in(drug, "codes.snomed", f"{code} is mistyped: its check digit is wrong")
    for condition in tables.conditions:
        for code in filterfalse(_has_right_check_digit, condition.snomed):
            message = f"{code} is mistyped: its check digit is wrong"
            yield Problem("conditions.toml", f"condition[{condition.id}].snomed", message)


def check_review_dates(tables: Tables) -> Iterator[Problem]:
    """The next review comes after the last."""
    for drug in tables.drugs:
        if drug.review.next_review <= drug.review.reviewed_on:
            yield _in(drug, "review.next_review", "has to be after reviewed_on")


def check_pairs(tables: Tables) -> Iterator[Problem]:
    """Both sides of a pair exist, and no pair is written twice."""
    seen: dict[frozenset[str], str] = {}
    for pair in tables.pairs:
        here = f"pair[{pair.id}]"
        for member, name in (("first", pair.first), ("second", pair.second)):
            groups = PAIR_GROUPS if member == "second" else frozenset()
            if name not in tables.drug_ids | groups:
                said = "drug or group" if groups else "drug"
                yield Problem("interactions.toml", f"{here}.{member}", f'there is no {said} "{name}"')
        both = frozenset((pair.first, pair.second))
        if len(both) == 1:
            yield Problem("interactions.toml", here, "a drug is paired with itself")
        if both in seen:
            yield Problem("interactions.toml", here, f"the same two already stand in {seen[both]}")
        seen.setdefault(both, pair.id)


def check_monitoring(tables: Tables) -> Iterator[Problem]:
    """Monitored drugs exist, have steps in order, no grace above an interval, and one schedule a policy."""
    seen: set[tuple[str, str]] = set()
    for row in tables.monitoring:
        here = f"monitoring[{row.drug}]"
        if row.drug not in tables.drug_ids:
            yield Problem("monitoring.toml", f"{here}.drug", f'there is no drug "{row.drug}"')
        if (row.drug, row.policy) in seen:
            yield Problem("monitoring.toml", here, f'"{row.policy}" stands here a second time')
        seen.add((row.drug, row.policy))
        starts = [step.from_days for step in row.steps]
        if not starts:
            yield Problem("monitoring.toml", f"{here}.steps", "at least one step is needed")
        elif starts != sorted(set(starts)):
            yield Problem("monitoring.toml", f"{here}.steps", "from_days has to rise from step to step")
        for index, step in enumerate(row.steps):
            if step.grace_days > step.every_days:
                message = f"{step.grace_days} is longer than the interval, every_days ({step.every_days})"
                yield Problem("monitoring.toml", f"{here}.steps[{index}].grace_days", message)


def check_clozapine_bands(tables: Tables) -> Iterator[Problem]:
    """The bands of each policy cover every count from 0 upwards once."""
    groups: dict[tuple[str, bool], list[ClozapineBand]] = {}
    for band in tables.clozapine:
        groups.setdefault((band.policy, band.duffy_null), []).append(band)
    for (policy, duffy_null), bands in groups.items():
        here = f"clozapine_band[{policy}, duffy_null = {str(duffy_null).lower()}]"
        ordered = sorted(bands, key=lambda band: band.from_per_ul)
        if ordered[0].from_per_ul != 0:
            yield Problem("monitoring.toml", here, "the lowest band has to begin at 0")
        if ordered[-1].below_per_ul is not None:
            yield Problem("monitoring.toml", here, "the highest band has to be open (no below_per_ul)")
        for lower, higher in pairwise(ordered):
            if lower.below_per_ul != higher.from_per_ul:
                upper = "an open end" if lower.below_per_ul is None else lower.below_per_ul
                message = f"a band ends at {upper} and the next begins at {higher.from_per_ul}"
                yield Problem("monitoring.toml", here, message)


def check_products(tables: Tables) -> Iterator[Problem]:
    """A product's code is no ingredient's, a historic one is none of today's, and one with NDC is either."""
    ingredients = _holders(tables.drugs, lambda drug: (*drug.codes.rxnorm, *drug.codes.rxnorm_forms))
    for file, table in ((PRODUCTS, tables.products), (HISTORIC, tables.historic)):
        for code in sorted(table.keys() & ingredients.keys()):
            yield Problem(file, code, f"is already a code of {ingredients[code][0].id}")
    for code in sorted(tables.historic.keys() & tables.products.keys()):
        yield Problem(HISTORIC, code, f"stands in {PRODUCTS} too")
    for code in sorted({*tables.packages.values()} - tables.products.keys() - tables.historic.keys()):
        yield Problem(PACKAGES, code, f"stands neither in {PRODUCTS} nor in {HISTORIC}")


def _has_right_check_digit(code: str) -> bool:
    # SNOMED CT's check digit is that of Verhoeff: products in the dihedral group of ten elements.
    product = 0
    for place, digit in enumerate(map(int, reversed(code))):
        for _ in range(place % 8):
            digit = _VERHOEFF[digit]
        product = _product(product, digit)
    return product == 0


def _product(one: int, other: int) -> int:
    """Of two of the five turns (0 to 4) and five mirrors (5 to 9) of a pentagon."""
    if one < 5:
        return (one + other) % 5 if other < 5 else 5 + (one + other) % 5
    return 5 + (one - other) % 5 if other < 5 else (one - other) % 5


def _shared(tables: Tables, member: str, keys_of: Callable[[Drug], Iterable[str]]) -> Iterator[Problem]:
    for key, drugs in _holders(tables.drugs, keys_of).items():
        for one, other in combinations(drugs, 2):
            if not _are_combined(one, other):
                message = f'"{key}" is that of {one.id} too, and the two are no combination'
                yield _in(other, member, message)


def _are_combined(one: Drug, other: Drug) -> bool:
    forms = one.codes.rxnorm_forms.keys() & other.codes.rxnorm_forms.keys()
    return bool(forms) or other.id in one.names.combined_with or one.id in other.names.combined_with


def _holders(drugs: Iterable[Drug], keys_of: Callable[[Drug], Iterable[str]]) -> Mapping[str, list[Drug]]:
    holders: dict[str, list[Drug]] = {}
    for drug in drugs:
        for key in keys_of(drug):
            holders.setdefault(key, []).append(drug)
    return holders


def _in(drug: Drug, member: str, message: str) -> Problem:
    return Problem(f"drugs/{drug.id}.toml", member, message)
