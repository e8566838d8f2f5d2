"""What may stand in which room, and how long it may be: read from the source.

Every rule yields the places where it is broken, in words that say what to do. The project must yield none;
beside it stands a line that breaks the rule, to show that it would be noticed.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator

from tests.source_code import Module, calls, literals, read_modules, within, write_module

MODULES = read_modules("cds", "cards")
FROM_FACTS_TO_CARDS = ("cds.facts", "cds.findings", "cds.rules", "cds.assess", "cards")

Rule = Callable[[Module], Iterator[str]]


def broken(rule: Rule) -> list[str]:
    return [place for module in MODULES for place in rule(module)]


def notices(rule: Rule, name: str, text: str) -> bool:
    return any(rule(write_module(name, text)))


# --- the world stays outside ----------------------------------------------------------------------------

CLOCKS = {
    "cds.app": "the clock of the service",
    "cds.hooks.fetch": "how long the FHIR server took, and how much longer it may",
    "cds.hooks.fhir_job": "how long one question took",
    "cds.hooks.fhir_threads": "how much longer a question may wait for a thread",
    "cds.hooks.switches": "when the file of switches was last looked at",
    "cds.hooks.exchange": "when an exchange began and how long it took, for its observers",
    "cds.underway": "how long an EHR may take to send its keys, or data",
    "cds.worker": "how long a client may take to send, or go on sending when refused",
    "cds.commands": "the clock of the terminal",
    "cds.store": "how long a database may rest before it is tried again",
    "cds.rxnorm": "how long RxNav may take, and how long its answers stay good",
}

CLOCK = re.compile(r"(.*\.)?(date|datetime)\.(now|today|utcnow)|(time\.)?(monotonic|perf_counter)|time\.time")


def reads_a_clock(module: Module) -> Iterator[str]:
    if not within(module.name, *CLOCKS):
        for line, name in calls(module):
            if CLOCK.fullmatch(name):
                yield f"{module.at(line)}: {name}() reads a clock; let cds.app hand in the moment."


def test_the_clock_is_read_at_the_edge_alone() -> None:
    assert [] == broken(reads_a_clock)
    assert notices(reads_a_clock, "cds.rules.x", "age = datetime.now(UTC) - born")
    assert notices(reads_a_clock, "cds.hooks.trust", "moment = time.time()")


def touches_the_world(module: Module) -> Iterator[str]:
    if within(module.name, "cds.readers", *FROM_FACTS_TO_CARDS):
        for line, name in calls(module):
            if name in {"open", "input", "exec", "eval"}:
                yield f"{module.at(line)}: {name}() reaches outside; take what you need as an argument."


def test_from_fhir_to_cards_nothing_reaches_outside() -> None:
    assert [] == broken(touches_the_world)
    assert notices(touches_the_world, "cards.x", "words = open('words.txt').read()")


def prints(module: Module) -> Iterator[str]:
    if not within(module.name, "cds.commands"):
        for line, name in calls(module):
            if name in {"print", "pprint"}:
                yield f"{module.at(line)}: {name}() could show a patient to a terminal; log fields instead."


def test_only_commands_print() -> None:
    assert [] == broken(prints)
    assert notices(prints, "cds.hooks.x", "print(body)")
    assert not notices(prints, "cds.commands.x", "print(body)")


EDGES = {
    "cds.server": "what cannot be reloaded is logged, and the service goes on with what it had",
    "cds.hooks.exchange": "the answer is made; who watches and fails is logged, and it still goes out",
    "cds.store.scribe": "what was not written is logged, and counted if lost; the rest still goes in",
}


def swallows(module: Module) -> Iterator[str]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ExceptHandler):
            caught = ast.unparse(node.type) if node.type else "BaseException"
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("suppress"):
            caught = ", ".join(map(ast.unparse, node.args))
        else:
            continue
        is_logged = module.name in EDGES and "log_exception(" in ast.unparse(node)
        if re.search(r"\b(Base)?Exception\b", caught) and not is_logged:
            yield f"{module.at(node.lineno)}: catch what you expect; the rest ends as HTTP 500, in the log."


def test_no_fault_is_swallowed() -> None:
    """A fault that vanished would read as "nothing found". The one net is that of cds.hooks.exchange."""
    assert [] == broken(swallows)
    assert notices(swallows, "cds.server", "try:\n    f()\nexcept Exception: pass")
    for handler in ("except Exception: pass", "except: pass", "except (KeyError, BaseException): pass"):
        assert notices(swallows, "cds.x", f"try:\n    f()\n{handler}")
    assert notices(swallows, "cds.x", "with contextlib.suppress(Exception): f()")
    assert not notices(swallows, "cds.x", "try:\n    f()\nexcept KeyError: pass")


REMEMBERED = {
    "cards.precautions._row_words": "a row of the precautions",
    "cards.render._source": "the version of the knowledge, a topic and an address of ours",
}


def remembers(module: Module) -> Iterator[str]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef) and within(module.name, "cards"):
            kept = any(
                re.match(r"(functools\.)?(lru_)?cache\b", ast.unparse(each)) for each in node.decorator_list
            )
            if kept and f"{module.name}.{node.name}" not in REMEMBERED:
                yield f"{module.at(node.lineno)}: {node.name}() outlives its answer; no patient may be in it."


def test_words_are_kept_from_answer_to_answer_only_where_they_are_about_nobody() -> None:
    """What they hold after every story is searched in tests/cards/test_remembered.py."""
    assert [] == broken(remembers)
    assert notices(remembers, "cards.x", "@lru_cache(64)\ndef described(count): ...")
    assert notices(remembers, "cards.x", "@functools.cache\ndef described(count): ...")


# --- what is known is no code ---------------------------------------------------------------------------

CODES = {
    "108252007": "the category that an order of a laboratory test carries (SNOMED CT)",
    "248153007 248152002": "the sex that a reference range is for (SNOMED CT)",
    "6064005 54485002 10547007 46713006 447694001": "routes that stay local (SNOMED CT)",
    "26643006 47625008 34206005 78421000 16857009": "routes into the body (SNOMED CT)",
}
CODE = re.compile(r"\d{1,5}-\d|\d{3,18}")  # LOINC; CVX, RxNorm, SNOMED CT


def holds_a_code(module: Module) -> Iterator[str]:
    excused = {code for codes in CODES for code in codes.split()}
    if within(module.name, "cds.readers", *FROM_FACTS_TO_CARDS):
        for line, value in literals(module):
            if isinstance(value, str) and CODE.fullmatch(value) and value not in excused:
                yield f"{module.at(line)}: {value!r} looks like a clinical code; move it to cds/knowledge."


def test_no_clinical_code_stands_in_code() -> None:
    assert [] == broken(holds_a_code)
    assert notices(holds_a_code, "cds.rules.x", "WBC = '6690-2'")
    assert notices(holds_a_code, "cards.x", "METHIMAZOLE = {'rxcui': '6835'}")


NUMBERS = {
    "0 1 2 3 4": "counting, indexing, how many are shown",
    "100": "percent",
    "1000": "cells per microlitre in 10*9/L",
    "3600": "seconds in an hour",
}


def holds_a_number(module: Module) -> Iterator[str]:
    excused = {float(number) for numbers in NUMBERS for number in numbers.split()}
    if within(module.name, "cds.rules", "cds.assess"):
        for line, value in literals(module):
            if re.fullmatch(r"\d+(\.\d+)?", str(value)) and float(str(value)) not in excused:
                yield f"{module.at(line)}: {value} looks like a clinical limit; move it to cds/knowledge."


def test_no_clinical_limit_stands_in_a_rule() -> None:
    assert [] == broken(holds_a_number)
    assert notices(holds_a_number, "cds.rules.x", "severe = count < Decimal('0.5')")
    assert notices(holds_a_number, "cds.rules.x", "window = timedelta(days=90)")


# --- size and shape -------------------------------------------------------------------------------------

MOST_LINES = 300


def is_too_long(module: Module) -> Iterator[str]:
    length = module.text.count("\n")
    if length > MOST_LINES:
        yield f"{module.path}: {length} lines, {MOST_LINES} at most; split it where its subject changes."


def test_no_module_is_longer_than_a_reader_can_hold() -> None:
    assert [] == broken(is_too_long)
    assert notices(is_too_long, "cds.rules.x", "\n" * 301)
    assert not notices(is_too_long, "cds.rules.x", "\n" * 300)


def test_the_package_itself_is_a_docstring_and_a_version() -> None:
    """Anything more, and ``import cards`` would run in a circle: cards, cds.findings, cds, cds.app, cards."""
    (package,) = (module for module in MODULES if module.name == "cds")

    assert re.fullmatch(r'"""[^"]+"""\n\n__version__ = "[^"]+"\n', package.text)
