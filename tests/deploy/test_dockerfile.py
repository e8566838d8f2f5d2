"""What the Dockerfile promises before anything is built of it; `make container-check` builds and tries it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cds import __version__
from tests.source_code import ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
STEPS = "\n".join(line for line in DOCKERFILE.splitlines() if not line.startswith("#"))


def test_hadolint_finds_nothing() -> None:
    hadolint = shutil.which("hadolint") or shutil.which("hadolint", path=Path(sys.executable).parent)
    if hadolint is None:
        pytest.skip("hadolint is not installed: the Dockerfile was NOT checked")

    checked = subprocess.run([hadolint, "Dockerfile"], cwd=ROOT, capture_output=True, text=True, check=False)

    assert ("", 0) == (checked.stdout, checked.returncode)


def test_the_base_is_pinned_by_digest_and_can_be_another() -> None:
    assert re.search(
        r"^ARG PYTHON_IMAGE=docker\.io/library/python:3\.\d+\S*@sha256:[0-9a-f]{64}$", STEPS, re.M
    )
    assert ["FROM ${PYTHON_IMAGE} AS build", "FROM ${PYTHON_IMAGE}"] == re.findall(r"^FROM .*", STEPS, re.M)


def test_nothing_is_installed_that_is_not_locked_by_hash() -> None:
    installs = re.findall(r"pip[^\n]* install (?:\\\n)?[^\n]+", STEPS)

    assert 3 == len(installs)
    assert [] == [each for each in installs if "--require-hashes" not in each and "--no-deps" not in each]


def test_simple_builders_can_build_it() -> None:
    assert not re.search(r"<<|--link|--mount", STEPS)


def test_it_is_labelled_with_the_version_of_the_code() -> None:
    assert f"\nARG VERSION={__version__}\n" in DOCKERFILE


def test_only_what_is_named_gets_into_the_build() -> None:
    ignored = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    kept = {line[1:] for line in ignored if line.startswith("!")}
    copied = {each for line in re.findall(r"^COPY (?!--from)(.+) \S+$", STEPS, re.M) for each in line.split()}

    assert "*" == next(line for line in ignored if not line.startswith("#"))
    assert kept == copied
