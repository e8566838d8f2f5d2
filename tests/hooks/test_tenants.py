"""The file of known callers: what it may say, and that every problem is reported."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from cds.errors import TenantsError
from cds.hooks.tenants import Tenant
from cds.hooks.tenants_file import load_tenants
from cds.settings import Preferences

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
RSA_KEY = rsa.generate_private_key(65537, 2048)


def _jwk(key: Any, **more: Any) -> dict[str, Any]:
    algorithm: Any = jwt.algorithms.OKPAlgorithm
    if isinstance(key, rsa.RSAPublicKey | rsa.RSAPrivateKey):
        algorithm = jwt.algorithms.RSAAlgorithm
    if isinstance(key, ec.EllipticCurvePublicKey | ec.EllipticCurvePrivateKey):
        algorithm = jwt.algorithms.ECAlgorithm
    return json.loads(algorithm.to_jwk(key)) | {"kid": "k1"} | more


REASONS = {"comfort-care", "other"}
GOOD = _jwk(RSA_KEY.public_key())


def _toml(**members: Any) -> str:
    given = {"name": "north", "issuer": "https://fhir.north.example.org", "jwks_file": "north.json"} | members
    lines = [f"{name} = {json.dumps(value)}" for name, value in given.items() if value is not None]
    return "\n".join(["[[tenant]]", *lines, ""])


def _load(folder: Path, text: str, *keys: Any) -> tuple[Tenant, ...]:
    (folder / "north.json").write_text(json.dumps({"keys": keys or [GOOD]}))
    (folder / "tenants.toml").write_text(text)
    return load_tenants(folder / "tenants.toml", Preferences(max_cards=4), reasons=REASONS)


def _problems(folder: Path, text: str, *keys: Any) -> tuple[str, ...]:
    with pytest.raises(TenantsError) as caught:
        _load(folder, text, *keys)
    return caught.value.problems


def test_a_tenant_is_read_with_its_choices(tmp_path: Path) -> None:
    (tenant,) = _load(
        tmp_path,
        _toml(profile="epic", merge_cards=True, clozapine_policy="uk", audience=["a", "b"], tenant="t"),
    )

    assert ("north", "t", frozenset({"a", "b"})) == (tenant.name, tenant.claim, tenant.audiences)
    assert Preferences("epic", 4, True, "uk") == tenant.preferences


def test_what_a_site_chooses_of_silence_and_faults_is_read(tmp_path: Path) -> None:
    (tenant,) = _load(
        tmp_path,
        _toml(
            when_not_checked="card",
            fail="card",
            suppress_repeats=True,
            shadow=["leukoMonitoring", "leukoPrecautions"],
            fhir_servers=["https://fhir.north.example.org/R4/"],
        ),
    )

    chosen = tenant.preferences
    assert ("card", "card", True) == (chosen.when_not_checked, chosen.fail, chosen.suppress_repeats)
    assert {"leukoMonitoring", "leukoPrecautions"} == chosen.shadow
    assert ("https://fhir.north.example.org/R4",) == tenant.fhir_servers


@pytest.mark.parametrize(("shadow", "topics"), [(True, {"*"}), (False, set()), ([], set())])
def test_all_topics_may_be_in_shadow_or_none(tmp_path: Path, shadow: Any, topics: set[str]) -> None:
    (tenant,) = _load(tmp_path, _toml(shadow=shadow))

    assert topics == tenant.preferences.shadow


def test_keys_may_be_fetched(tmp_path: Path) -> None:
    """Reading the file fetches nothing yet."""
    (tenant,) = _load(tmp_path, _toml(jwks_file=None, jwks_url="https://fhir.north.example.org/jwks.json"))

    assert "https://fhir.north.example.org/jwks.json" == tenant.keys.url


def test_keys_are_fetched_or_agreed_but_not_both(tmp_path: Path) -> None:
    (problem,) = _problems(tmp_path, _toml(jwks_url="https://fhir.north.example.org/jwks.json"))

    assert "jwks_url stands beside jwks_file" in problem


@pytest.mark.parametrize(
    "server", ["http://10.0.0.5/fhir", "ftp://x", "https://u:p@x/R4", "https://x/R4?a=b"]
)
def test_a_fhir_server_has_a_plain_https_address(tmp_path: Path, server: str) -> None:
    (problem,) = _problems(tmp_path, _toml(fhir_servers=["https://fhir.north.example.org/R4", server]))

    assert "north: fhir_servers.1: must be" in problem


def test_a_site_may_allow_plain_http_to_a_listed_fhir_server(tmp_path: Path) -> None:
    _load(tmp_path, _toml())
    (tmp_path / "tenants.toml").write_text(_toml(fhir_servers=["http://10.0.0.5/fhir"]))
    (tenant,) = load_tenants(tmp_path / "tenants.toml", Preferences(), allow_http_fhir=True)

    assert ("http://10.0.0.5/fhir",) == tenant.fhir_servers


def test_silence_after_a_fault_cannot_be_chosen_and_it_is_told_why(tmp_path: Path) -> None:
    (problem,) = _problems(tmp_path, _toml(fail="empty"))

    assert "an empty answer after a fault would look like all clear" in problem


@pytest.mark.parametrize(
    ("member", "value", "meant"),
    [
        ("name", "North Hospital", "must be lower-case words"),
        ("issuer", "http://fhir.north.example.org", "must be the https address that stands as iss"),
        ("jwks_url", "https://u:p@fhir.north.example.org/jwks", "must be an https address without a user"),
    ],
)
def test_what_a_member_must_be_is_told_in_words(tmp_path: Path, member: str, value: str, meant: str) -> None:
    """Nobody has to read a regular expression."""
    (problem,) = _problems(tmp_path, _toml(**{member: value}))

    assert f"tenant.0.{member}: {meant}" in problem


def test_a_misspelt_member_is_told_with_the_right_one(tmp_path: Path) -> None:
    (problem,) = _problems(tmp_path, _toml(jwks_ulr="https://x/jwks.json"))

    assert "tenant.0.jwks_ulr: not a member of a tenant; did you mean jwks_url?" in problem


def test_a_key_may_stand_in_the_file_itself(tmp_path: Path) -> None:
    key = "\n".join(f"{name} = {json.dumps(value)}" for name, value in GOOD.items())
    (tenant,) = _load(tmp_path, _toml(jwks_file=None) + f"[[tenant.keys]]\n{key}\n")

    assert tenant.keys.find("k1", NOW) is not None
    assert tenant.keys.find("k2", NOW) is None


@pytest.mark.parametrize(
    ("key", "algorithms", "usable"),
    [
        (RSA_KEY.public_key(), ["RS384", "ES384"], {"RS384"}),
        (RSA_KEY.public_key(), ["RS256", "PS384"], {"RS256", "PS384"}),
        (ec.generate_private_key(ec.SECP384R1()).public_key(), ["RS384", "ES384"], {"ES384"}),
        (ec.generate_private_key(ec.SECP256R1()).public_key(), ["ES256", "ES384"], {"ES256"}),
        (ed25519.Ed25519PrivateKey.generate().public_key(), ["EdDSA"], {"EdDSA"}),
    ],
)
def test_a_key_is_used_with_the_algorithms_that_fit_it(
    tmp_path: Path, key: Any, algorithms: list[str], usable: set[str]
) -> None:
    (tenant,) = _load(tmp_path, _toml(algorithms=algorithms), _jwk(key))

    key_found = tenant.keys.find("k1", NOW)
    assert key_found is not None
    assert usable == key_found.algorithms


@pytest.mark.parametrize(
    ("members", "place"),
    [
        ({"name": None}, "name"),
        ({"name": "North Hospital"}, "name"),
        ({"issuer": "http://fhir.north.example.org"}, "issuer"),
        ({"algorithms": []}, "algorithms"),
        ({"algorithms": ["none"]}, "algorithms"),
        ({"algorithms": ["HS256"]}, "algorithms"),
        ({"leeway_seconds": 301}, "leeway_seconds"),
        ({"max_lifetime_seconds": 0}, "max_lifetime_seconds"),
        ({"max_cards": 0}, "max_cards"),
        ({"profile": "cerner"}, "profile"),
        ({"jwks_url": "https://x"}, "jwks_url"),
        ({"jwks_url": "http://fhir.north.example.org/jwks.json"}, "jwks_url"),
        ({"jwks_url": "https://us:er@fhir.north.example.org/jwks.json"}, "jwks_url"),
        ({"when_not_checked": "empty"}, "when_not_checked"),
        ({"fail": "empty"}, "fail"),
        ({"shadow": ["leukoNothing"]}, "shadow"),
        ({"shadow": "leukoFever"}, "shadow"),
        ({"suppress_repeats": "yes"}, "suppress_repeats"),
        ({"fhir_servers": "https://fhir.north.example.org"}, "fhir_servers"),
        ({"jwks_ulr": "https://x/jwks.json"}, "jwks_ulr"),
    ],
)
def test_a_wrong_member_is_refused_by_place(tmp_path: Path, members: dict[str, Any], place: str) -> None:
    problems = _problems(tmp_path, _toml(**members))

    assert all(f"tenant.0.{place}" in problem for problem in problems)


def test_the_public_sandbox_is_no_caller_in_production(tmp_path: Path) -> None:
    """Anybody can sign in its name."""
    sandbox = "https://sandbox.cds-hooks.org"
    found = [
        *_problems(tmp_path, _toml(issuer=sandbox)),
        *_problems(tmp_path, _toml(issuer=f"{sandbox}/")),
        *_problems(tmp_path, _toml(jwks_file=None, jwks_url=f"{sandbox}/.well-known/jwks.json")),
    ]

    assert 3 == len(
        [each for each in found if "the private key of https://sandbox.cds-hooks.org is public" in each]
    )


@pytest.mark.parametrize(
    ("key", "words"),
    [
        (_jwk(RSA_KEY), "private"),
        ({"kty": "oct", "k": "c2VjcmV0", "kid": "k1"}, "secret"),
        ({name: value for name, value in GOOD.items() if name != "kid"}, "kid is missing"),
        (GOOD | {"use": "enc"}, "use is not sig"),
        (GOOD | {"x": "dw_JGR8nB2I6XveNxUOl2qk699ZPLM2nYI5STSdiEl9avAkrm3CkfYMbrrjr8laB"}, "is published"),
        (GOOD | {"n": "!"}, "not a public key"),
        (GOOD | {"kty": "XYZ"}, "not a public key"),
        (_jwk(ec.generate_private_key(ec.SECP256R1()).public_key()), "fits none"),
        (GOOD | {"alg": "RS256"}, "fits none"),
        (_jwk(rsa.generate_private_key(65537, 1024).public_key()), "shorter than 2048"),
        ("x", "kid is missing"),
    ],
)
def test_a_key_that_proves_nothing_is_refused(tmp_path: Path, key: Any, words: str) -> None:
    (problem,) = _problems(tmp_path, _toml(), key)

    assert problem.startswith(f"{tmp_path / 'tenants.toml'}: north: key 1: ")
    assert words in problem


def test_all_problems_are_reported_at_once(tmp_path: Path) -> None:
    problems = _problems(
        tmp_path,
        _toml() + _toml(jwks_file="missing.json") + _toml(name="south") + _toml(name="West", fail="empty"),
        GOOD,
        GOOD,
    )

    words = [
        "kid occurs twice",
        f"jwks_file {tmp_path / 'missing.json'} cannot be read: No such file or directory",
        "no keys",
        "name occurs twice",
        "issuer occurs twice",
        "tenant.3.name",
        "tenant.3.fail",
    ]
    assert [] == [word for word in words if not any(word in problem for problem in problems)]


def test_a_file_of_keys_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text("[]")

    assert any(
        f"jwks_file {tmp_path / 'keys.json'} cannot be read as a JWK set" in problem
        for problem in _problems(tmp_path, _toml(jwks_file="keys.json"))
    )


def test_a_member_of_the_wrong_shape_hides_nothing_else_that_is_wrong(tmp_path: Path) -> None:
    """Form and meaning are told in one round; of what hangs on the wrong member nothing is guessed."""
    reasons = '[tenant.override_reasons]\n"7" = "comfy"\n'
    problems = _problems(
        tmp_path,
        _toml(max_cards=0, fhir_servers=["http://10.0.0.5/fhir"], jwks_file="missing.json") + reasons,
    )

    words = [
        "tenant.0.max_cards",
        "north: fhir_servers.0",
        "missing.json cannot",
        "no keys",
        "comfy is none of",
    ]
    assert len(words) == len(problems)
    assert [] == [word for word in words if not any(word in problem for problem in problems)]


@pytest.mark.parametrize(
    "members",
    [
        {"jwks_url": "http://x", "jwks_file": None},
        {"jwks_file": 3},
        {"jwks_fil": "north.json", "jwks_file": None},
        {"algorithms": ["none"]},
        {"name": None},
        {"issuer": "http://x"},
    ],
)
def test_of_what_hangs_on_a_wrong_member_nothing_is_said(tmp_path: Path, members: dict[str, Any]) -> None:
    (problem,) = {each.rpartition(": ")[0] for each in _problems(tmp_path, _toml(**members))}

    assert "tenant.0." in problem


def test_tables_without_a_name_or_an_issuer_are_not_taken_for_one_caller(tmp_path: Path) -> None:
    problems = _problems(tmp_path, _toml(name=None) + _toml(name=None) + _toml(name="a", issuer=None))

    assert not any("twice" in problem for problem in problems)


def test_a_site_cannot_give_its_reasons_a_meaning_that_there_is_not(tmp_path: Path) -> None:
    reasons = '[tenant.override_reasons]\n"7" = "{}"\n'
    _load(tmp_path, _toml() + reasons.format("comfort-care"))
    (problem,) = _problems(tmp_path, _toml(name="south") + reasons.format("comfy"))

    assert "south: override_reasons: comfy is none of comfort-care, other" in problem


@pytest.mark.parametrize(
    "text",
    ["", "tenant = 3", "[[tenant", "other = 1", f"x = {'[' * 5000}", f"x = {'9' * 5000}"],
    ids=lambda text: text[:20],
)
def test_a_file_without_tenants_is_refused(tmp_path: Path, text: str) -> None:
    _problems(tmp_path, text)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TenantsError, match="cannot be read"):
        load_tenants(tmp_path / "nobody.toml", Preferences())
