"""``leukocds demo``: a story over real HTTP, and its cards."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

REQUEST = {
    "hook": "patient-view",
    "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
    "context": {"patientId": "1", "userId": "Practitioner/p1"},
    "prefetch": {
        "counts-neutrophils": {
            "resourceType": "Observation",
            "id": "o1",
            "status": "final",
            "code": {"coding": [{"system": "http://loinc.org", "code": "751-8"}]},
            "subject": {"reference": "Patient/1"},
            "effectiveDateTime": "{{now-4h}}",
            "valueQuantity": {"value": 0.3, "unit": "10*9/L"},
        }
    },
}


def _demo(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cds", "demo", "--once", *arguments],
        env=os.environ | settings,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )


def test_a_story_is_told_over_http_whatever_the_environment_says(tmp_path: Path) -> None:
    """The port is taken and the settings ask for something else: it is still a sandbox on this machine."""
    (tmp_path / "case.toml").write_text(
        'title = "Low"\nproves = "The count is told."\nservice = "leuko-patient-view"\n'
    )
    (tmp_path / "request.json").write_text(json.dumps(REQUEST))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = _demo(str(tmp_path), "--port", str(port), LEUKOCDS_ENV="production")

    assert 0 == result.returncode, result.stderr
    assert "Low\nThe count is told.\n" in result.stdout
    assert " CRITICAL  ANC 0.3 x10^9/L" in result.stdout
    assert f"127.0.0.1:{port}/" not in result.stdout


def test_a_missing_story_is_said(tmp_path: Path) -> None:
    result = _demo(str(tmp_path / "nothing"))

    assert 1 == result.returncode
    assert "case.toml" in result.stderr
    assert "Traceback" not in result.stderr
