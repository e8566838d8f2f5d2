"""What ``leukocds call`` is given becomes hook requests."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cds.commands.inputs import read_document, read_documents
from cds.errors import MalformedJson, WrongShape
from cds.hooks.hook_request import HookRequest
from cds.readers.page import Page

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
REQUEST = {"hook": "order-sign", "hookInstance": "x", "context": {"patientId": "1"}}
PATIENT = {"resourceType": "Patient", "id": "1"}
COUNT = {"resourceType": "Observation", "id": "o1", "subject": {"reference": "Patient/1"}}
DRAFT = {"resourceType": "MedicationRequest", "id": "d1", "status": "draft"}


def _bundle(*resources: Any) -> dict[str, Any]:
    return {"resourceType": "Bundle", "entry": [{"resource": resource} for resource in resources]}


def _documents(folder: Path, text: str | bytes) -> list[bytes]:
    path = folder / "input"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return [document for _, document in read_documents(str(path), NOW)]


def _request(document: Any, hook: str | None = None, patient: str | None = None) -> HookRequest:
    return read_document(json.dumps(document).encode(), hook, patient)


def _resources(bundle: Any) -> list[str]:
    sent = bundle.sent if isinstance(bundle, Page) else bundle
    return [entry["resource"]["id"] for entry in json.loads(bytes(sent))["entry"]]


@pytest.mark.parametrize("indent", [None, 2])
def test_one_document_stays_one(tmp_path: Path, indent: int | None) -> None:
    text = json.dumps(_bundle(PATIENT, COUNT), indent=indent)

    assert [text.encode()] == _documents(tmp_path, text)


def test_requests_one_per_line_are_so_many_documents(tmp_path: Path) -> None:
    lines = [json.dumps(REQUEST | {"hookInstance": name}) for name in "ab"]

    assert [line.encode() for line in lines] == _documents(tmp_path, "\n".join([*lines, "", ""]))


def test_resources_one_per_line_are_one_bundle(tmp_path: Path) -> None:
    (document,) = _documents(tmp_path, "\r\n".join([json.dumps(PATIENT), "", json.dumps(COUNT)]))

    assert ["1", "o1"] == _resources(document)


def test_a_broken_line_is_named_and_the_others_are_used(tmp_path: Path) -> None:
    path = tmp_path / "chart.ndjson"
    path.write_text(f"{json.dumps(PATIENT)}\n{{broken\n{json.dumps(COUNT)}\n")

    (name, broken), (_, bundle) = read_documents(str(path), NOW)

    assert f"{path}, line 2" == name
    with pytest.raises(MalformedJson):
        read_document(broken, None, None)
    assert ["1", "o1"] == _resources(bundle)


def test_a_byte_order_mark_is_skipped(tmp_path: Path) -> None:
    assert [b"{}"] == _documents(tmp_path, b"\xef\xbb\xbf{}")


def test_data_with_half_a_surrogate_pair_is_read(tmp_path: Path) -> None:
    (document,) = _documents(tmp_path, json.dumps(_bundle(PATIENT | {"name": [{"text": "M\ud83d"}]}, COUNT)))

    assert ["1", "o1"] == _resources(read_document(document, None, None).prefetch["data"])


def test_standard_input_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"{}")))

    assert [("-", b"{}")] == read_documents("-", NOW)


@pytest.mark.parametrize("name", ["", "case.toml", "request.json"])
def test_a_story_is_told_as_of_now(tmp_path: Path, name: str) -> None:
    (tmp_path / "case.toml").write_text('title = "t"\nproves = "p"\nservice = "s"\n')
    (tmp_path / "request.json").write_text('"{{today}}"')

    assert [b'"2026-11-20"'] == [document for _, document in read_documents(str(tmp_path / name), NOW)]


def test_a_hook_request_is_taken_as_it_is() -> None:
    assert ("order-sign", "1") == (_request(REQUEST).hook, _request(REQUEST).patient_id)
    assert "patient-view" == _request(REQUEST, hook="patient-view").hook


def test_fhir_data_is_asked_about_as_patient_view() -> None:
    bundle = _bundle(PATIENT, COUNT)
    request = _request(bundle)

    assert ("patient-view", "1", None) == (request.hook, request.patient_id, request.drafts)
    assert bundle == json.loads(bytes(request.prefetch["data"].sent))


def test_drafts_among_the_data_are_what_is_ordered() -> None:
    request = _request(_bundle(PATIENT, DRAFT, COUNT), hook="order-sign")

    assert ["d1"] == _resources(request.drafts)
    assert ["1", "o1"] == _resources(request.prefetch["data"])


def test_a_single_resource_is_data_too() -> None:
    assert ["o1"] == _resources(_request(COUNT).prefetch["data"])


@pytest.mark.parametrize(
    ("resources", "patient"),
    [
        ([PATIENT, COUNT], "1"),
        ([COUNT], "1"),
        ([COUNT | {"subject": {"reference": "http://example.org/Patient/1"}}], "1"),
        ([COUNT | {"subject": {"reference": "Device/9"}}], "unknown"),
        ([{"resourceType": "Observation"}, "x", 3], "unknown"),
        ([], "unknown"),
    ],
)
def test_the_patient_is_found_in_the_data(resources: list[Any], patient: str) -> None:
    assert patient == _request(_bundle(*resources)).patient_id


def test_several_patients_need_a_name() -> None:
    bundle = _bundle(PATIENT, PATIENT | {"id": "2"})

    assert "2" == _request(bundle, patient="2").patient_id
    with pytest.raises(WrongShape, match="2 patients; name one with --patient"):
        _request(bundle)


@pytest.mark.parametrize("document", [[], "x", {}, {"resourceType": 3}])
def test_what_is_neither_is_refused(document: Any) -> None:
    with pytest.raises(WrongShape):
        _request(document)
