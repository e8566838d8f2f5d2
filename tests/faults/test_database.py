"""The database under what happens to databases: replay, outage, silence, a full disk, feedback sent again."""

from __future__ import annotations

import json
import os
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, func, select

from cds.shown import Showing, ShownCard
from cds.store.records import open_records, upgrade_at
from cds.store.report import read_report
from cds.store.tables import OUTCOMES, SHOWN_CARDS, USED_TOKENS
from tests.faults.production import FEEDBACK, ISSUER, SERVICE, Hospital, ask, at_once, hospital, load
from tests.faults.serving import Service, serving, story, wait_until
from tests.postgres import Postgres
from tests.source_code import ROOT

pytestmark = pytest.mark.postgres
Tell = Callable[[str], None]

ROUNDS = 1_000
COPIES = 8  # of each token: at the same moment, over connections of their own
NOTHING_TO_TELL = b'{"feedback":[]}'


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/shared.sqlite"
    url = str(request.getfixturevalue("postgres").new_database("shared"))
    upgrade_at(url)
    return url


@pytest.fixture
def server(postgres: Postgres) -> Iterator[Postgres]:
    """A PostgreSQL that this test may stop."""
    yield postgres
    if not (postgres.folder / "data" / "postmaster.pid").exists():
        postgres.start()


def replicas(stack: ExitStack, folder: Path, number: int, of: Hospital, workers: int) -> list[Service]:
    folders = [folder / f"replica-{each}" for each in range(number)]
    for each in folders:
        each.mkdir()
    return [stack.enter_context(serving(each, workers=workers, **of.settings)) for each in folders]


def ready(service: Service) -> dict[str, str]:
    """What ``/readyz`` says, whatever its status."""
    connection = HTTPConnection("127.0.0.1", service.port, timeout=10)
    connection.request("GET", "/readyz")
    said = json.loads(connection.getresponse().read())
    connection.close()
    return said


# --- replay ---------------------------------------------------------------------------------------------


def test_of_one_token_at_eight_processes_exactly_one_use_is_let_in(
    tmp_path: Path, url: str, tell: Tell
) -> None:
    north = hospital(tmp_path, url, log_level="error")
    let_in: list[int] = []
    others: set[int] = set()
    with ExitStack() as stack:
        both = replicas(stack, tmp_path, 2, north, workers=4)
        start = time.monotonic()
        barrier, tokens = threading.Barrier(COPIES + 1), [""]
        statuses = [0] * COPIES

        def work(number: int) -> None:
            for _ in range(ROUNDS):
                connection = HTTPConnection("127.0.0.1", both[number % 2].port, timeout=30)
                connection.connect()  # a new one each time, so that it may be any of the processes
                barrier.wait()
                connection.request("POST", FEEDBACK, NOTHING_TO_TELL, north.headers(token=tokens[0]))
                statuses[number] = connection.getresponse().status
                connection.close()
                barrier.wait()

        threads = [threading.Thread(target=work, args=(number,), daemon=True) for number in range(COPIES)]
        for thread in threads:
            thread.start()
        for _ in range(ROUNDS):
            tokens[0] = north.headers(FEEDBACK)["Authorization"].removeprefix("Bearer ")
            barrier.wait()
            barrier.wait()
            let_in.append(statuses.count(200))
            others |= {*statuses} - {200}
        seconds = time.monotonic() - start
    tell(f"{ROUNDS} tokens, {COPIES} uses of each at once: {sum(let_in)} let in, in {seconds:.0f} s")

    assert [1] * ROUNDS == let_in
    assert {401} == others


# --- outage ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("policy", ["refuse", "warn"])
def test_a_postgresql_that_is_stopped_and_started_under_load(
    tmp_path: Path, server: Postgres, tell: Tell, policy: str
) -> None:
    """Under ``refuse`` nobody is let in meanwhile; under ``warn`` every decision is answered."""
    url = server.new_database(policy)
    upgrade_at(url)
    north = hospital(tmp_path, url, replay_policy=policy)
    with ExitStack() as stack:
        (service,) = replicas(stack, tmp_path, 1, north, workers=2)
        with load(north, [service]) as seen:
            # some were answered well before, so that it can be told that all was well
            wait_until(lambda: len(seen.seen) > 200 and bool(seen.statuses(0, time.monotonic() - 1)))
            down = time.monotonic()
            server.stop("immediate")
            stopped = time.monotonic()
            wait_until(lambda: ready(service)["database"] == "down")
            told = ask(service, FEEDBACK, north.headers(FEEDBACK), _feedback(_item()))
            count = len(seen.seen)
            wait_until(lambda: len(seen.seen) > count + 300)
            begun = time.monotonic()
            server.start()
            started = time.monotonic()
            # each process finds out for itself
            wait_until(
                lambda: {200} == {*seen.statuses(since=time.monotonic() - 3)} and _is_since(started, 4)
            )
            back = max([at for at, _, status, _ in seen.seen if status != 200 and at > started] + [started])
            if policy == "refuse":
                after = f"let in again {back - started:.1f} s after its start"
            else:
                after = "tokens checked against the database again after its start"
        before = _count(url, USED_TOKENS)
        ask(service, FEEDBACK, north.headers(FEEDBACK), NOTHING_TO_TELL)
        remembered = _count(url, USED_TOKENS) - before
        sent = {card["uuid"] for card in seen.cards()}
        wait_until(lambda: _count(url, SHOWN_CARDS) >= len(sent))
        written = _count(url, SHOWN_CARDS)
    meanwhile = 503 if policy == "refuse" else 200
    tell(
        f"{len(seen.seen)} calls, {sum(seen.statuses(stopped, begun).values())} of them while it was down:"
        f" {dict(seen.statuses(stopped, begun))}, slowest {seen.slowest(down, begun) * 1e3:.0f} ms, median"
        f" {seen.typical(stopped, begun) * 1e3:.0f} ms (up: {seen.typical(0, down) * 1e3:.0f} ms);"
        f" {after}; {written} of {len(sent)} shown cards written"
    )

    assert {200} == {*seen.statuses(0, down - 1)}
    assert back - started < 4
    assert 1 == remembered
    assert {meanwhile} == {*seen.statuses(stopped + 0.1, begun)}
    assert {*seen.statuses()} <= {200, 503}
    assert 503 == told[0]
    assert len(sent) == written
    assert seen.slowest() < 3


def test_a_postgresql_that_hangs_costs_few_callers_a_moment(
    tmp_path: Path, server: Postgres, tell: Tell
) -> None:
    """It keeps its connections and says nothing, as when its disk or its host stands still."""
    url = server.new_database("hanging")
    upgrade_at(url)
    north = hospital(tmp_path, url, replay_policy="warn")
    with ExitStack() as stack:
        (service,) = replicas(stack, tmp_path, 1, north, workers=2)
        with load(north, [service], callers=8) as seen:
            wait_until(lambda: len(seen.seen) > 100)
            hung = time.monotonic()
            server.hang()
            try:
                count = len(seen.seen)
                wait_until(lambda: len(seen.seen) > count + 500)
            finally:
                server.go_on()
            went_on = time.monotonic()
            wait_until(lambda: ready(service)["database"] == "up")
            back = time.monotonic()
            count = len(seen.seen)
            wait_until(lambda: len(seen.seen) > count + 100)
    slow = sum(seconds > 1 for at, seconds, *_ in seen.seen if hung <= at < went_on)
    tell(
        f"{sum(seen.statuses(hung, went_on).values())} calls meanwhile, all answered; {slow} waited more than"
        f" 1 s, none more than {seen.slowest(hung, went_on):.1f} s; used again {back - went_on:.1f} s after"
    )

    assert {200} == {*seen.statuses()}
    assert slow <= 8  # those that were under way, and no other
    assert seen.slowest(hung, went_on) < 4


# --- a full disk ----------------------------------------------------------------------------------------


@pytest.mark.skipif(os.geteuid() != 0, reason="NOT ROOT: no small disk can be made to be filled")
def test_a_disk_that_is_full_is_survived_by_sqlite(tmp_path: Path, tell: Tell) -> None:
    """A tmpfs of 16 MB, filled by another file: decisions go on, feedback is refused until there is room."""
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", disk], check=True)
    try:
        north = hospital(tmp_path, f"sqlite:///{disk}/leukocds.sqlite", replay_policy="warn")
        with ExitStack() as stack:
            (service,) = replicas(stack, tmp_path, 1, north, workers=2)
            with load(north, [service], callers=2) as seen:
                wait_until(lambda: len(seen.seen) > 20)
                _fill(disk / "ballast")
                full = time.monotonic()
                wait_until(lambda: ready(service)["database"] == "down")
                refused = ask(service, FEEDBACK, north.headers(FEEDBACK), _feedback(_item()))[0]
                count = len(seen.seen)
                wait_until(lambda: len(seen.seen) > count + 100)
                (disk / "ballast").unlink()
                emptied = time.monotonic()
                wait_until(lambda: ready(service)["database"] == "up")
                back = time.monotonic()
            kept = ask(service, FEEDBACK, north.headers(FEEDBACK), _feedback(_item()))[0]
            sent = {card["uuid"] for card in seen.cards()}
        url = north.settings["database_url"]
        written, sound = _count(url, SHOWN_CARDS), _is_sound(url)
    finally:
        subprocess.run(["umount", disk], check=True)
    tell(
        f"{sum(seen.statuses(full, emptied).values())} calls while it was full, all answered; feedback"
        f" {refused}, and {kept} {back - emptied:.1f} s after there was room; {written} of {len(sent)} shown"
        " cards written; integrity_check ok"
    )

    assert {200} == {*seen.statuses()}
    assert (503, 200, True) == (refused, kept, sound)
    assert len(sent) == written


# --- feedback sent again --------------------------------------------------------------------------------


def test_ten_thousand_outcomes_resent_through_an_outage_are_kept_once_each(
    tmp_path: Path, server: Postgres, tell: Tell
) -> None:
    """An EHR keeps what was not thanked for, and sends it again until it is; then all of it twice more."""
    url = server.new_database("feedback")
    upgrade_at(url)
    north = hospital(tmp_path, url)
    items = [_item() for _ in range(10_000)]
    batches = [_feedback(*items[start : start + 100]) for start in range(0, len(items), 100)]
    refused, outages = 0, [30, 60]  # before these batches
    with ExitStack() as stack:
        both = replicas(stack, tmp_path, 2, north, workers=2)
        start = time.monotonic()
        for _ in range(3):
            waiting = list(enumerate(batches))
            while waiting:
                number, batch = waiting.pop(0)
                if number in outages:
                    outages.remove(number)
                    server.stop("immediate")
                status = ask(both[number % 2], FEEDBACK, north.headers(FEEDBACK), batch)[0]
                if status != 200:
                    assert 503 == status
                    refused += 1
                    waiting.append((number, batch))
                    if refused % 20 == 0:
                        server.start()
                        wait_until(lambda: all(ready(each)["database"] == "up" for each in both))
        seconds = time.monotonic() - start
    found = _count(url, OUTCOMES)
    tell(
        f"10,000 sent three times in 300 batches, {refused} refused in outages: {found} kept, {seconds:.0f} s"
    )

    assert refused > 0
    assert 10_000 == found


def test_feedback_is_joined_to_the_cards_that_were_shown(tmp_path: Path, url: str, tell: Tell) -> None:
    """Shown by one replica, told to the other; counted once, by topic and reason."""
    north = hospital(tmp_path, url)
    told = story()
    with ExitStack() as stack:
        first, second = replicas(stack, tmp_path, 2, north, workers=2)
        cards = [
            card
            for _ in range(20)
            for card in json.loads(ask(first, SERVICE, north.headers(), told.request)[1])["cards"]
        ]
        reason = {"system": "urn:leukocds:override", "code": "known-and-followed"}
        body = _feedback(*(_item(card["uuid"], {"reason": reason}) for card in cards))
        statuses = [ask(second, FEEDBACK, north.headers(FEEDBACK), body)[0] for _ in range(3)]
    engine = create_engine(url)
    report = read_report(engine)
    engine.dispose()
    tell(f"{len(cards)} cards shown, {report.total().overridden} overridden, {report.unknown} unknown")

    assert [200] * 3 == statuses
    assert (len(cards), len(cards), 0) == (report.total().shown, report.total().overridden, report.unknown)
    assert {"known-and-followed": len(cards)} == report.reasons()


def test_what_remembering_costs_an_answer(url: str, tell: Tell) -> None:
    """A token is written before the answer; cards are put in a queue."""
    records = open_records(url)
    now = datetime.now(UTC)
    tokens = _times(
        lambda: records.use_token(ISSUER, str(uuid4()), until=now + timedelta(minutes=5), now=now)
    )
    card = ShownCard(str(uuid4()), "leukoLowCount", "info")
    cards = _times(lambda: records.keep_showing(Showing(now, "north", "s", "order-sign", "k", (card,))))
    records.release()
    tell(
        f"a token {statistics.median(tokens):.2f} ms, shown cards {statistics.median(cards):.3f} ms (medians)"
    )

    assert statistics.median(tokens) < 20
    assert statistics.median(cards) < 0.1


def test_a_reload_loses_no_card_and_no_token(tmp_path: Path, url: str, tell: Tell) -> None:
    """SIGHUP replaces every process; each writes what waits before it goes, and the next ones go on."""
    north = hospital(tmp_path, url, log_level="info")
    with ExitStack() as stack:
        (service,) = replicas(stack, tmp_path, 1, north, workers=2)
        token = north.headers(FEEDBACK)
        first = ask(service, FEEDBACK, token, NOTHING_TO_TELL)[0]
        with load(north, [service], callers=2) as seen:
            for reloads in (1, 2, 3):
                before = {*service.workers()}
                service.process.send_signal(signal.SIGHUP)
                wait_until(lambda before=before: not before & {*service.workers()})
                wait_until(lambda reloads=reloads: service.log.read_text().count('"reloaded"') == reloads)
        again = ask(service, FEEDBACK, token, NOTHING_TO_TELL)[0]
        sent = {card["uuid"] for card in seen.cards()}
    tell(f"{len(seen.seen)} calls through 3 reloads: {_count(url, SHOWN_CARDS)} of {len(sent)} cards written")

    assert (200, 401) == (first, again)
    assert {200} == {*seen.statuses()}
    assert len(sent) == _count(url, SHOWN_CARDS)


# --- starting at once -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_replicas_that_start_at_once_on_an_empty_database_agree_on_it(
    tmp_path: Path, request: pytest.FixtureRequest, tell: Tell, kind: str
) -> None:
    """As orchestrators do it: each brings the tables up to date, then serves."""
    url = f"sqlite:///{tmp_path}/shared.sqlite"
    if kind == "postgresql":
        url = request.getfixturevalue("postgres").new_database("empty")
    north = hospital(tmp_path, url)
    upgrading = [sys.executable, "-m", "cds", "database", "upgrade"]
    environment = os.environ | {"LEUKOCDS_DATABASE_URL": url}
    with ExitStack() as stack:
        lock = threading.Lock()

        def start(number: int) -> Service:
            folder = tmp_path / str(number)
            folder.mkdir()
            subprocess.run(upgrading, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)
            started = serving(folder, workers=2, **north.settings)
            service = started.__enter__()
            with lock:
                stack.push(started)
            return service

        services = at_once([lambda number=number: start(number) for number in range(4)])
        said = [ready(each)["database"] for each in services]
        token = north.headers(FEEDBACK)
        statuses = [ask(each, FEEDBACK, token, NOTHING_TO_TELL)[0] for each in services]
    tell(f"4 replicas, each with its own upgrade: all ready, one token let in {statuses.count(200)} time")

    assert ["up"] * 4 == said
    assert [200, 401, 401, 401] == statuses


# --- small things ---------------------------------------------------------------------------------------


def _is_since(moment: float, seconds: float) -> bool:
    return time.monotonic() > moment + seconds


def _times(work: Callable[[], object], often: int = 500) -> list[float]:
    """Milliseconds of each."""
    times = []
    for _ in range(often):
        start = time.perf_counter()
        work()
        times.append((time.perf_counter() - start) * 1e3)
    return times


def _item(card: str = "", override: dict[str, object] | None = None) -> dict[str, object]:
    at = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    item: dict[str, object] = {"card": card or str(uuid4()), "outcome": "overridden", "outcomeTimestamp": at}
    return item | ({"overrideReason": override} if override else {})


def _feedback(*items: dict[str, object]) -> bytes:
    return json.dumps({"feedback": items}).encode()


def _count(url: str, table: object) -> int:
    engine = create_engine(url)
    with engine.connect() as connection:
        found = connection.execute(select(func.count()).select_from(table)).scalar_one()  # type: ignore[arg-type]
    engine.dispose()
    return found


def _is_sound(url: str) -> bool:
    engine = create_engine(url)
    with engine.connect() as connection:
        found = connection.exec_driver_sql("PRAGMA integrity_check").scalar_one()
    engine.dispose()
    return bool(found == "ok")


def _fill(path: Path) -> None:
    try:
        with path.open("wb", buffering=0) as file:
            while True:
                file.write(b"\0" * 4096)
    except OSError:
        pass  # it is full
