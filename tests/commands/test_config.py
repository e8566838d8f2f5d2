"""``leukocds config`` shows every setting, and whether the service would start."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from click.testing import CliRunner

from cds.commands.config import config
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
