"""Who may import whom: the walls of the house, read from its source.

``ROOMS`` is the plan. The project has to hold to it, and in each room one forbidden import has to be noticed.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.source_code import ROOT, Module, calls, imports, read_modules, within, write_module

MODULES = read_modules("cds", "cards")

WORDS = {
    # what reads no clock, file, socket or environment merely by being used
    "pure": "__future__ abc bisect calendar collections dataclasses datetime decimal enum functools itertools"
    " json math operator re statistics string types typing unicodedata",
    "standard": " ".join(sorted(sys.stdlib_module_names)),
    "known": "cds.knowledge.base cds.knowledge.schema",  # the knowledge once it is loaded
}


@dataclass(frozen=True)
class Room:
    """A module, or a package with all below it; a module belongs to the room with the longest fitting name.

    Attributes:
        sees: the names that it may import from, and the groups of ``WORDS``.
        never: an import that has to be noticed.
        why: told to whoever breaks the rule.
    """

    name: str
    sees: str
    never: str
    why: str

    def may_import(self, name: str) -> bool:
        return within(name, *(part for word in self.sees.split() for part in WORDS.get(word, word).split()))


ROOMS = [
    Room("cds", "", "from cds.app import create_app", "`import cards` would run in a circle."),
    Room("cds.facts", "pure cds.facts", "import msgspec", "Facts are plain values that everybody may hold."),
    Room(
        "cds.findings", "pure cds.facts cds.findings", "from cds import rules", "Findings know facts alone."
    ),
    Room(
        "cds.rules",
        "pure known cds.facts cds.findings cds.rules",
        "from cds.readers import bundle",
        "A rule sees facts and knowledge: no FHIR, no HTTP, no clock, no file and no words for people.",
    ),
    Room(
        "cds.assess",
        "pure known cds.facts cds.findings cds.rules",
        "from cards.render import render_cards",
        "The assessment puts rules together; it reads nothing and says nothing.",
    ),
    Room(
        "cds.knowledge",
        "pure difflib hashlib pathlib pydantic pydantic_core"
        " cds.__version__ cds.errors cds.facts cds.knowledge cds.toml_text",
        "from cds.rules import trends",
        "Knowledge is data; it knows nothing of the rules that use it.",
    ),
    Room(
        "cds.rxnorm",
        "standard msgspec requests urllib3"
        " cds.errors cds.knowledge.local_forms cds.knowledge.lookup cds.knowledge.ndc"
        " cds.logs cds.proxies cds.rxnorm cds.underway cds.writable",
        "from cds.knowledge.base import Knowledge",
        "It tells what a code contains and knows of no drug; the knowledge asks it by a plain function.",
    ),
    Room(
        "cds.store",
        "standard alembic psycopg sqlalchemy cds.errors cds.logs cds.setting_values cds.shown cds.store"
        " cds.writable",
        "from cds.hooks.records import Records",
        "The database keeps what was shown and told; who asks, and over what, it does not know.",
    ),
    Room(
        "cds.readers",
        "pure known msgspec cds.facts cds.readers"
        " cds.knowledge.code_systems cds.knowledge.codings cds.knowledge.medicines",
        "from cds.rules import trends",
        "Readers turn FHIR into facts and judge nothing.",
    ),
    Room(
        "cds.readers.r4_check",
        "pure known msgspec pydantic fhir.resources.R4B cds.facts cds.readers",
        "import fhir.resources.observation",
        "FHIR models are R4B and imported here alone: without the version, the package means R5.",
    ),
    Room(
        "cds.readers.fhir_address",
        "pure ipaddress urllib.parse",
        "import requests",
        "Whether an address may be asked is told from its text alone.",
    ),
    Room(
        "cds.readers.fhir_client",
        "standard requests urllib3 cds.__version__ cds.proxies cds.underway",
        "from cds.settings import Settings",
        "The one way to a FHIR server; it knows no patient and no resource.",
    ),
    Room(
        "cards",
        "pure msgspec urllib.parse uuid cds.facts cds.findings cards",
        "from cds.knowledge.base import Knowledge",
        "Cards see findings and facts: what a card quotes is copied into its finding.",
    ),
    Room(
        "cds.hooks",
        "standard known cryptography flask jwt msgspec pydantic werkzeug"
        " cds.errors cds.facts cds.findings cds.hooks cds.logs cds.readers cds.setting_values cds.settings"
        " cds.shown cds.toml_text cds.trace cds.underway",
        "from cds.assess import assess",
        "Hooks speak the protocol; what is answered is handed in by cds.app.",
    ),
    Room(
        "cds.telemetry",
        "standard msgspec opentelemetry prometheus_client"
        " cds.__version__ cds.errors cds.hooks cds.logs cds.settings cds.shown cds.telemetry cds.trace"
        " cds.writable",
        "from cds.knowledge.base import Knowledge",
        "Telemetry is told what happened; it decides nothing.",
    ),
    Room(
        "cds.proxies",
        "pure requests",
        "from cds.settings import Settings",
        "One rule for all who go out; who goes where, it does not know.",
    ),
    Room(
        "cds.underway",
        "standard requests urllib3 cds.__version__",
        "from cds.logs import log_event",
        "How a GET ends is the same for all; what is asked, and of whom, it does not know.",
    ),
    Room(
        "cds.hooks.key_sets",
        "standard requests urllib3 cds.hooks.signing_keys cds.logs cds.proxies cds.underway",
        "from cds.hooks.trust import Trust",
        "Keys are fetched here alone; for whom and from where, others say.",
    ),
    Room(
        "cds.answer",
        "pure contextlib known"
        " cds.assess cds.errors cds.facts cds.findings cds.hooks cds.readers cds.rules.silence cds.settings"
        " cds.shown",
        "import cards.render",
        "The way from request to answer gets its words handed in.",
    ),
    Room(
        "cds.app",
        "pure known flask msgspec cards cds.answer cds.findings cds.hooks cds.pages"
        " cds.__version__ cds.profiles cds.rxnorm.sources cds.self_test cds.setting_values cds.settings"
        " cds.shown cds.standing cds.store.records cds.stories cds.telemetry cds.workbench.routes",
        "from cds.rules import trends",
        "This is the one place that joins the service to its words, and no place for a rule.",
    ),
    Room(
        "cds.profiles",
        "pure pathlib msgspec cds.profiles cds.settings",
        "from cards.profile import CardProfile",
        "Profiles are data; what is made of them, others say.",
    ),
    Room(
        "cds.pages",
        "pure known html posixpath cds.__version__ cds.facts cds.pages",
        "from cards.render import render_cards",
        "Pages show the knowledge to people; of patients they know nothing.",
    ),
    Room(
        "cds.workbench",
        "pure known html pathlib tomllib flask msgspec urllib.parse"
        " cds.answer cds.errors cds.facts cds.findings cds.hooks cds.profiles cds.rules cds.settings"
        " cds.stories cds.workbench",
        "from cards.render import render_cards",
        "The sandbox draws what the service concluded; its words are handed in, and its cards come by HTTP.",
    ),
    Room(
        "cds.self_test",
        "pure known msgspec pathlib cds.answer cds.hooks cds.settings",
        "from cds.app import create_app",
        "The self-test is handed the service that it tries.",
    ),
    Room(
        "cds.listening",
        "standard cds.errors cds.settings",
        "import gunicorn",
        "Whether an address is free is asked of the machine alone.",
    ),
    Room(
        "cds.server",
        "standard known click flask gunicorn"
        " cds.__version__ cds.app cds.errors cds.hooks.about cds.hooks.records cds.listening cds.logs"
        " cds.readers.r4_check"
        " cds.server_log cds.setting_safety cds.settings cds.standing cds.telemetry cds.worker",
        "from cds.assess import assess",
        "The server runs the application and knows nothing of what it does.",
    ),
    Room(
        "cds.server_log",
        "standard gunicorn.glogging cds.logs",
        "from cds.app import create_app",
        "It puts gunicorn's words into our log.",
    ),
    Room("cds.arrival", "pure", "import socket", "How much has arrived is told by the bytes alone."),
    Room(
        "cds.no_request",
        "standard gunicorn cds.errors",
        "import flask",
        "What is no request has no application to go to.",
    ),
    Room(
        "cds.worker",
        "standard gunicorn cds.arrival cds.errors cds.logs cds.no_request",
        "import flask",
        "A worker carries requests in and answers out, and reads neither.",
    ),
    Room(
        "cds.conform",
        "standard cryptography jwt requests cds.conform",
        "from cds.hooks.services import offered_services",
        "The kit sees any service from outside: what it took from ours, it could not find wrong in ours.",
    ),
    Room(
        "cds.commands",
        "standard click msgspec requests cds.answer cds.app cds.commands cds.conform cds.errors cds.facts"
        " cds.findings cds.hooks cds.knowledge cds.listening cds.pages cds.profiles cds.rxnorm cds.server"
        " cds.setting_safety cds.setting_values cds.settings cds.store cds.stories cds.telemetry.assembly",
        "from cards.render import render_cards",
        "A command goes through cds.app, so that it answers as the service does.",
    ),
    Room("cds.cli", "pure click cds.__version__ cds.commands", "import cds.app", "It lists the commands."),
    Room("cds.__main__", "pure cds.cli", "import cds.app", "It starts the command line."),
    Room("cds.errors", "pure msgspec", "import flask", "Everybody may raise an error."),
    Room("cds.logs", "standard msgspec", "import flask", "The log knows fields, no requests."),
    Room(
        "cds.settings",
        "standard cds.errors cds.preferences cds.setting_safety cds.setting_values",
        "import flask",
        "A setting is a plain value.",
    ),
    Room(
        "cds.setting_safety",
        "standard cds.setting_values cds.settings",
        "import flask",
        "What is safe is told from the settings alone.",
    ),
    Room("cds.setting_values", "standard", "import cds.settings", "A value is read from its text alone."),
    Room(
        "cds.health",
        "standard cds.settings",
        "import cds.app",
        "It is started every few seconds beside the service, and has to be light.",
    ),
    Room("cds.preferences", "pure", "import cds.settings", "A choice is a plain value."),
    Room("cds.shown", "pure uuid", "import msgspec", "What was shown is a plain value."),
    Room("cds.trace", "pure contextlib contextvars secrets", "import flask", "A trace is two ids."),
    Room(
        "cds.standing",
        "pure known cds.findings cds.hooks cds.knowledge.switches cds.settings cds.telemetry",
        "from cds.app import create_app",
        "It looks at the parts of the service, and puts none together.",
    ),
    Room("cds.stories", "standard cds.errors cds.toml_text", "import cds.app", "A story is a text."),
    Room("cds.writable", "standard", "import cds.settings", "Whether a file can be written it tells itself."),
    Room("cds.toml_text", "pure tomllib", "import pydantic", "What a document means, others say."),
]


def room_of(module: Module) -> Room:
    return max((room for room in ROOMS if within(module.name, room.name)), key=lambda room: len(room.name))


def sees_too_much(module: Module) -> Iterator[str]:
    room = room_of(module)
    for line, name in imports(module):
        if not room.may_import(name):
            yield f"{module.at(line)}: {room.name} must not import {name}. {room.why}"


@pytest.mark.parametrize("room", ROOMS, ids=[room.name for room in ROOMS])
def test_a_room_imports_only_what_it_may_see(room: Room) -> None:
    inhabitants = [module for module in MODULES if room_of(module) is room]
    intruder = write_module(room.name, f"def f():\n    {room.never}\n")

    assert [] == [place for module in inhabitants for place in sees_too_much(module)]
    assert 1 == len(list(sees_too_much(intruder)))


def test_every_module_stands_in_a_room() -> None:
    """``cds`` itself is a room of one: a new module there needs a room of its own, and with it a reason."""
    strays = [module.path for module in MODULES if room_of(module).name == "cds" and module.name != "cds"]
    empty = {room.name for room in ROOMS} - {room_of(module).name for module in MODULES}

    assert [] == strays, "Give these modules a room in ROOMS, or move them into one."
    assert set() == empty, "Nobody lives there any more: take these rooms out of ROOMS."


def test_a_relative_import_is_seen_as_what_it_imports() -> None:
    module = write_module("cds.rules.trends", "from ..readers import bundle\nfrom . import draws")

    assert [(1, "cds.readers.bundle"), (2, "cds.rules.draws")] == list(imports(module))


def imports_by_name(module: Module) -> Iterator[str]:
    for line, name in calls(module):
        if name.rpartition(".")[2] in {"__import__", "import_module"}:
            yield f"{module.at(line)}: import it by statement, so that it can be seen who needs whom."


def test_nothing_is_imported_behind_the_back_of_these_tests() -> None:
    sly = write_module("cds.rules.trends", "flask = importlib.import_module('flask')")

    assert [] == [place for module in MODULES for place in imports_by_name(module)]
    assert 1 == len(list(imports_by_name(sly)))


def test_every_package_is_shipped() -> None:
    """Packages are listed by hand; one that is forgotten works here and is missing from the wheel."""
    setuptools = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]
    of_data = {*setuptools["package-dir"]}  # folders from elsewhere, without modules
    packages = {module.name for module in MODULES if module.path.endswith("__init__.py")}
    folders = {module.path.rpartition("/")[0].replace("/", ".") for module in MODULES}

    assert folders == packages, "A folder of modules needs an __init__.py."
    assert packages == {*setuptools["packages"]} - of_data
