"""The alert rules: tried by Prometheus' own tool, made of metrics that exist, each told of in the runbook."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import Any

import pytest
import yaml

from cds.telemetry.described import AT_A_LOOK, COUNTED
from tests.documents import anchors_of
from tests.source_code import ROOT

FOLDER = ROOT / "deploy" / "prometheus"
(GROUP,) = yaml.safe_load((FOLDER / "leukocds.rules.yml").read_text("utf-8"))["groups"]
RULES: list[dict[str, Any]] = GROUP["rules"]
NAMES = [rule["alert"] for rule in RULES]


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed: NO rule was tried")
@pytest.mark.parametrize("asked", ["check rules leukocds.rules.yml", "test rules leukocds.rules.test.yml"])
def test_prometheus_understands_the_rules_and_they_fire_when_they_should(asked: str) -> None:
    done = subprocess.run(
        ["promtool", *asked.split()], cwd=FOLDER, capture_output=True, text=True, check=False
    )

    assert 0 == done.returncode, done.stdout + done.stderr


def test_every_alert_is_seen_firing() -> None:
    tests = (FOLDER / "leukocds.rules.test.yml").read_text("utf-8")
    firing = set(re.findall(r'alertname="(\w+)"[^}]*\}\', value: 1', tests))

    assert firing == {*NAMES}


def test_every_metric_of_a_rule_is_one_of_ours() -> None:
    ours = {each.name for each in (*COUNTED, *AT_A_LOOK)}
    asked = {name for rule in RULES for name in re.findall(r"leukocds_\w+", rule["expr"])}

    assert set() == {name.removesuffix("_bucket") for name in asked} - ours


@pytest.mark.parametrize("rule", RULES, ids=NAMES)
def test_every_alert_says_how_urgent_it_is_and_leads_to_what_to_do(rule: dict[str, Any]) -> None:
    page, _, anchor = rule["annotations"]["runbook_url"].partition("#")

    assert rule["labels"]["severity"] in {"page", "ticket"}
    assert rule["annotations"]["summary"]
    assert rule["alert"].lower() == anchor
    assert anchor in anchors_of(ROOT / page)
