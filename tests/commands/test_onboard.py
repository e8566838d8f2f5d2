"""``leukocds onboard``: the sheet says what the service does; a first token is shown and not believed."""

from __future__ import annotations

import dataclasses
import json
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jwt
import pytest
from click.testing import CliRunner, Result

from cds.app import create_app
from cds.commands.onboard import onboard
from cds.errors import TenantsError
from cds.findings import Topic
from cds.hooks.tenants_file import load_tenants
from cds.knowledge.load import load_knowledge
from cds.settings import Preferences, Settings
from tests.hooks.jwk_sets import Key, key_set

BASE = "https://cds.example.org/leuko"
SIGN = f"{BASE}/cds-services/leuko-order-sign"
ISSUER = "https://fhir.north.example.org/R4"
JKU = "https://fhir.north.example.org/R4/jwks.json"
KEY = Key("k+1/=")
ISSUED = 1_795_176_000
CLAIMS = {
    "iss": ISSUER,
    "aud": SIGN,
    "iat": ISSUED,
    "nbf": ISSUED,
    "exp": ISSUED + 300,
    "jti": "j-1",
    "sub": "client-7",
}

Run = Callable[..., Result]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    for field in dataclasses.fields(Settings):
        monkeypatch.delenv(f"LEUKOCDS_{field.name.upper()}", raising=False)
    monkeypatch.setenv("LEUKOCDS_PUBLIC_URL", BASE)
    monkeypatch.setenv("LEUKOCDS_CLOCK", "2026-11-20T12:10:00Z")
    return lambda *options, **more: CliRunner().invoke(onboard, list(options), **more)


# --- the sheet ------------------------------------------------------------------------------------------


def test_the_sheet_says_what_discovery_says(run: Run) -> None:
    sheet = json.loads(run("--format", "json").stdout)
    offered = (
        create_app(Settings(public_url=BASE), load_knowledge()).test_client().get("/cds-services").get_json()
    )

    for service, endpoint in zip(offered["services"], sheet["endpoints"], strict=True):
        assert f"{BASE}/cds-services/{service['id']}" == endpoint["url"]
        assert service["hook"] == endpoint["hook"]
        assert service["prefetch"] == {each["key"]: each["query"] for each in sheet["prefetch"]}
    assert [topic.value for topic in Topic] == [each["code"] for each in sheet["topics"]]


def test_the_sheet_names_the_reasons_that_cards_offer(run: Run) -> None:
    sheet = json.loads(run("--format", "json").stdout)
    story = json.loads(Path("fixtures/methimazole-reordered-at-anc-0.3/request.json").read_text("utf-8"))
    client = create_app(Settings(), load_knowledge()).test_client()
    cards = client.post(f"/cds-services/leuko-{story['hook']}", json=story).get_json()["cards"]

    assert cards[0]["overrideReasons"] == [
        {"system": each["system"], "code": each["code"], "display": each["name"]} for each in sheet["reasons"]
    ]


def test_the_sheet_says_what_comes_back_and_how_soon(run: Run) -> None:
    text = run().stdout

    assert "within 3 seconds" in text
    assert "- 412: blood counts are needed" in text
    assert "where we failed" not in text


@pytest.mark.parametrize(
    ("profile", "said", "unsaid"),
    [
        ("generic", ["SMART v2: patient/Patient.rs"], ["(Unsigned Order)", "does not call it"]),
        (
            "epic",
            ["MedicationRequest.Read (Unsigned Order) (R4)", "exactly as it stands"],
            ["does not call it"],
        ),
        ("oracle", ["(this EHR does not call it)", "tenant claim"], ["(Unsigned Order)"]),
    ],
)
def test_each_ehr_is_told_what_it_needs(run: Run, profile: str, said: list[str], unsaid: list[str]) -> None:
    text = run("--profile", profile).stdout

    assert [] == [each for each in said if each not in text]
    assert [] == [each for each in unsaid if each in text]
    assert all(part in text for part in (SIGN, f"{SIGN}/feedback", "leukoOrderRisk", "risk-benefit-ratio"))


def test_oracle_is_given_queries_without_sort_and_with_all_else(run: Run) -> None:
    sheets = {
        profile: json.loads(run("--profile", profile, "--format", "json").stdout)["prefetch"]
        for profile in ("generic", "oracle")
    }
    generic, oracle = ({each["key"]: each["query"] for each in sheet} for sheet in sheets.values())

    assert {key: re.sub("&_sort=[a-z-]+", "", query) for key, query in generic.items()} == oracle
    assert "_sort=-date" in generic["counts-total"]
    assert "_sort" not in run("--profile", "oracle").stdout
    assert oracle["counts-total"].endswith("&_count=50")


def test_a_known_caller_is_told_its_own(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tenants.toml").write_text(
        f'[[tenant]]\nname = "north"\nissuer = "{ISSUER}"\njwks_url = "{JKU}"\naudience = "sand_man"\n'
        'profile = "epic"\nwhen_not_checked = "card"\nfail = "card"\nalgorithms = ["RS256"]\nfhir_servers = ["https://fhir.north.example.org/R4"]\n'
    )
    monkeypatch.setenv("LEUKOCDS_ENV", "production")
    monkeypatch.delenv("LEUKOCDS_CLOCK")
    monkeypatch.setenv("LEUKOCDS_TENANTS", str(tmp_path / "tenants.toml"))
    text = run("--tenant", "north").stdout

    assert "leukocds in Epic" in text
    assert f"iss   {ISSUER}" in text
    assert "        sand_man\n" in text
    assert "alg   RS256;" in text
    assert "from this service to https://fhir.north.example.org (FHIR" in text
    assert "412" not in text
    assert "where we failed and checked nothing" in text
    assert "there is north" in run("--tenant", "south").stderr


def test_without_a_public_address_that_is_said(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LEUKOCDS_PUBLIC_URL")
    result = run()

    assert "LEUKOCDS_PUBLIC_URL is not set" in result.stderr
    assert "http://127.0.0.1:8080/cds-services/leuko-order-sign" in result.stdout


# --- a first token --------------------------------------------------------------------------------------


def _token(header: dict[str, Any] | None = None, **claims: Any) -> str:
    said = {name: value for name, value in (CLAIMS | claims).items() if value is not ...}
    return KEY.sign(said, **({"jku": JKU} | (header or {})))


def _show(run: Run, token: str) -> str:
    result = run("--profile", "epic", "--token", "-", input=token)

    assert 0 == result.exit_code, result.output
    assert token.split(".")[2] not in result.output, "The signature is shown."
    assert token not in result.output
    return result.stdout


def _warnings(shown: str) -> list[str]:
    return [line for line in shown.splitlines() if line.startswith("! ") and "has expired" not in line]


@pytest.mark.parametrize("around", ["{}", "Bearer {}\n", "Authorization: Bearer {}"])
def test_a_token_is_shown_and_nothing_is_said_against_a_good_one(run: Run, around: str) -> None:
    token = _token()
    result = run("--token", "-", input=around.format(token))

    assert [] == _warnings(result.stdout)
    assert all(
        each in result.stdout for each in ("NOT VERIFIED", ISSUER, SIGN, JKU, "k+1/=", "client-7", "ES384")
    )
    assert "2026-11-20" in result.stdout


def test_the_table_lists_the_sender(run: Run, tmp_path: Path) -> None:
    """Once somebody has confirmed it: pasted as it stands, it lets the sender in."""
    shown = _show(run, _token())
    (tmp_path / "tenants.toml").write_text(shown[shown.index("[[tenant]]") :])
    (tenant,) = load_tenants(tmp_path / "tenants.toml", Preferences())

    assert ("fhir-north-example-org", ISSUER, "client-7") == (tenant.name, tenant.issuer, tenant.subject)
    assert JKU == tenant.keys.url
    assert "epic" == tenant.preferences.profile
    assert frozenset() == tenant.audiences


def test_what_is_odd_about_a_token_comes_into_the_table(run: Run, tmp_path: Path) -> None:
    token = jwt.encode(
        CLAIMS | {"aud": ["sand_man", 'a"b\\'], "exp": ISSUED + 7200, "tenant": "t-1"},
        Key("p").private,
        "ES384",
        headers={"kid": "k"},
    )
    shown = _show(run, token)
    table = tomllib.loads(shown[shown.index("[[tenant]]") :])["tenant"][0]
    (tmp_path / table["jwks_file"]).write_text(json.dumps(key_set(KEY)))
    (tmp_path / "tenants.toml").write_text(shown[shown.index("[[tenant]]") :])
    (tenant,) = load_tenants(tmp_path / "tenants.toml", Preferences())

    assert {"sand_man", 'a"b\\'} == tenant.audiences
    assert (7200, "t-1") == (tenant.max_lifetime, tenant.claim)


def test_slashes_too_many_in_its_audience_are_no_other_address(run: Run) -> None:
    assert "audience" not in _show(run, _token(aud=CLAIMS["aud"].replace("/cds-services", "//cds-services")))
    assert 'audience = ["https://other.example.org/x"]' in _show(
        run, _token(aud="https://other.example.org//x/")
    )


@pytest.mark.parametrize(
    ("header", "claims", "said"),
    [
        ({}, {"iss": "https://sandbox.cds-hooks.org"}, "its private key is published"),
        ({}, {"iss": "http://fhir.north.example.org"}, "no https address"),
        ({}, {"jti": ...}, "jti missing"),
        ({}, {"aud": "https://other.example.org"}, "aud is none of our addresses"),
        ({}, {"exp": ISSUED + 3601}, "more than an hour"),
        ({}, {"exp": ISSUED + 90_000}, "more than a day"),
        ({}, {"iat": 4_000_000_000, "exp": 4_000_000_300}, "in the future"),
        ({}, {"scope": "user/*.read", "patient": "secret-42"}, "looks like an access token"),
        ({"typ": "at+jwt"}, {}, "looks like an access token"),
        ({"jku": "http://fhir.north.example.org/jwks.json"}, {}, "jku is no https address"),
        ({"jku": "https://keys.example.com/jwks.json"}, {}, "not of one host"),
        ({"jku": ""}, {}, "No jku"),
    ],
)
def test_what_would_keep_it_out_is_said(
    run: Run, header: dict[str, Any], claims: dict[str, Any], said: str
) -> None:
    shown = _show(run, _token(header, **claims))

    assert said in "\n".join(_warnings(shown))


@pytest.mark.parametrize(
    ("key", "alg", "said"),
    [("secret" * 8, "HS256", "without a public key"), (None, "none", "without a public key")],
)
def test_a_token_without_a_public_key_gets_no_table(run: Run, key: str | None, alg: str, said: str) -> None:
    shown = run("--token", "-", input=jwt.encode(CLAIMS, key, alg)).stdout

    assert said in shown
    assert "[[tenant]]" not in shown


def test_an_expired_token_is_said_to_be_so(run: Run) -> None:
    assert "It has expired" in _show(run, _token(iat=1_700_000_000, exp=1_700_000_300))


def test_what_may_be_about_a_patient_is_not_shown(run: Run) -> None:
    shown = _show(run, _token({"cty": "secret-1"}, patient="secret-2", name="secret-3"))

    assert "secret" not in shown
    assert "not shown: cty, name, patient" in shown


def test_a_claim_cannot_steer_the_terminal(run: Run) -> None:
    shown = _show(run, _token(sub="x\x1b[2Jy\n! all is well"))

    assert "\x1b" not in shown
    assert "\n! all is well" not in shown


def test_without_our_address_no_audience_is_proposed(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The aud of one call is the address of one endpoint: as audience it would refuse all others."""
    monkeypatch.delenv("LEUKOCDS_PUBLIC_URL")
    result = run("--token", "-", input=_token())

    assert "LEUKOCDS_PUBLIC_URL is not set, so aud could not be compared" in result.stdout
    assert "[[tenant]]" in result.stdout
    assert "audience" not in result.stdout


def test_a_token_and_a_response_are_two_questions(run: Run, tmp_path: Path) -> None:
    (tmp_path / "response.json").write_text('{"cards": []}')
    result = run("--token", "-", "--response", str(tmp_path / "response.json"), input=_token())

    assert 2 == result.exit_code
    assert "--token and --response" in result.stderr
    assert "nothing is dropped" not in result.stdout


@pytest.mark.parametrize("text", ["", "opaque-access-token", "a.b", "a.b.c", "a.b.c.d.e", "W10.W10.x"])
def test_what_is_no_token_is_refused_without_repeating_it(run: Run, text: str) -> None:
    result = run("--token", "-", input=text)

    assert 1 == result.exit_code
    assert "this is no JSON Web Token" in result.stderr
    assert not text or text not in result.output


# --- a response -----------------------------------------------------------------------------------------


def _cards() -> bytes:
    story = Path("fixtures/methimazole-reordered-at-anc-0.3/request.json")
    client = create_app(Settings(), load_knowledge()).test_client()
    return client.post("/cds-services/leuko-order-sign", json=json.loads(story.read_text("utf-8"))).data


def test_what_an_ehr_would_drop_of_cards_made_for_others_is_told(run: Run) -> None:
    answered = _cards()
    generic, epic = (
        run("--profile", each, "--response", "-", input=answered) for each in ("generic", "epic")
    )

    assert (0, 1) == (generic.exit_code, epic.exit_code)
    assert re.fullmatch(r"Of \d cards nothing is dropped\.\n", generic.stdout)
    assert re.search(r"card \d: suggestions\[\d\]\.actions\[0\]: a new order needs a code", epic.stdout)


@pytest.mark.parametrize("sent", [b"", b"{", b"[]", b"{}", b'{"cards": [1]}'])
def test_what_is_no_response_is_said_to_be_none(run: Run, sent: bytes) -> None:
    result = run("--profile", "epic", "--response", "-", input=sent)

    assert (2, True) == (result.exit_code, "no hook response" in result.stderr)


def test_a_mistake_in_the_callers_file_is_told(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tenants.toml").write_text('[[tenant]]\nname = "North"\n')
    monkeypatch.setenv("LEUKOCDS_ENV", "production")
    monkeypatch.delenv("LEUKOCDS_CLOCK")
    monkeypatch.setenv("LEUKOCDS_TENANTS", str(tmp_path / "tenants.toml"))
    result = run("--tenant", "north")

    assert 1 == result.exit_code
    assert "tenant.0.name" in result.stderr
    with pytest.raises(TenantsError):
        load_tenants(tmp_path / "tenants.toml", Preferences())
