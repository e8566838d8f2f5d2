"""Every story is told to the service, and nothing of any patient is in log, metrics, audit trail or trace."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from cds.app import create_app
from cds.knowledge.base import Knowledge
from cds.knowledge.load import load_knowledge
from cds.logs import LOGGER, configure_logging
from cds.settings import Settings
from cds.stories import load_story
from cds.telemetry.assembly import open_telemetry, with_spans
from cds.telemetry.spans import Spans
from tests.fixture_stories import story_folders

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
TELLING = {"id", "reference", "family", "given", "display", "text", "access_token", "userId", "patientId"}
SHORTEST = 5  # characters: "1" is everywhere


def _strings(value: Any, name: str = "") -> Iterator[str]:
    """What could tell who somebody is or what was found: ids, names, texts, and values with their points."""
    if isinstance(value, dict):
        for each, below in value.items():
            yield from _strings(below, each)
    elif isinstance(value, list):
        for below in value:
            yield from _strings(below, name)
    elif name in TELLING and isinstance(value, str) and len(value) >= SHORTEST:
        yield value


def _values(body: str) -> set[str]:
    return set(re.findall(r'"value":\s*(\d+\.\d+)', body))


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return load_knowledge()


def test_nothing_of_any_patient_is_told(tmp_path: Path, knowledge: Knowledge) -> None:
    key = tmp_path / "key"
    key.write_bytes(b"k" * 32)
    audit, log, exporter = tmp_path / "audit", io.StringIO(), InMemorySpanExporter()
    settings = Settings(audit=str(audit), audit_people="hash", audit_key_file=key)
    spans = Spans(lambda: exporter)
    client = create_app(
        settings, knowledge, lambda: NOW, with_spans(open_telemetry(settings), spans)
    ).test_client()
    before = (LOGGER.handlers, LOGGER.level, LOGGER.propagate)
    configure_logging("debug", log)
    sent: set[str] = set()
    for folder in story_folders():
        story = load_story(folder, NOW)
        response = client.post(
            f"/cds-services/{story.service}", data=story.request, content_type="application/json"
        )
        assert response.status_code in {200, 412}
        sent |= {*_strings(json.loads(story.request)), *_values(story.request.decode())}
    LOGGER.handlers, LOGGER.level, LOGGER.propagate = before
    spans.flush()

    told = {
        "log": re.sub(r'"(fhir_)?ms": [0-9.]+|"at": "[^"]+"', "", log.getvalue()),
        "metrics": "\n".join(
            re.sub(r'le="[^"]+"| [^ ]+$', "", line)
            for line in client.get("/metrics").text.splitlines()
            if line[0] != "#"
        ),
        "audit": re.sub(r'"(recorded|value)":"[^"]+"', "", audit.read_text()),
        "trace": "".join(
            f"{span.name} {dict(span.attributes or {})} {span.events} {span.status.description}"
            for span in exporter.get_finished_spans()
        ),
    }
    assert 200 < len(sent)
    assert {} == {where: found for where, text in told.items() if (found := _found(sent, text))}
    assert all(len(text) > 1000 for text in told.values())


def _found(sent: set[str], text: str) -> list[str]:
    return sorted(each for each in sent if re.search(rf"(?<![\w.-]){re.escape(each)}(?![\w.-])", text))
