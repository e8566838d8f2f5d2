"""The page is whole: all of it comes from here, nothing inline is run, what others wrote is unchanged."""

from __future__ import annotations

import hashlib
import re
import tomllib
from glob import glob
from html.parser import HTMLParser
from pathlib import Path

import pytest
from flask.testing import FlaskClient

import cds.workbench
from tests.source_code import ROOT

STATIC = Path(cds.workbench.__file__).with_name("static")
VENDOR = STATIC / "vendor"
OWN = sorted(path for path in STATIC.rglob("*") if path.is_file() and VENDOR not in path.parents)
SCRIPTS = [path for path in OWN if path.suffix == ".js"]
MOST_LINES = 300
ELSEWHERE = re.compile(r"https?://(?!www\.w3\.org/2000/svg|www\.nlm\.nih\.gov|hl7\.org)\w|[\"'(]//\w")


def test_the_policy_lets_the_page_do_nothing_but_what_it_needs(client: FlaskClient) -> None:
    headers = client.get("/sandbox").headers

    assert (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
        " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ) == headers["Content-Security-Policy"]
    assert ("nosniff", "DENY", "no-referrer") == (
        headers["X-Content-Type-Options"],
        headers["X-Frame-Options"],
        headers["Referrer-Policy"],
    )


class _Inline(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.found += [name for name in given if name == "style" or name.startswith("on")]
        self.found += ["script"] if tag == "script" and "src" not in given else []
        self.found += ["style"] if tag == "style" else []
        self.addresses += [given[name] or "" for name in ("src", "href") if name in given]


def test_nothing_stands_inline_and_every_address_leads_to_a_file(client: FlaskClient) -> None:
    page = _Inline()
    page.feed(client.get("/sandbox").text)
    files = [address for address in page.addresses if not address.startswith("#")]

    assert [] == page.found
    assert files
    for address in files:
        with client.get(address) as response:
            assert 200 == response.status_code


def test_below_a_prefix_every_address_has_it(client: FlaskClient) -> None:
    page = _Inline()
    page.feed(client.get("/sandbox", environ_overrides={"SCRIPT_NAME": "/leuko"}).text)

    assert all(address.startswith(("#", "/leuko/sandbox/")) for address in page.addresses)


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.name)
def test_nothing_is_fetched_from_elsewhere(path: Path) -> None:
    assert [] == ELSEWHERE.findall(path.read_text("utf-8"))


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_script_says_what_it_is_for_and_can_be_held_in_the_head(path: Path) -> None:
    lines = path.read_text("utf-8").splitlines()

    assert lines[0].startswith("/**")
    assert len(lines) <= MOST_LINES


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_html_is_written_in_one_place_alone(path: Path) -> None:
    text = path.read_text("utf-8")
    writes = re.findall(
        r"\b(?:innerHTML\s*=|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function)", text
    )

    assert (["innerHTML ="] if path.name == "markdown.js" else []) == writes


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_every_import_is_there(path: Path) -> None:
    imported = re.findall(r"""(?:from|import)\s*\(?["'](\.[^"']+)["']""", path.read_text("utf-8"))

    assert [] == [name for name in imported if not (path.parent / name).is_file()]


def test_what_others_wrote_is_unchanged_and_has_its_licence() -> None:
    note = (VENDOR / "README.md").read_text("utf-8")
    scripts = sorted(VENDOR.glob("*.js"))

    assert scripts
    for script in scripts:
        assert f"`{script.name}`" in note
        assert hashlib.sha256(script.read_bytes()).hexdigest() in note
        assert (VENDOR / f"{script.name.partition('.')[0]}.LICENSE").is_file()


@pytest.mark.parametrize(
    ("package", "wanted"),
    [
        ("cds.workbench", "**"),
        ("cds.fixtures", "*/case.toml"),
        ("cds.fixtures", "*/request.json"),
    ],
)
def test_every_file_of_the_sandbox_and_every_story_is_shipped(package: str, wanted: str) -> None:
    setuptools = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]
    folder = ROOT / setuptools["package-dir"].get(package, package.replace(".", "/"))

    def found(pattern: str) -> set[str]:
        return {
            name
            for name in glob(pattern, root_dir=folder, recursive=True)
            if (folder / name).is_file() and not name.endswith((".py", ".pyc"))
        }

    shipped = {name for pattern in setuptools["package-data"][package] for name in found(pattern)}

    assert found(wanted)
    assert set() == found(wanted) - shipped
