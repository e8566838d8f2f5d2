"""``leukocds config`` shows every setting, and whether the service would start."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from socket import create_server

import pytest
from click.testing import CliRunner

from cds.commands.config import config
from cds.commands.serve import serve
from cds.settings import Settings


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for field in dataclasses.fields(Settings):
        monkeypatch.delenv(f"LEUKOCDS_{field.name.upper()}", raising=False)


def test_every_setting_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEUKOCDS_MAX_CARDS", "5")
    result = CliRunner().invoke(config)

    assert 0 == result.exit_code
    assert "LEUKOCDS_MAX_CARDS=5  (environment)" in result.output
    assert all(f"LEUKOCDS_{field.name.upper()}=" in result.output for field in dataclasses.fields(Settings))


def test_what_would_not_start_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEUKOCDS_ENV", "production")
    result = CliRunner().invoke(config)

    assert 1 == result.exit_code
    assert "The service would not start:" in result.output
    assert "LEUKOCDS_TENANTS" in result.output


def test_what_is_switched_off_is_shown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    switches = tmp_path / "switches.toml"
    switches.write_text('[[off]]\ntopic = "leukoMonitoring"\nwhy = "late counts"\n[[shadow]]\ntopic = "*"\n')
    monkeypatch.setenv("LEUKOCDS_SWITCHES", str(switches))
    result = CliRunner().invoke(config)

    assert 0 == result.exit_code
    assert f"{switches}: off topic leukoMonitoring for all" in result.output
    assert f"{switches}: shadow topic * for all" in result.output


@pytest.mark.parametrize(
    ("text", "said"),
    [('[[off]]\ntopic = "leukoX"\nwhy = "x"\n', 'no topic "leukoX"'), (None, "cannot be read")],
)
def test_switches_that_cannot_be_used_are_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str | None, said: str
) -> None:
    switches = tmp_path / "switches.toml"
    if text is not None:
        switches.write_text(text)
    monkeypatch.setenv("LEUKOCDS_SWITCHES", str(switches))
    result = CliRunner().invoke(config)

    assert 1 == result.exit_code
    assert said in result.output


def test_settings_callers_and_switches_are_told_in_one_round(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Form and safety of the settings, form and meaning of the callers' file."""
    (tmp_path / "tenants.toml").write_text(
        '[[tenant]]\nname = "north"\nissuer = "https://north.example.org"\nmax_cards = 0\n'
        'jwks_file = "missing.json"\n[tenant.override_reasons]\n"7" = "comfy"\n'
    )
    monkeypatch.setenv("LEUKOCDS_ENV", "production")
    monkeypatch.setenv("LEUKOCDS_THREADS", "many")
    monkeypatch.setenv("LEUKOCDS_TENANTS", str(tmp_path / "tenants.toml"))
    told = CliRunner().invoke(config)
    tried = CliRunner().invoke(serve)

    assert (1, 1) == (told.exit_code, tried.exit_code)
    for problem in (
        "LEUKOCDS_THREADS must be",
        "production needs LEUKOCDS_PUBLIC_URL",
        "tenant.0.max_cards",
        f"north: jwks_file {tmp_path / 'missing.json'} cannot be read",
        "north: override_reasons: comfy is none of",
    ):
        assert 1 == told.stderr.count(problem) == tried.stderr.count(problem), problem


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> tuple[str, ...]:
    """The settings name things that cannot be used; what is to be said of each."""
    (tmp_path / "overlay").mkdir()
    (tmp_path / "overlay" / "overlay.toml").write_text('nam = "x"\n')
    (tmp_path / "index").write_text("no index")
    (tmp_path / "key").write_text("short")
    (tmp_path / "cache").write_text("no cache, and long enough to be seen as none" * 10)
    for name, value in {
        "KNOWLEDGE_OVERLAY": tmp_path / "overlay",
        "RXNORM_INDEX": tmp_path / "index",
        "RXNAV_URL": "https://rxnav.example.org",
        "RXNAV_CACHE": tmp_path / "cache",
        "AUDIT": tmp_path / "nowhere" / "audit",
        "AUDIT_PEOPLE": "hash",
        "AUDIT_KEY_FILE": tmp_path / "key",
        "DATABASE_URL": f"sqlite:///{tmp_path}/nowhere/x.sqlite",
        "SWITCHES": tmp_path / "switches.toml",
    }.items():
        monkeypatch.setenv(f"LEUKOCDS_{name}", str(value))
    return (
        f"{tmp_path}/overlay/overlay.toml: name: this member is missing",
        f"{tmp_path}/overlay/overlay.toml: nam: there is no such member",
        f"LEUKOCDS_RXNORM_INDEX: {tmp_path}/index cannot be read as an index",
        f"LEUKOCDS_RXNAV_CACHE: {tmp_path}/cache cannot be used: file is not a database",
        f"LEUKOCDS_AUDIT: {tmp_path}/nowhere/audit cannot be written: No such file or directory",
        f"LEUKOCDS_AUDIT_KEY_FILE: {tmp_path}/key has less than 32 bytes",
        f"{tmp_path}/nowhere/x.sqlite cannot be written (No such file or directory)",
        f"{tmp_path}/switches.toml cannot be read",
    )


def test_whatever_the_settings_name_is_told_in_one_round(broken: tuple[str, ...]) -> None:
    """And nothing twice; by ``serve`` with the port that is taken."""
    with create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        told = CliRunner().invoke(config)
        tried = CliRunner().invoke(serve, ["--port", port])

    assert (1, 1) == (told.exit_code, tried.exit_code)
    for problem in broken:
        assert 1 == told.stderr.count(problem) == tried.stderr.count(problem), problem
    assert 1 == tried.stderr.count(f"cannot listen on 127.0.0.1:{port}")


def test_a_port_that_is_taken_is_told_beside_a_wrong_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unless the wrong one is the port: of its default nothing is said."""
    monkeypatch.setenv("LEUKOCDS_THREADS", "many")
    monkeypatch.setenv("LEUKOCDS_DATABASE_URL", "memory")
    with create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        tried = CliRunner().invoke(serve, ["--port", port])
        wrong = CliRunner().invoke(serve, ["--port", "many"])

    assert "LEUKOCDS_THREADS must be" in tried.stderr
    assert f"cannot listen on 127.0.0.1:{port}" in tried.stderr
    assert "--port must be" in wrong.stderr
    assert "cannot listen" not in wrong.stderr


def test_nothing_is_made_or_changed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, value in {
        "RXNAV_URL": "https://rxnav.example.org",
        "RXNAV_CACHE": tmp_path / "cache",
        "AUDIT": tmp_path / "audit",
        "DATABASE_URL": "sqlite:///~/deep/below/x.sqlite",
    }.items():
        monkeypatch.setenv(f"LEUKOCDS_{name}", str(value))
    monkeypatch.setenv("HOME", str(tmp_path))
    result = CliRunner().invoke(config)

    assert (0, "") == (result.exit_code, result.stderr.partition("\nCodes of medicines")[0])
    assert [] == [*tmp_path.iterdir()]


def test_of_a_database_whose_address_is_wrong_the_default_is_not_spoken_of(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "home").write_text("no folder")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    without = CliRunner().invoke(config)
    monkeypatch.setenv("LEUKOCDS_DATABASE_URL", "mysql://x")
    wrong = CliRunner().invoke(config)

    assert (1, 1) == (without.exit_code, wrong.exit_code)
    assert "leukocds.sqlite cannot be written (Not a directory)" in without.stderr
    assert "LEUKOCDS_DATABASE_URL must begin with" in wrong.stderr
    assert "cannot be written" not in wrong.stderr


def test_callers_that_cannot_be_used_are_said_without_a_file_of_switches(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LEUKOCDS_ENV", "production")
    monkeypatch.setenv("LEUKOCDS_PUBLIC_URL", "https://cds.example.org")
    monkeypatch.setenv("LEUKOCDS_TENANTS", str(tmp_path / "missing.toml"))
    result = CliRunner().invoke(config)

    assert 1 == result.exit_code
    assert "missing.toml cannot be read" in result.stderr


def test_switches_are_said_beside_a_wrong_setting(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LEUKOCDS_PORT", "none")
    monkeypatch.setenv("LEUKOCDS_SWITCHES", str(tmp_path / "missing.toml"))
    result = CliRunner().invoke(config)

    assert 1 == result.exit_code
    assert "LEUKOCDS_PORT must be" in result.stderr
    assert "missing.toml cannot be read" in result.stderr
