"""The pages tell the truth: commands run, files load, tables are fresh, links lead somewhere."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from click import Context
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from cds.app import OFFERED_REASONS
from cds.cli import main as leukocds
from cds.hooks.tenants_file import load_tenants
from cds.knowledge.checks import check_knowledge
from cds.knowledge.folder import PACKAGE_FOLDER
from cds.knowledge.load import load_knowledge
from cds.knowledge.switches import read_switches
from cds.settings import Preferences
from tests.documents import PAGES, Block, anchors_of, blocks_of, links_of
from tests.source_code import ROOT

PATIENCE = 60  # seconds
TODAY = "2026-11-20"  # on the pages
BLOCKS = [block for page in PAGES for block in blocks_of(page)]
SHELL = [block for block in BLOCKS if block.language == "sh"]
RUN = [block for block in SHELL if block.remark != "not run"]
NOT_RUN = [block for block in SHELL if block.remark == "not run"]


def places(blocks: list[Block]) -> list[str]:
    return [block.place for block in blocks]


def the_file(path: str) -> str:
    (block,) = (block for block in BLOCKS if block.about == path)
    return block.text


def environment() -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("LEUKOCDS_")}
    path = f"{Path(sys.executable).parent}{os.pathsep}{inherited['PATH']}"
    kept = {"LEUKOCDS_DATABASE_URL": "memory"}
    return inherited | kept | {"PATH": path, "LEUKOCDS_CLOCK": f"{TODAY}T12:00:00Z"}


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Where the service really listens."""
    command = [sys.executable, "-m", "cds", "serve", "--port", "0"]
    pipes = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, env=environment(), text=True, **pipes) as service:
        said = ""
        try:
            for line in service.stderr or ():
                said += line
                if found := re.search(r"listens on http://(\S+)/cds-services", line):
                    yield found[1]
                    break
            else:
                pytest.fail(said)
        finally:
            service.terminate()


def run(script: str) -> subprocess.CompletedProcess[str]:
    command = ["bash", "-euo", "pipefail", "-c", script]
    return subprocess.run(
        command, cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=PATIENCE, check=False
    )


@pytest.mark.parametrize("block", RUN, ids=places(RUN))
def test_a_shell_block_runs_and_prints_what_is_promised(block: Block, address: str) -> None:
    script = block.text.replace("127.0.0.1:8080", address).replace("$(date -u +%F)", TODAY)

    done = run(script)

    assert 0 == done.returncode, done.stderr
    assert block.prints in (None, done.stdout)


@pytest.mark.parametrize("block", NOT_RUN, ids=places(NOT_RUN))
def test_a_block_that_is_not_run_says_why_and_can_be_read_by_the_shell(block: Block) -> None:
    checked = subprocess.run(["bash", "-n", "-c", block.text], capture_output=True, text=True, check=False)

    assert "" == checked.stderr
    assert len(block.about) > 20


def test_every_block_says_what_it_is() -> None:
    assert {"sh", "text", "toml"} == {block.language for block in BLOCKS}
    assert [] == [block.place for block in BLOCKS if block.language == "toml" and block.remark != "file"]


def test_commands_and_targets_on_the_pages_exist_and_none_is_missing() -> None:
    pages = "\n".join(page.read_text("utf-8") for page in PAGES)
    named = {name for block in SHELL for name in re.findall(r"\bleukocds ([a-z]+)\b", block.text)}
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    commands = leukocds.list_commands(Context(leukocds))

    assert named <= set(commands)
    assert [] == [name for name in commands if f"leukocds {name}" not in pages and name not in named]
    assert {name for block in SHELL for name in re.findall(r"^make ([a-z-]+)", block.text, re.M)} <= targets


def test_the_drug_of_the_example_is_a_drug_that_would_be_accepted(tmp_path: Path) -> None:
    folder = tmp_path / "knowledge"
    shutil.copytree(PACKAGE_FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "drugs" / "examplazole.toml").write_text(the_file("drugs/examplazole.toml"), "utf-8")

    report = check_knowledge(folder, today=date.fromisoformat(TODAY))
    recognised = load_knowledge(folder).medicines.recognise([], ["EXAMPLIX 200 MG PO TABS"])

    assert [] == [str(problem) for problem in (*report.problems, *report.warnings)]
    assert ["examplazole"] == [match.ingredient for match in recognised.matches]


def test_the_overlay_of_the_example_would_be_laid_over(tmp_path: Path) -> None:
    for name in ("overlay.toml", "sources.toml"):
        (tmp_path / name).write_text(the_file(f"overlay/{name}"), "utf-8")

    known = load_knowledge(overlay=tmp_path)

    assert "generalhospital" in known.version
    assert "NEUT#" not in known.line_codes
    assert 1000 == known.drugs["methimazole"].limits.stop_neutrophils_below_per_ul


def test_the_callers_of_the_example_would_be_let_in(tmp_path: Path) -> None:
    public = rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key()
    key = json.loads(RSAAlgorithm.to_jwk(public)) | {"kid": "2026", "alg": "RS384"}
    (tmp_path / "north.jwks.json").write_text(json.dumps({"keys": [key]}))
    (tmp_path / "tenants.toml").write_text(the_file("tenants.toml"))

    (tenant,) = load_tenants(tmp_path / "tenants.toml", Preferences())

    assert ("north-hospital", "epic") == (tenant.name, tenant.preferences.profile)
    assert {*tenant.override_reasons.values()} <= {*OFFERED_REASONS.values()}


def test_the_switches_of_the_examples_would_hold() -> None:
    knowledge, before = load_knowledge(), datetime(2026, 11, 30, tzinfo=UTC)
    for name in ("switches-of-a-roll-out.toml", "switches.toml"):
        switches = read_switches(the_file(name).encode(), name, knowledge, ["north-hospital"])
        held = switches.held("north-hospital", before)

        assert held.shadow
        assert held.off_topics | held.off_rules


def test_generated_parts_are_fresh() -> None:
    checked = subprocess.run(
        [sys.executable, "docs/generate.py", "--check"],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )

    assert ("", "") == (checked.stdout, checked.stderr)


@pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])
def test_links_lead_to_files_and_headings_that_exist(page: Path) -> None:
    broken = []
    for link in links_of(page):
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        if not target.exists() or (anchor and anchor not in anchors_of(target)):
            broken.append(link)

    assert [] == broken
