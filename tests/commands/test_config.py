"""``leukocds config`` shows every setting, and whether the service would start."""

from __future__ import annotations

import dataclasses
from pathlib import Path

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
        "north: jwks_file cannot be read",
        "north: override_reasons: comfy is none of",
    ):
        assert 1 == told.stderr.count(problem) == tried.stderr.count(problem), problem


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
