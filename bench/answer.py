"""How much an answer costs, as a multiple of what ``orjson.loads`` of the same body costs.

    python bench/answer.py [--rounds 15] [--seconds 0.15] [--write]

An answer is all that happens between the body's bytes and the response's bytes: the envelope, the FHIR data,
the rules, the cards, their JSON; HTTP is left out. Both are measured in turn within each round, on the same
body and the same machine, so that the ratio means something where milliseconds do not. First the garbage
collector is set as in the server; then all is measured once more with the collector as Python brings it,
because that decides what parsing a large body costs. ``--write`` keeps the result in ``measured.json``, which
the README quotes.
"""

from __future__ import annotations

import argparse
import gc
import json
import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import orjson
from bodies import AS_OF, Body, build_bodies
from start import measure_start

from cds import __version__
from cds.app import create_answerer
from cds.hooks.hook_request import read_hook_request
from cds.hooks.services import Answer, offered_services
from cds.knowledge.load import load_knowledge
from cds.readers import moments
from cds.readers.r4_check import warm_up
from cds.settings import Settings

MEASURED = Path(__file__).with_name("measured.json")
TARGETS = {"30 KB, silent": 3.0, "30 KB, with cards": 10.0, "1.3 MB, silent": 1.0, "1.3 MB, with cards": 1.0}


PYTHONS_OWN = gc.get_threshold()


@dataclass(frozen=True, slots=True)
class Cost:
    """Microseconds (medians), and the ratio of the rounds."""

    parse_us: float
    answer_us: float
    least: float
    median: float
    most: float

    def __str__(self) -> str:
        return f"{self.median:.2f} ({self.least:.2f} to {self.most:.2f})"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table.

    Attributes:
        size: bytes of the body.
        served: with the collector as the server sets it. ``target`` is held against its median.
        unset: with the collector as Python brings it.
    """

    name: str
    size: int
    cards: int
    served: Cost
    unset: Cost
    target: float | None


def main() -> None:
    parser = argparse.ArgumentParser(description="How much an answer costs.")
    parser.add_argument("--rounds", type=int, default=15, help="rounds per body")
    parser.add_argument("--seconds", type=float, default=0.15, help="how long each side of a round takes")
    parser.add_argument("--write", action="store_true", help=f"keep the result in {MEASURED.name}")
    options = parser.parse_args()
    load_ms = [_milliseconds(load_knowledge) for _ in range(3)]
    start = measure_start(min(9, options.rounds))
    answer = _answering()
    bodies = build_bodies()
    served = [_measure(body, answer, options.rounds, options.seconds) for body in bodies]
    gc.unfreeze()
    gc.set_threshold(*PYTHONS_OWN)
    unset = [_measure(body, answer, options.rounds, options.seconds) for body in bodies]
    rows = [
        Row(body.name, len(body.content), cards, cost, plain, TARGETS.get(body.name))
        for body, (cards, cost), (_, plain) in zip(bodies, served, unset, strict=True)
    ]
    print(
        f"{'body':<36} {'bytes':>9} {'cards':>5} {'parse':>10} {'answer':>10}"
        f"  {'answer / parse':<22} {'target':<10} with Python's own collector"
    )
    for row in rows:
        cost = row.served
        times = f"{cost.parse_us:>7,.0f} us {cost.answer_us:>7,.0f} us"
        print(
            f"{row.name:<36} {row.size:>9,} {row.cards:>5} {times}"
            f"  {cost!s:<22} {_verdict(row):<10} {row.unset}"
        )
    print(f"\n{start} Of that, {_spread(load_ms)} ms go to loading and checking the knowledge.")
    if options.write:
        kept = {
            "version": __version__,
            "day": datetime.now(UTC).date().isoformat(),
            "machine": f"{platform.machine()}, Python {platform.python_version()}",
            "rows": [asdict(row) for row in rows],
            "load_ms": round(statistics.median(load_ms)),
            "start": asdict(start),
        }
        MEASURED.write_text(json.dumps(kept, indent=2) + "\n", "utf-8")


def _answering() -> Callable[[bytes], Answer]:
    """What the server does with a body, ready as in the server."""
    settings, knowledge = Settings(), load_knowledge()
    answerer = create_answerer(settings, knowledge)
    service = offered_services(knowledge)["leuko-order-sign"]

    def answer(body: bytes) -> Answer:
        # codes, products and units come back with the next patient, but the moments of a blood draw do not
        moments.forget()
        return answerer.answer(service, read_hook_request(body), settings.preferences, AS_OF)

    warm_up()
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    return answer


def _measure(body: Body, answer: Callable[[bytes], Answer], rounds: int, seconds: float) -> tuple[int, Cost]:
    """The number of cards, and what they cost."""
    cards = len(answer(body.content).shown)
    if body.speaks != bool(cards):
        raise SystemExit(f"{body.name}: {cards} cards; the body no longer is what it is named for")
    parse = _times(lambda: orjson.loads(body.content), seconds)
    answers = _times(lambda: answer(body.content), seconds)
    pairs = [
        (_microseconds(orjson.loads, body, parse), _microseconds(answer, body, answers))
        for _ in range(rounds)
    ]
    ratios = [answered / parsed for parsed, answered in pairs]
    return cards, Cost(
        parse_us=round(statistics.median(parsed for parsed, _ in pairs), 1),
        answer_us=round(statistics.median(answered for _, answered in pairs), 1),
        least=round(min(ratios), 2),
        median=round(statistics.median(ratios), 2),
        most=round(max(ratios), 2),
    )


def _times(call: Callable[[], object], seconds: float) -> int:
    """How often ``call`` fits into so many seconds."""
    call()
    start = time.process_time()
    call()
    return max(1, int(seconds / max(time.process_time() - start, 1e-6)))


def _microseconds(call: Callable[[bytes], object], body: Body, times: int) -> float:
    content = body.content
    for _ in range(2):
        call(content)  # until the heap that the other side left behind is this side's own
    start = time.process_time()  # what neighbours on the machine do does not count
    for _ in range(times):
        call(content)
    return (time.process_time() - start) / times * 1e6


def _milliseconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return (time.perf_counter() - start) * 1e3


def _verdict(row: Row) -> str:
    if row.target is None:
        return "none"
    return f"{row.target:.0f}{'' if row.served.median <= row.target else ' missed'}"


def _spread(numbers: list[float]) -> str:
    return f"{statistics.median(numbers):,.0f} ({min(numbers):,.0f}-{max(numbers):,.0f})"


if __name__ == "__main__":
    main()
