"""Settings: every variable named once, every problem reported at once, nothing unsafe started."""

from __future__ import annotations

import dataclasses
import re
from datetime import UTC, datetime
from pathlib import Path

import certifi
import pytest

from cds.errors import SettingsError
from cds.setting_safety import warnings_of
from cds.setting_values import read_instant, redacted
from cds.settings import Preferences, Settings, describe_settings, load_settings

PRODUCTION = {
    "LEUKOCDS_ENV": "production",
    "LEUKOCDS_TENANTS": "/etc/leukocds/tenants.toml",
    "LEUKOCDS_PUBLIC_URL": "https://cds.example.org/leuko/",
}


def _problems(environment: dict[str, str]) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        load_settings(environment)
    return caught.value.problems


def test_nothing_set_is_a_sandbox_on_this_machine() -> None:
    settings = load_settings({"HOME": "/root"})

    assert Settings() == settings
    assert ("127.0.0.1", False) == (settings.host, settings.production)


def test_every_kind_of_value_is_read() -> None:
    settings = load_settings(
        {
            "LEUKOCDS_PORT": "0",
            "LEUKOCDS_MERGE_CARDS": "true",
            "LEUKOCDS_CLOCK": "2026-11-20T13:00:00+01:00",
            "LEUKOCDS_CLOZAPINE_POLICY": "uk",
            "LEUKOCDS_PROFILE": "epic",
            "LEUKOCDS_MAX_CARDS": "5",
            "LEUKOCDS_WHEN_NOT_CHECKED": "card",
            "LEUKOCDS_SOURCE_URL": "https://cds.example.org/sources/",
        }
    )

    assert 0 == settings.port
    assert datetime(2026, 11, 20, 12, tzinfo=UTC) == settings.clock
    assert "https://cds.example.org/sources" == settings.source_url
    assert Preferences("epic", 5, True, "uk", "card") == settings.preferences


def test_an_empty_variable_counts_as_not_set() -> None:
    assert Settings() == load_settings({"LEUKOCDS_CLOCK": "", "LEUKOCDS_PORT": " "})


def test_a_secret_may_stand_in_a_file_and_is_shown_from_neither(tmp_path: Path) -> None:
    url = "postgresql+psycopg://leuko:swordfish@db.example.org/leuko"
    (tmp_path / "url").write_text(f"{url}\n")
    environment = {"LEUKOCDS_DATABASE_URL_FILE": str(tmp_path / "url")}

    (row,) = (each for each in describe_settings(environment) if each.variable == "LEUKOCDS_DATABASE_URL")

    assert (
        "postgresql+psycopg://leuko:swordfish@db.example.org/leuko" == load_settings(environment).database_url
    )
    assert ("file", False) == (row.origin, "swordfish" in row.value)


def test_a_password_among_the_parameters_is_not_shown_either() -> None:
    environment = {"LEUKOCDS_DATABASE_URL": "postgresql://db/leuko?user=l&password=swordfish&sslmode=require"}
    (row,) = (each for each in describe_settings(environment) if each.variable == "LEUKOCDS_DATABASE_URL")

    assert "postgresql+psycopg://db/leuko?user=l&password=***&sslmode=require" == row.value


@pytest.mark.parametrize("name", ["password", "sslpassword", "PASSWORD"])
@pytest.mark.parametrize("rest", ["", "&sslmode=require"])
@pytest.mark.parametrize("place", ["db", "u:canary@db:5432", "db:5432", "u:cana@ry@db"])
def test_no_parameter_that_ends_in_password_is_shown(name: str, rest: str, place: str) -> None:
    shown = redacted(f"postgresql+psycopg://{place}/leuko?{name}=cana@ry&a{name}=canary{rest}")

    assert shown.endswith(f"/leuko?{name}=***&a{name}=***{rest}")
    assert not re.search("cana|ry@", shown)


def test_the_names_of_postgresql_are_taken_as_they_are() -> None:
    for place in (
        "u:p%40w@db:5432/leuko",
        "/leuko?host=/run/pg",
        "u:p/w@[::1]:1/leuko",
        "db",
        "u@db/leuko?a=b@c:d",
    ):
        settings = load_settings({"LEUKOCDS_DATABASE_URL": f"postgresql://{place}"})

        assert f"postgresql+psycopg://{place}" == settings.database_url


def test_a_file_of_certificates_is_one(tmp_path: Path) -> None:
    bundle = Path(certifi.where())
    settings = load_settings({"LEUKOCDS_CA_FILE": str(bundle)})

    assert bundle == settings.ca_file


@pytest.mark.parametrize(
    ("sent", "host"),
    [("[::1]", "::1"), ("::1", "::1"), ("localhost", "localhost"), ("127.0.0.1", "127.0.0.1")],
)
def test_an_ipv6_address_may_stand_in_brackets(sent: str, host: str) -> None:
    assert host == load_settings({"LEUKOCDS_HOST": sent}).host


def test_a_secret_that_is_given_twice_or_cannot_be_read_is_refused(tmp_path: Path) -> None:
    path = str(tmp_path / "none")

    assert (
        f"LEUKOCDS_DATABASE_URL_FILE cannot be read (FileNotFoundError): {path}",
    ) == _problems({"LEUKOCDS_DATABASE_URL_FILE": path})  # fmt: skip
    assert ("LEUKOCDS_DATABASE_URL and LEUKOCDS_DATABASE_URL_FILE are both set: remove one of the two",) == (
        _problems({"LEUKOCDS_DATABASE_URL_FILE": path, "LEUKOCDS_DATABASE_URL": "sqlite:///x.sqlite"})
    )
    assert "did you mean" in _problems({"LEUKOCDS_TENANTS_FILE": "x"})[0]


def test_the_command_line_wins_over_the_environment() -> None:
    settings = load_settings({"LEUKOCDS_PORT": "9000"}, {"port": "9001", "host": None})

    assert (9001, "127.0.0.1") == (settings.port, settings.host)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "65536"),
        ("PORT", "-1"),
        ("PORT", "８０"),
        ("WORKERS", "0"),
        ("THREADS", "many"),
        ("ENV", "prod"),
        ("SANDBOX_ANYWHERE", "maybe"),
        ("CLOCK", "2026-11-20T12:00:00"),
        ("CLOCK", "yesterday"),
        ("MAX_BODY", "5MB"),
        ("PUBLIC_URL", "cds.example.org"),
        ("PUBLIC_URL", "https://user:secret@cds.example.org"),
        ("MAX_CARDS", "0"),
        ("RXNAV_URL", "rxnav.nlm.nih.gov/REST"),
        ("RXNAV_DEADLINE", "0.04"),
        ("RXNAV_DEADLINE", "10.1"),
        ("RXNAV_DEADLINE", "1s"),
        ("RXNAV_DEADLINE", "1e0"),
        ("RXNAV_DEADLINE", "nan"),
        ("CLOZAPINE_POLICY", "us"),
        ("LOG_LEVEL", "loud"),
        *(("HOST", host) for host in ("127.0.0.1:80", "[::1", "[127.0.0.1]", "10.0.0.0/8", "fd://3", "a,b")),
        ("CLOCK", "0001-01-01T00:00:00+14:00"),
        ("CLOCK", "9999-12-31T23:59:59-14:00"),
        ("CLOCK", "1899-12-31T23:59:59Z"),
        ("CA_FILE", __file__),
        ("CA_FILE", "/nowhere/ca.pem"),
        *(
            (f"{setting}_URL", address)
            for setting in ("PUBLIC", "SOURCE", "RXNAV")
            for address in (
                "https://cds.example.org:99999",
                "https://cds.example.org:0/leuko",
                "https://cds.example.org:port",
                "https://[::1",
                "https://:secret@cds.example.org",
                "https://cds.example.org/<b>",
                "https://cds.example.org/a b",
            )
        ),
        ("FHIR_SERVERS", "https://ehr.example.org:65536/R4"),
        *(
            ("DATABASE_URL", address)
            for address in (
                "sqlite:///",
                "sqlite:///:memory:",
                "sqlite:///file:leuko?mode=memory&uri=true",
                "sqlite:////var/lib/leuko.sqlite?mode=ro",
                "postgresql://leuko:swordfish@db:port/leuko",
                "postgresql://leuko:swordfish@db:65536/leuko",
                "postgresql://leuko:sword@fish@db/leuko",
            )
        ),
    ],
)
def test_a_wrong_value_is_refused_by_name(name: str, value: str) -> None:
    (problem,) = _problems({f"LEUKOCDS_{name}": value})

    assert problem.startswith(f"LEUKOCDS_{name} must ")
    assert "swordfish" not in problem


def test_a_refused_value_is_not_repeated() -> None:
    (problem,) = _problems({"LEUKOCDS_PUBLIC_URL": "https://user:canary@cds.example.org"})

    assert "canary" not in problem


def test_a_misspelt_variable_is_refused_with_the_likely_name() -> None:
    (problem,) = _problems({"LEUKOCDS_TENANT": "x.toml"})

    assert "LEUKOCDS_TENANT is not a setting; did you mean LEUKOCDS_TENANTS?" == problem


def test_all_problems_are_reported_at_once() -> None:
    problems = _problems({"LEUKOCDS_PORT": "x", "LEUKOCDS_TREADS": "4", "LEUKOCDS_HOST": "0.0.0.0"})

    assert 3 == len(problems)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_a_sandbox_listens_on_this_machine(host: str) -> None:
    assert () == warnings_of(load_settings({"LEUKOCDS_HOST": host}))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.7", "cds.example.org"])
def test_a_sandbox_does_not_listen_beyond_it(host: str) -> None:
    (problem,) = _problems({"LEUKOCDS_HOST": host})

    assert "LEUKOCDS_SANDBOX_ANYWHERE=1" in problem


def test_a_sandbox_for_everyone_has_to_be_asked_for_and_is_loud() -> None:
    settings = load_settings({"LEUKOCDS_HOST": "0.0.0.0", "LEUKOCDS_SANDBOX_ANYWHERE": "1"})

    (warning,) = warnings_of(settings)
    assert "SANDBOX OPEN TO EVERYONE" in warning


def test_production_with_a_known_caller_starts() -> None:
    settings = load_settings(PRODUCTION | {"LEUKOCDS_HOST": "0.0.0.0"})

    assert settings.production
    assert Path("/etc/leukocds/tenants.toml") == settings.tenants
    assert "https://cds.example.org/leuko" == settings.public_url
    assert () == warnings_of(settings)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"LEUKOCDS_TENANTS": ""}, "LEUKOCDS_TENANTS"),
        ({"LEUKOCDS_PUBLIC_URL": ""}, "LEUKOCDS_PUBLIC_URL"),
        ({"LEUKOCDS_PUBLIC_URL": "http://cds.example.org"}, "https"),
        ({"LEUKOCDS_CLOCK": "2026-11-20T12:00:00Z"}, "LEUKOCDS_CLOCK"),
        ({"LEUKOCDS_SANDBOX_ANYWHERE": "1"}, "LEUKOCDS_SANDBOX_ANYWHERE"),
        ({"LEUKOCDS_FHIR_SERVERS": "https://fhir.example.org/R4"}, "each caller's own"),
    ],
)
def test_unsafe_production_is_refused(change: dict[str, str], word: str) -> None:
    (problem,) = _problems(PRODUCTION | change)

    assert word in problem


@pytest.mark.parametrize("change", [{"LEUKOCDS_TENANTS": "x.toml"}, {"LEUKOCDS_PROTECT_DISCOVERY": "1"}])
def test_a_sandbox_that_seems_protected_is_refused(change: dict[str, str]) -> None:
    """Whoever lists callers believes that they are checked."""
    (problem,) = _problems(change)

    assert "LEUKOCDS_ENV=production" in problem


def test_what_is_allowed_but_odd_is_said() -> None:
    """A clock that stands still, and a token memory that ends with its process, or gives in for a while."""
    (still,) = warnings_of(load_settings({"LEUKOCDS_CLOCK": "2026-11-20T12:00:00Z"}))
    (alone,) = warnings_of(load_settings(PRODUCTION | {"LEUKOCDS_DATABASE_URL": "memory"}))
    (lenient,) = warnings_of(load_settings(PRODUCTION | {"LEUKOCDS_REPLAY_POLICY": "warn"}))

    assert "2026-11-20T12:00:00Z" in still
    assert "this process alone" in alone
    assert "LEUKOCDS_REPLAY_POLICY is warn" in lenient
    assert () == warnings_of(load_settings(PRODUCTION | {"LEUKOCDS_WORKERS": "4"}))


def test_plain_http_to_a_fhir_server_has_to_be_allowed_and_is_loud() -> None:
    listed = {"LEUKOCDS_FHIR_SERVERS": "http://127.0.0.1:8080/fhir"}
    (problem,) = _problems(listed)
    (warning,) = warnings_of(load_settings(listed | {"LEUKOCDS_ALLOW_HTTP_FHIR": "1"}))

    assert "LEUKOCDS_ALLOW_HTTP_FHIR" in problem
    assert "unprotected" in warning


def test_processes_of_production_share_the_memory_of_used_tokens() -> None:
    alone = PRODUCTION | {"LEUKOCDS_DATABASE_URL": "memory"}
    (problem,) = _problems(alone | {"LEUKOCDS_WORKERS": "2"})

    assert "processes do not share" in problem
    assert "memory" == load_settings(alone | {"LEUKOCDS_WORKERS": "1"}).database_url


def test_every_setting_is_explained_and_shown_with_its_origin() -> None:
    rows = {row.variable: row for row in describe_settings({"LEUKOCDS_MAX_CARDS": "5"})}

    assert [f"LEUKOCDS_{field.name.upper()}" for field in dataclasses.fields(Settings)] == [*rows]
    assert all(row.explained for row in rows.values())
    assert ("5", "environment") == (rows["LEUKOCDS_MAX_CARDS"].value, rows["LEUKOCDS_MAX_CARDS"].origin)
    assert ("8080", "default") == (rows["LEUKOCDS_PORT"].value, rows["LEUKOCDS_PORT"].origin)


def test_an_instant_is_read_in_utc() -> None:
    assert datetime(2026, 11, 20, 11, tzinfo=UTC) == read_instant("2026-11-20T12:00:00+01:00")


def test_that_codes_leave_the_machine_is_said_at_start() -> None:
    asked = {"LEUKOCDS_RXNAV_URL": "https://rxnav.example.org/REST/", "LEUKOCDS_RXNAV_DEADLINE": "0.5"}
    settings = load_settings(asked)
    (said,) = warnings_of(settings)

    assert ("https://rxnav.example.org/REST", 0.5) == (settings.rxnav_url, settings.rxnav_deadline)
    assert "sent to https://rxnav.example.org/REST: the codes alone" in said
    assert () == warnings_of(Settings())
