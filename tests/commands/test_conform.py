"""``leukocds conform``: exit status, table, JSON, JUnit, and what cannot be used."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from cds.cli import main
from tests.conformance.small_door import Json
from tests.conformance.small_service import serving
from tests.source_code import ROOT

STORY = ROOT / "fixtures" / "methimazole-reordered-at-anc-0.3"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["conform", *map(str, arguments)])


def pem(key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def test_a_service_that_keeps_the_rules_is_0() -> None:
    with serving() as address:
        done = run(f"{address}/cds-services/")

    assert 0 == done.exit_code
    assert "C-03 X-03          M  passed         Every card has a `summary`" in done.output
    assert "M (must): " in done.output
    assert " 0 failed" not in done.output


def test_what_the_specification_demands_and_is_not_there_is_1() -> None:
    """With the place, and the versions that ask for it."""
    with serving(answer=lambda found: [card["source"].pop("label") for card in found["cards"]]) as address:
        done = run(address)

    assert 1 == done.exit_code
    assert "C-05 X-03          M  failed" in done.output
    assert "- small (order-sign): cards[0]: source is {" in done.output
    assert "(CDS Hooks since 1.0)" in done.output


def test_what_is_only_advised_is_0() -> None:
    with serving(flaw="any hook") as address:
        done = run(address)

    assert 0 == done.exit_code
    assert "R-04               S  advice" in done.output
    assert "(our own inference)" in done.output


def test_nobody_there_is_2() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        done = run(f"http://127.0.0.1:{taken.getsockname()[1]}")

    assert 2 == done.exit_code
    assert "no answer" in done.output


def test_something_else_than_a_service_is_1() -> None:
    """A page is no discovery; nothing else can be tried, and nothing is a fault of the kit."""
    with serving(respond=lambda found: found.set_data(b"<html></html>")) as address:
        done = run(address, "--json")

    outcomes = {each["check"]: each["outcome"] for each in json.loads(done.stdout)}
    assert 1 == done.exit_code
    assert "failed" == outcomes["discovery-lists-services"]
    assert "not applicable" == outcomes["summaries-are-short"]


def test_json_tells_what_the_table_tells() -> None:
    with serving() as address:
        (result, *_) = json.loads(run(address, "--json").stdout)

    expected = {
        "check": "discovery-lists-services",
        "claim": "`GET /cds-services` answers 200 with an object that has an array `services`",
        "items": ["D-01"],
        "level": "M",
        "basis": "1.0+",
        "outcome": "passed",
        "said": [],
    }
    assert expected == result


def test_junit_counts_failures_and_no_advice(tmp_path: Path) -> None:
    def spoil(found: Json) -> None:
        for card in found["cards"]:
            card |= {"indicator": "hard-\x1b[31mstop", "summary": "x\ny"}

    with serving(answer=spoil) as address:
        done = run(address, "--junit", tmp_path / "junit.xml")

    suite = ElementTree.parse(tmp_path / "junit.xml").getroot()
    cases = {case.get("name"): case for case in suite}
    assert 1 == done.exit_code
    assert "1" == suite.get("failures")
    assert str(len(cases)) == suite.get("tests")
    assert cases["indicators-are-known"].find("failure") is not None
    assert cases["summaries-are-one-line"].find("failure") is None
    assert "advice: " in (cases["summaries-are-one-line"].findtext("system-out") or "")
    assert cases["times-are-looked-at"].find("skipped") is not None


def test_what_a_service_sends_cannot_steer_the_terminal() -> None:
    def spoil(found: Json) -> None:
        for card in found["cards"]:
            card["indicator"] = "\x1b[31m\n"

    def spoil_name(found: Json) -> None:
        found["services"].append(found["services"][0] | {"id": "x\x1b[31m", "prefetch": {"\x1b[31m": 3}})

    with serving(answer=spoil, discovery=spoil_name) as address:
        done = run(address)

    assert "[31m" in done.output
    assert "\x1b" not in done.output


def test_only_what_is_asked_for_is_tried() -> None:
    with serving() as address:
        other = json.loads(run(address, "--service", "another", "--json").stdout)
        hook = json.loads(run(address, "--hook", "patient-view", "--json").stdout)

    for results in (other, hook):
        outcomes = {each["check"]: each["outcome"] for each in results}
        assert ("passed", "not applicable") == (
            outcomes["discovery-lists-services"],
            outcomes["a-request-is-answered-with-cards"],
        )


def test_a_request_may_be_a_file_or_a_story(tmp_path: Path) -> None:
    """Of another hook than those offered, it is not used."""
    request = {"hook": "order-sign", "hookInstance": "x", "context": {"patientId": "1"}}
    (tmp_path / "request.json").write_text(json.dumps(request))

    with serving() as address:
        file = json.loads(run(address, "--request", tmp_path / "request.json", "--json").stdout)
        story = run(address, "--request", STORY)

    said = {each["check"]: each["said"] for each in file}
    assert any("412" in line for line in said["a-request-is-answered-with-cards"])
    assert 1 == story.exit_code  # the small service needs its own prefetch


@pytest.mark.parametrize(
    ("name", "content", "option", "said"),
    [
        ("r.json", b"{", "--request", "is no JSON"),
        ("r.json", b"[]", "--request", "is no hook request"),
        ("r.json", b'{"hook": "order-sign"}', "--request", "is no hook request"),
        ("k.pem", b"x", "--token-key", "cannot be read as a private key"),
        ("k.jwk", b'{"kty": "EC"}', "--token-key", "cannot be read as a private key"),
        ("k.jwk", b'{"keys": []}', "--token-key", "cannot be read as a private key"),
        ("k.pem", pem(ed25519.Ed25519PrivateKey.generate()), "--token-key", "no private RSA or EC key"),
        ("k.pem", pem(ec.generate_private_key(ec.SECP384R1())), "--token-key", "--token-key needs --iss"),
    ],
    ids=["half", "list", "no context", "no key", "no JWK", "empty set", "another kind", "no issuer"],
)
def test_what_cannot_be_used_is_2_and_said(
    tmp_path: Path, name: str, content: bytes, option: str, said: str
) -> None:
    (tmp_path / name).write_bytes(content)
    done = run("http://127.0.0.1:9", option, tmp_path / name)

    assert 2 == done.exit_code
    assert said in done.output


def test_a_folder_that_is_no_story_is_2(tmp_path: Path) -> None:
    assert 2 == run("http://127.0.0.1:9", "--request", tmp_path).exit_code
