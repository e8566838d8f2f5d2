"""The audit trail: every event is FHIR, names people only as chosen, and stands as a whole or not at all."""

from __future__ import annotations

import errno
import fcntl
import io
import json
import os
import re
import resource
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from fhir.resources.R4B.auditevent import AuditEvent

from cds.app import create_app
from cds.errors import SettingsError
from cds.hooks.observed import Action, Exchange
from cds.hooks.services import Answer, Question
from cds.knowledge.load import load_knowledge
from cds.settings import Settings, load_settings
from cds.shown import CountedOutcome, Kept, ShownCard
from cds.stories import load_story
from cds.telemetry.audit import AuditTrail, open_trail
from cds.telemetry.audit_event import Describer, by_hash, by_reference, unnamed
from cds.telemetry.audit_file import AppendedFile
from tests.source_code import ROOT

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
PATIENT, USER = "canary-patient-7f3a", "Practitioner/canary-user-7f3a"
PATIENCE = 20.0  # seconds: what ends at all has ended by then, however busy the machine is
CARD = ShownCard("c0ffee00-0000-4000-8000-000000000001", "leukoLowCount", "warning", ("methimazole",))
DECISION = Exchange(
    at=NOW,
    request="d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
    trace="4bf92f3577b34da6a3ce929d0e0e4736",
    action=Action.DECISION,
    service="leuko-order-sign",
    hook="order-sign",
    instance="9f1b7c3e-6a52-4a0e-8c8d-0f6f3a5f2f10",
    status=200,
    reason="",
    seconds=0.02,
    tenant="north",
    knowledge="2026.11.0+0123456789ab",
    patient=PATIENT,
    user=USER,
    answer=Answer(
        b"", shown=(CARD,), shadowed=(CARD,), repeated=(CARD,), questions=(Question("tests", "timeout", 2.5),)
    ),
)
EXCHANGES = {
    "cards": DECISION,
    "refused": replace(
        DECISION, status=401, reason="bad-signature", tenant="", answer=None, patient="", user=""
    ),
    "missing": replace(DECISION, status=412, reason="MissingData", answer=None),
    "unavailable": replace(DECISION, status=503, reason="RecordsUnavailable", answer=None),
    "fault": replace(DECISION, status=500, reason="InternalFault", answer=None),
    "feedback": replace(
        DECISION, action=Action.FEEDBACK, answer=None, kept=Kept((CountedOutcome("accepted"),), repeated=2)
    ),
}
NAMES = {"none": unnamed, "hash": by_hash(b"k" * 32), "reference": by_reference}


class Lines:
    """A sink that remembers, or fails when told to."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self.error: OSError | None = None

    def write(self, line: bytes) -> None:
        if self.error is not None:
            raise self.error
        self.lines.append(line)


def _events(log: io.StringIO) -> list[str]:
    return [json.loads(line)["event"] for line in log.getvalue().splitlines()]


def _described(exchange: Exchange, people: str = "none") -> dict[str, Any]:
    event = Describer(NAMES[people]).describe(exchange)
    return dict(json.loads(json.dumps(event)))


def _details(event: dict[str, Any]) -> dict[str, str]:
    first = event["entity"][0]
    return {each["type"]: each["valueString"] for each in first["detail"]}


# --- the event ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("people", NAMES)
@pytest.mark.parametrize("name", EXCHANGES)
def test_every_event_is_a_fhir_audit_event(name: str, people: str) -> None:
    event = _described(EXCHANGES[name], people)

    read = AuditEvent.model_validate(event)

    written = json.loads(read.model_dump_json(exclude_none=True))
    assert event == written | {"recorded": event["recorded"]}  # the model writes no milliseconds


def test_an_event_tells_who_asked_what_and_what_came_of_it() -> None:
    event = _described(DECISION)

    assert ("2026-11-20T12:00:00.000Z", "E", "0") == (event["recorded"], event["action"], event["outcome"])
    assert ["operation", "decision"] == [each["code"] for each in event["subtype"]]
    assert ["north"] == [agent["who"]["display"] for agent in event["agent"] if agent["requestor"]]
    assert DECISION.request == event["entity"][0]["what"]["identifier"]["value"]
    assert {
        "service": "leuko-order-sign",
        "hook": "order-sign",
        "hookInstance": DECISION.instance,
        "status": "200",
        "knowledge": DECISION.knowledge,
        "trace": DECISION.trace,
    } == _details(event)
    cards = [entity for entity in event["entity"] if entity.get("role", {}).get("code") == "3"]
    assert {f"urn:uuid:{CARD.uuid}"} == {card["what"]["identifier"]["value"] for card in cards}
    fates = [{each["type"]: each["valueString"] for each in card["detail"]}["fate"] for card in cards]
    assert ["shown", "shadow", "repeat"] == fates


@pytest.mark.parametrize(
    ("name", "outcome"),
    [
        ("cards", "0"),
        ("refused", "4"),
        ("missing", "4"),
        ("unavailable", "8"),
        ("fault", "8"),
        ("feedback", "0"),
    ],
)
def test_an_event_tells_whether_it_went_well(name: str, outcome: str) -> None:
    assert outcome == _described(EXCHANGES[name])["outcome"]


def test_people_are_named_only_as_chosen() -> None:
    written = {people: json.dumps(_described(DECISION, people)) for people in NAMES}

    assert "canary" not in written["none"] + written["hash"]
    assert f'"reference": "Patient/{PATIENT}"' in written["reference"]
    assert f'"reference": "{USER}"' in written["reference"]
    assert ["Patient/1"] == [by_reference("north", "Patient", each)["reference"] for each in ("1",)]  # type: ignore[index]
    assert 2 == len({*re.findall(r'"value": "([0-9a-f]{64})"', written["hash"])})


def test_a_line_stays_one_however_much_was_sent() -> None:
    long = "x" * 1_000_000
    sent = replace(DECISION, hook=long, patient=long, user=f"Practitioner/{long}", trace=long)

    for people in NAMES:
        assert len(json.dumps(_described(sent, people))) < 10_000
    assert {"reference": f"Patient/{'x' * 200}"} == by_reference("north", "Patient", "x" * 200)
    assert "reference" not in json.dumps(_described(sent, "reference"))


def test_a_hash_is_the_same_for_the_same_person_of_the_same_caller_alone() -> None:
    name, other_key = by_hash(b"k" * 32), by_hash(b"l" * 32)

    assert name("north", "Patient", "1") == name("north", "Patient", "Patient/1")
    different = [
        name("north", "Patient", "1"),
        name("south", "Patient", "1"),
        name("north", "Patient", "2"),
        name("north", "Practitioner", "1"),
        other_key("north", "Patient", "1"),
    ]
    assert 5 == len({json.dumps(each) for each in different})


# --- the trail ------------------------------------------------------------------------------------------


def test_decisions_and_feedback_are_audited_and_nothing_else() -> None:
    sink, counted = Lines(), list[bool]()
    trail = AuditTrail(sink, Describer(), counted.append)
    for action in Action:
        trail.record(replace(DECISION, action=action))

    assert ["decision", "feedback"] == [json.loads(line)["subtype"][1]["code"] for line in sink.lines]
    assert [True, True] == counted


def test_what_cannot_be_written_is_counted_and_said_once(log: io.StringIO) -> None:
    sink, counted = Lines(), list[bool]()
    trail = AuditTrail(sink, Describer(by_reference), counted.append)
    sink.error = OSError(28, PATIENT)
    trail.record(DECISION)
    trail.record(DECISION)
    sink.error = None
    trail.record(DECISION)

    events = [json.loads(line) for line in log.getvalue().splitlines()]
    assert ["audit failed", "audit written again"] == [event["event"] for event in events]
    assert "ENOSPC" == events[0]["reason"]
    assert [False, False, True] == counted
    assert "canary" not in log.getvalue()


# --- the file -------------------------------------------------------------------------------------------


def _write_many(sink: AppendedFile, letter: str) -> None:
    for _ in range(200):
        sink.write(letter.encode() * 5000 + b"\n")


def test_lines_of_threads_and_processes_do_not_mix(tmp_path: Path) -> None:
    path = tmp_path / "audit.ndjson"
    sink = AppendedFile(path)
    processes = [get_context("fork").Process(target=_write_many, args=(sink, each)) for each in "ab"]
    for process in processes:
        process.start()
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(_write_many, [sink, sink], "cd"))
    for process in processes:
        process.join()

    lines = path.read_text().splitlines()
    assert 800 == len(lines)
    assert {5000} == {len(line) for line in lines}
    assert {1} == {len({*line}) for line in lines}


def test_the_file_is_its_owners_alone_and_only_added_to(tmp_path: Path) -> None:
    path = tmp_path / "audit.ndjson"
    AppendedFile(path).write(b"one\n")
    AppendedFile(path).write(b"two\n")

    assert b"one\ntwo\n" == path.read_bytes()
    assert 0o600 == path.stat().st_mode & 0o777


TIGHTENED, LEFT = "audit file kept to its owner", "audit file is open to others"


def _mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


@pytest.mark.parametrize(
    ("left", "said"), [(0o644, True), (0o640, True), (0o604, True), (0o666, True), (0o600, False)]
)
def test_a_file_that_others_could_read_is_kept_to_its_owner(
    tmp_path: Path, log: io.StringIO, left: int, said: bool
) -> None:
    path = tmp_path / "audit.ndjson"
    path.write_bytes(b"one\n")
    path.chmod(left)
    sink = AppendedFile(path)

    assert 0o600 == _mode(path), "before anything is written to it"

    sink.write(b"two\n")

    assert b"one\ntwo\n" == path.read_bytes()
    assert [TIGHTENED] * said == _events(log)


def test_one_that_is_put_in_its_place_is_too(tmp_path: Path, log: io.StringIO) -> None:
    """As by a program that rotates it and makes the next one itself."""
    path = tmp_path / "audit.ndjson"
    sink = AppendedFile(path)
    path.rename(tmp_path / "audit.1")
    path.touch()
    path.chmod(0o644)
    sink.write(b"one\n")

    assert ([TIGHTENED], 0o600) == (_events(log), _mode(path))


def test_a_file_of_somebody_else_is_said_and_used(
    tmp_path: Path, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "audit.ndjson"
    path.touch()
    path.chmod(0o644)
    somebody_else = os.geteuid() + 1
    monkeypatch.setattr(os, "geteuid", lambda: somebody_else)
    AppendedFile(path).write(b"one\n")

    assert ([LEFT], 0o644, b"one\n") == (_events(log), _mode(path), path.read_bytes())
    assert str(path) not in log.getvalue()


def test_what_is_no_file_is_left_as_it_is(tmp_path: Path, log: io.StringIO) -> None:
    AppendedFile(Path(os.devnull)).write(b"one\n")

    assert [] == _events(log)


# --- a lock of somebody else ----------------------------------------------------------------------------


@contextmanager
def locked(path: Path) -> Iterator[Callable[[], None]]:
    """As by another program; what is given unlocks it."""
    with path.open("rb") as opened:
        fcntl.flock(opened, fcntl.LOCK_EX)
        yield lambda: fcntl.flock(opened, fcntl.LOCK_UN)


def test_a_lock_that_is_kept_stalls_no_decision(tmp_path: Path, log: io.StringIO) -> None:
    path, waited, counted = tmp_path / "audit.ndjson", list[float](), list[bool]()
    trail = AuditTrail(AppendedFile(path, waited.append), Describer(), counted.append)
    with ThreadPoolExecutor(1) as threads, locked(path):
        threads.submit(trail.record, DECISION).result(PATIENCE)

        assert 0.0 < sum(waited) < 0.5
        assert ([False], b"") == (counted, path.read_bytes())

    trail.record(DECISION)

    assert ([False, True], 1) == (counted, len(path.read_bytes().splitlines()))
    failed, again = (json.loads(line) for line in log.getvalue().splitlines())
    assert ("audit failed", "EAGAIN", "audit written again") == (
        failed["event"],
        failed["reason"],
        again["event"],
    )


def test_a_lock_that_is_given_back_in_time_costs_no_line(tmp_path: Path) -> None:
    """As other processes keep it, while they write theirs."""
    path = tmp_path / "audit.ndjson"
    path.touch(0o600)
    with locked(path) as unlock:
        AppendedFile(path, lambda _: unlock()).write(b"one\n")

    assert b"one\n" == path.read_bytes()


def test_threads_do_not_wait_in_turn_for_a_lock_that_is_kept(tmp_path: Path) -> None:
    """Each has its own patience: the last of many waits no longer than the first."""
    path, holding, go_on = tmp_path / "audit.ndjson", Event(), Event()

    def hold(_: float) -> None:
        holding.set()
        assert go_on.wait(PATIENCE)

    sink = AppendedFile(path, hold)
    with ThreadPoolExecutor(9) as threads, locked(path):
        first = threads.submit(sink.write, b"first\n")
        assert holding.wait(PATIENCE)
        others = [threads.submit(sink.write, b"other\n") for _ in range(8)]
        try:
            failures = [each.exception(PATIENCE) for each in others]
        finally:
            go_on.set()
        failures.append(first.exception(PATIENCE))

    assert [BlockingIOError] * 9 == [type(each) for each in failures]
    assert b"" == path.read_bytes()


def test_a_file_that_was_moved_away_is_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "audit.ndjson"
    sink = AppendedFile(path)
    sink.write(b"one\n")
    path.rename(tmp_path / "audit.1")
    sink.write(b"two\n")

    assert (b"one\n", b"two\n") == ((tmp_path / "audit.1").read_bytes(), path.read_bytes())


@contextmanager
def small_files() -> Iterator[None]:
    """Files end at 100 bytes, as on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def test_on_a_full_disk_no_half_line_stays(tmp_path: Path) -> None:
    path = tmp_path / "audit.ndjson"
    sink = AppendedFile(path)
    sink.write(b"a" * 69 + b"\n")
    with small_files():  # no longer than this, or nobody could report on the test
        for _ in range(2):
            with pytest.raises(OSError):  # noqa: PT011  (whatever the system calls it)
                sink.write(b"b" * 69 + b"\n")
        sink.write(b"c" * 9 + b"\n")

    assert [b"a" * 69, b"c" * 9] == path.read_bytes().splitlines()


def test_of_a_write_that_fails_halfway_nothing_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "audit.ndjson"
    sink = AppendedFile(path)
    sink.write(b"one\n")
    write = os.write

    def fail_halfway(descriptor: int, line: bytes) -> int:
        write(descriptor, line[: len(line) // 2])
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with monkeypatch.context() as broken:
        broken.setattr("cds.telemetry.audit_file.os.write", fail_halfway)
        with pytest.raises(OSError, match=os.strerror(errno.EIO)):
            sink.write(b"two\n")
    sink.write(b"three\n")

    assert b"one\nthree\n" == path.read_bytes()


# --- settings -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"AUDIT": "audit.ndjson"}, "must be off, stdout, or a file by its whole path"),
        ({"AUDIT_PEOPLE": "hash"}, "needs LEUKOCDS_AUDIT_KEY_FILE"),
        ({"AUDIT": "stdout", "AUDIT_PEOPLE": "reference"}, "among the lines of the log"),
        ({"METRICS_PORT": "8080"}, "need a door of their own"),
    ],
)
def test_what_would_not_be_safe_is_refused(settings: dict[str, str], problem: str) -> None:
    with pytest.raises(SettingsError, match=problem):
        load_settings({f"LEUKOCDS_{name}": value for name, value in settings.items()})


def test_a_trail_that_cannot_be_begun_keeps_the_service_from_starting(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be written"):
        open_trail(Settings(audit=str(tmp_path / "nowhere" / "audit")), lambda _: None)
    key = tmp_path / "key"
    key.write_bytes(b"short")
    with pytest.raises(SettingsError, match="less than 32 bytes"):
        open_trail(
            Settings(audit=str(tmp_path / "audit"), audit_people="hash", audit_key_file=key), lambda _: None
        )
    assert open_trail(Settings(), lambda _: None) is None


def test_the_service_writes_one_event_per_decision(tmp_path: Path) -> None:
    path = tmp_path / "audit.ndjson"
    story = load_story(ROOT / "fixtures" / "methimazole-reordered-at-anc-0.3", NOW)
    settings = Settings(audit=str(path), audit_people="reference")
    client = create_app(settings, load_knowledge(), lambda: NOW).test_client()
    client.get("/cds-services")
    answer = client.post(
        f"/cds-services/{story.service}", data=story.request, content_type="application/json"
    )

    (line,) = path.read_text().splitlines()
    event = json.loads(line)
    AuditEvent.model_validate(event)
    uuids = {card["uuid"] for card in answer.get_json()["cards"]}
    written = {
        each["what"]["identifier"]["value"] for each in event["entity"] if "identifier" in each["what"]
    }
    assert {f"urn:uuid:{uuid}" for uuid in uuids} <= written
    sent = json.loads(story.request)["context"]["patientId"]
    assert {"reference": f"Patient/{sent}"} in [each["what"] for each in event["entity"]]
    assert answer.headers["X-Request-Id"] in written
    assert "methimazole" not in line


@pytest.mark.parametrize(
    ("content", "taken"), [(b"", True), (b'{"resourceType": "AuditEvent"}\n', True), (b"root:x:0:0\n", False)]
)
def test_a_file_that_holds_something_else_is_refused_and_left_as_it_is(
    tmp_path: Path, content: bytes, taken: bool
) -> None:
    """A path that was mistyped would otherwise cost another program its file."""
    path = tmp_path / "passwd"
    path.write_bytes(content)
    path.chmod(0o644)
    settings = replace(Settings(), audit=str(path))

    if taken:
        assert open_trail(settings, lambda _: None) is not None
        return
    with pytest.raises(SettingsError, match="something else than audit events"):
        open_trail(settings, lambda _: None)
    assert (0o644, content) == (path.stat().st_mode & 0o777, path.read_bytes())
