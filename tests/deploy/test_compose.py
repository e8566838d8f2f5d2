"""The compose file: understood by Docker's own tool, hardened, and in step with the service."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from cds.hooks.fhir_servers import THREADS_THAT_ASK
from cds.server import _DRAIN_SECONDS
from cds.settings import load_settings
from tests.source_code import ROOT

FILE = ROOT / "deploy" / "compose" / "compose.yaml"
COMPOSE: dict[str, Any] = yaml.safe_load(FILE.read_text("utf-8"))
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = ["migrate", "leukocds"]


def _compose() -> list[str]:
    plugins = (Path("/usr/libexec/docker/cli-plugins"), Path("/usr/lib/docker/cli-plugins"))
    if any((folder / "docker-compose").exists() for folder in plugins):
        return ["docker", "compose"]
    if shutil.which("docker-compose"):
        return ["docker-compose"]
    pytest.skip("neither docker compose nor docker-compose is installed: the file was NOT checked")


def test_compose_understands_the_file() -> None:
    done = subprocess.run(
        [*_compose(), "--file", FILE, "config", "--quiet"], capture_output=True, text=True, check=False
    )

    assert ("", "", 0) == (done.stdout, done.stderr, done.returncode)


@pytest.mark.parametrize("name", OURS)
def test_our_containers_can_neither_write_nor_gain_anything(name: str) -> None:
    service = SERVICES[name]

    assert (True, ["ALL"], ["no-new-privileges:true"], ["/tmp"]) == (
        service["read_only"],
        service["cap_drop"],
        service["security_opt"],
        service["tmpfs"],
    )
    assert {"mem_limit", "cpus", "pids_limit"} <= service.keys()
    assert "ports" not in service


def test_every_container_has_limits_and_cannot_gain_privileges() -> None:
    for service in SERVICES.values():
        assert {"mem_limit", "cpus"} <= service.keys()
        assert ["no-new-privileges:true"] == service["security_opt"]


def test_only_the_proxy_can_be_reached_and_the_database_reaches_nothing() -> None:
    assert ["proxy"] == [name for name, service in SERVICES.items() if "ports" in service]
    assert ["inside"] == SERVICES["database"]["networks"]
    assert COMPOSE["networks"]["inside"]["internal"]


def test_the_images_of_others_are_pinned_by_digest() -> None:
    others = [service["image"] for name, service in SERVICES.items() if name not in OURS]

    assert [] == [image for image in others if not re.search(r"@sha256:[0-9a-f]{64}$", image)]


@pytest.mark.parametrize("name", OURS)
def test_the_service_would_start_with_these_settings(name: str, tmp_path: Path) -> None:
    url = "postgresql+psycopg://leukocds:swordfish@database/leukocds"
    (tmp_path / "database-url").write_text(url)
    shutil.copytree(FILE.parent / "switches", tmp_path, dirs_exist_ok=True)
    environment = {
        variable: re.sub(
            "/run/secrets|/etc/leukocds", str(tmp_path), re.sub(r"\$\{\w+:-(.*)\}", r"\1", value)
        )
        for variable, value in SERVICES[name]["environment"].items()
    }

    settings = load_settings(environment)

    assert (True, url) == (settings.production, settings.database_url)


def test_the_container_may_have_all_threads_that_its_processes_can_start() -> None:
    """Or the process dies of it, in the midst of a busy hour."""
    given = {name: str(value) for name, value in SERVICES["leukocds"]["environment"].items()}
    settings = load_settings({name: given[name] for name in given if re.search("THREADS|WORKERS", name)})
    of_one = settings.threads + THREADS_THAT_ASK * settings.threads + settings.threads + 4
    at_two_reloads = 3 * settings.workers * of_one

    assert at_two_reloads + 20 + 10 <= SERVICES["leukocds"]["pids_limit"]


def test_secrets_come_as_files_that_are_not_in_the_repository() -> None:
    for secret in COMPOSE["secrets"].values():
        assert not (FILE.parent / secret["file"]).exists() or not _is_tracked(FILE.parent / secret["file"])
    variables = {name for service in SERVICES.values() for name in service.get("environment", {})}
    assert {"POSTGRES_PASSWORD_FILE"} == {name for name in variables if "PASSWORD" in name}


def test_what_is_under_way_may_be_finished() -> None:
    assert _DRAIN_SECONDS < int(SERVICES["leukocds"]["stop_grace_period"].removesuffix("s"))


def _is_tracked(path: Path) -> bool:
    listed = subprocess.run(
        ["git", "ls-files", "--error-unmatch", os.fspath(path)], cwd=ROOT, capture_output=True, check=False
    )
    return listed.returncode == 0
