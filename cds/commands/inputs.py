"""What ``leukocds call`` is given, made into hook requests."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import msgspec
from msgspec import Raw, Struct

from cds.errors import WrongShape
from cds.findings import Occasion
from cds.hooks.hook_request import HookRequest, read_hook_request, unsorted_data, without_oddities
from cds.stories import load_story

STANDARD_INPUT = "-"


class _Reference(Struct):
    reference: str = ""


class _Head(Struct):
    resourceType: str = ""  # noqa: N815  (the wire's spelling)
    id: str = ""
    status: str = ""
    subject: _Reference | None = None
    entry: list[Raw] = []


class _Entry(Struct):
    resource: _Head


_head = msgspec.json.Decoder(_Head)
_entry = msgspec.json.Decoder(_Entry)


def read_documents(file: str, now: datetime) -> list[tuple[str, bytes]]:
    """The documents of one FILE, each with the name to use in a message; a story is told at ``now``.

    NDJSON gives one document per line, but for its resources: they make one Bundle. Raises ``StoryError`` or
    ``OSError``.
    """
    path = Path(file)
    if file == STANDARD_INPUT:
        content = sys.stdin.buffer.read()
    elif path.is_dir():
        return [(file, load_story(path, now).request)]
    elif path.name in {"case.toml", "request.json"} and path.with_name("case.toml").exists():
        return [(file, load_story(path.parent, now).request)]
    else:
        content = path.read_bytes()
    content = without_oddities(content)
    lines = [line for line in content.splitlines() if line.strip()]
    if len(lines) < 2 or not any(_peek(line) for line in lines[:2]):
        return [(file, content)]
    documents, resources = [], []
    for number, line in enumerate(lines, start=1):
        head = _peek(line)
        if head is not None and head.resourceType:
            resources.append(_in_entry(line))
        else:
            documents.append((f"{file}, line {number}", line))
    return [*documents, *([(file, _bundle(resources))] if resources else [])]


def read_document(document: bytes, hook: str | None, patient: str | None) -> HookRequest:
    """The hook request that ``document`` is, or the one that asks about its FHIR data.

    ``hook`` is what the clinician is doing, ``patient`` the id of the one who is meant. Raises
    ``MalformedJson`` or ``WrongShape``.
    """
    head = _peek(document)
    if head is None or not head.resourceType:
        request = read_hook_request(document)
        return replace(request, hook=hook) if hook else request
    if head.resourceType != "Bundle":
        document = _bundle([_in_entry(document)])
    entries = [(bytes(entry), _resource(entry)) for entry in _head.decode(document).entry]
    ordering = hook not in {None, Occasion.PATIENT_VIEW.value}
    drafts = [entry for entry, resource in entries if ordering and resource.status == "draft"]
    if drafts:
        document = _bundle(entry for entry, resource in entries if resource.status != "draft")
    return HookRequest(
        hook=hook or Occasion.PATIENT_VIEW.value,
        instance="",
        patient_id=patient or _only_patient(resource for _, resource in entries),
        drafts=Raw(_bundle(drafts)) if drafts else None,
        prefetch=unsorted_data(document),
    )


def _peek(document: bytes) -> _Head | None:
    try:
        return _head.decode(document)
    except (msgspec.MsgspecError, RecursionError):
        return None


def _resource(entry: Raw) -> _Head:
    try:
        return _entry.decode(entry).resource
    except msgspec.MsgspecError:
        return _Head()  # broken; the readers say so


def _in_entry(resource: bytes) -> bytes:
    return b'{"resource":' + resource + b"}"


def _bundle(entries: Iterable[bytes]) -> bytes:
    return b'{"resourceType":"Bundle","type":"collection","entry":[' + b",".join(entries) + b"]}"


def _only_patient(resources: Iterable[_Head]) -> str:
    patients, subjects = set(), set()
    for resource in resources:
        if resource.resourceType == "Patient" and resource.id:
            patients.add(resource.id)
        subject = resource.subject.reference if resource.subject else ""
        if "Patient/" in subject or subject.startswith("urn:"):
            subjects.add(subject.rpartition("/")[2])
    found = patients or subjects
    if len(found) > 1:
        raise WrongShape(f"These are data of {len(found)} patients; name one with --patient.")
    return found.pop() if found else "unknown"
