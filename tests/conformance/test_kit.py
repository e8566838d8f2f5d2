"""Our own service before the kit: the real server, as a sandbox and in production."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jwt
import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from cds.cli import main
from cds.conform.run import CHECKS
from tests.hooks.key_server import KeyServer, key_server
from tests.source_code import ROOT

PATIENCE = 60  # seconds
ISSUER = "https://ehr.example.org"
PUBLIC = "https://cds.example.org/leuko"
STORIES = (
    "methimazole-reordered-at-anc-0.3",
    "order-select-speaks-of-the-selected-draft",
    "patient-view-gives-the-whole-picture",
    "paracetamol-at-wbc-3.6-is-silent",
)
REQUESTS = [part for story in STORIES for part in ("--request", str(ROOT / "fixtures" / story))]

# What our service gives no occasion to try, in a sandbox and in production, and why.
OWN_REASONS = {
    "versions-are-versions": "it states no version",
    "keys-are-listed-before-they-are-used": "no template uses another",
    "the-address-is-secure": "it runs on this machine",
    "links-are-whole": "cards have no links",
    "app-context-is-for-smart-links": "cards have no links",
    "smart-links-are-launch-addresses": "cards have no links",
    "the-order-of-unsorted-results-means-nothing": "no story has two results of an unsorted search",
}
BROWSER = "https://clinic.example.org"
SIGNED = {
    "the-signature-is-that-of-the-key",
    "a-token-is-good-for-one-call",
    "feedback-is-trusted-like-any-call",
}
FEW = 10  # questions for keys that the kit makes up, one per cool-down


@contextmanager
def serving(**settings: str) -> Iterator[str]:
    """The real server; gives its address."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LEUKOCDS_")}
    environment |= {
        "LEUKOCDS_SOURCE_URL": "https://cds.example.org",
        "LEUKOCDS_DATABASE_URL": "memory",
    } | settings
    command = [sys.executable, "-m", "cds", "serve", "--port", "0"]
    pipes: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, env=environment, text=True, **pipes) as process:
        said = ""
        try:
            for line in process.stderr or ():
                said += line
                if found := re.search(r"listens on (http://\S+)/cds-services", line):
                    yield found[1]
                    break
            else:
                pytest.fail(said)
        finally:
            process.terminate()


def free_port() -> int:
    """One that nothing listens at."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def outcomes(*arguments: str) -> dict[str, str]:
    """Outcome of each check by its name; nothing may have failed or drawn advice."""
    done = CliRunner().invoke(main, ["conform", *arguments, "--json"])
    results = json.loads(done.stdout)
    blamed = {each["check"]: each["said"] for each in results if each["outcome"] in {"failed", "advice"}}

    assert {} == blamed
    assert 0 == done.exit_code
    return {each["check"]: each["outcome"] for each in results}


def untried(found: dict[str, str]) -> set[str]:
    """The checks that did not pass."""
    return {name for name, outcome in found.items() if outcome != "passed"}


@dataclass(frozen=True)
class EHR:
    """A caller: a folder with its private keys (a JWK and PEM), its public ones, and where it has them."""

    folder: Path
    public: list[dict[str, Any]]
    server: KeyServer
    certificate: Path


@pytest.fixture
def ehr(tmp_path: Path) -> Iterator[EHR]:
    """An EHR that is known, and has published the first of its keys."""
    folder = tmp_path
    curve, rivest = ec.generate_private_key(ec.SECP384R1()), rsa.generate_private_key(65537, 2048)
    public = [
        json.loads(jwt.algorithms.ECAlgorithm.to_jwk(curve.public_key())) | {"kid": "k1"},
        json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(rivest.public_key())) | {"kid": "k2"},
    ]
    (folder / "k1.jwk").write_text(jwt.algorithms.ECAlgorithm.to_jwk(curve)[:-1] + ', "kid": "k1"}')
    (folder / "k2.pem").write_bytes(
        rivest.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    with key_server(folder) as (server, certificate):
        server.document = {"keys": public[:1]}
        (folder / "tenants.toml").write_text(
            f'[[tenant]]\nname = "north"\nissuer = "{ISSUER}"\njwks_url = "{server.url}"\n'
        )
        yield EHR(folder, public, server, certificate)


def test_the_sandbox_keeps_the_rules() -> None:
    fhir = free_port()
    listed = {"LEUKOCDS_FHIR_SERVERS": f"http://127.0.0.1:{fhir}", "LEUKOCDS_ALLOW_HTTP_FHIR": "1"}
    with serving(**listed) as address:
        found = outcomes(address, "--heavy", *REQUESTS, "--fhir-port", str(fhir))

    signed = {name for name, outcome in found.items() if outcome == "skipped"}
    assert OWN_REASONS.keys() == untried(found) - signed
    assert {"an-unsigned-token-is-refused", "a-token-is-asked-for"} <= signed


def test_production_keeps_the_rules(ehr: EHR) -> None:
    """Behind a proxy with a path of its own, with several processes that share what tokens were used.

    With both algorithms that are recommended: the second key is published while the service is running. The
    FHIR server that the kit plays is one of the caller's.
    """
    fhir = free_port()
    tenants = ehr.folder / "tenants.toml"
    tenants.write_text(f'{tenants.read_text()}fhir_servers = ["http://127.0.0.1:{fhir}"]\n')
    settings = {
        "LEUKOCDS_ENV": "production",
        "LEUKOCDS_TENANTS": str(tenants),
        "LEUKOCDS_ALLOW_HTTP_FHIR": "1",
        "LEUKOCDS_PUBLIC_URL": PUBLIC,
        "LEUKOCDS_PROTECT_DISCOVERY": "1",
        "LEUKOCDS_CORS_ORIGINS": BROWSER,
        "LEUKOCDS_DATABASE_URL": f"sqlite:///{ehr.folder}/records.sqlite",
        "LEUKOCDS_WORKERS": "2",
        "LEUKOCDS_CA_FILE": str(ehr.certificate),
    }
    known = ("--iss", ISSUER, "--public-url", PUBLIC, "--jku", ehr.server.url, "--origin", BROWSER)
    with serving(**settings) as address:
        ehr.server.document = {"keys": ehr.public}
        rotated = outcomes(
            address,
            *REQUESTS,
            *("--service", "leuko-patient-view", "--token-key", str(ehr.folder / "k2.pem"), "--kid", "k2"),
            *known,
        )
        found = outcomes(
            address,
            *("--heavy", *REQUESTS, "--fhir-port", str(fhir)),
            *("--token-key", str(ehr.folder / "k1.jwk"), *known),
        )

    assert OWN_REASONS.keys() == untried(found)
    assert {check.name for check in CHECKS} == found.keys() == rotated.keys()
    assert {"passed"} == {rotated[name] for name in SIGNED}
    assert ehr.server.asked <= 2 + 2 * FEW, "Each process asks once at the start, and seldom after."


def test_cards_come_by_topic_where_the_kit_would_have_them_by_urgency() -> None:
    """The one piece of advice that is not followed, and the one story that draws it."""
    told = {
        answer.parent.name: json.loads(answer.read_text("utf-8")).get("cards", [])
        for answer in (ROOT / "fixtures").glob("*/response.json")
    }
    urgent_first = {
        name: sorted(cards, key=lambda card: ("critical", "warning", "info").index(card["indicator"]))
        for name, cards in told.items()
    }
    differing = [name for name, cards in told.items() if cards != urgent_first[name]]

    assert ["normal-total-hides-severe-neutropenia"] == differing
    assert "leukoOrderRisk" == told[differing[0]][0]["source"]["topic"]["code"]


def test_without_an_example_it_finds_out_what_it_can() -> None:
    """What the kit makes up for our queries is refused by nobody, and the cards it gets are looked at."""
    with serving() as address:
        found = outcomes(address, "--hook", "patient-view")

    assert "passed" == found["a-request-is-answered-with-cards"]
    assert "passed" == found["null-is-an-empty-result"]
