"""``python -m tests.mock_ehr CHECKOUT``: the walk through a mock EHR that was built there.

If what it needs is not there, it says that it was skipped. The exit status is 1 if something was not seen.
"""

from __future__ import annotations

import sys
import tempfile
from argparse import ArgumentParser
from pathlib import Path

from tests.faults.serving import serving
from tests.mock_ehr.browser import Tab, find_browser, open_tab
from tests.mock_ehr.counted import done_on, kept_in, report, told_on
from tests.mock_ehr.fhir_server import NOW, chart_of, fhir_server
from tests.mock_ehr.pages import pages
from tests.mock_ehr.recording import keep
from tests.mock_ehr.walk import STEPS, TOLD, Walk
from tests.mock_ehr.walker import Addresses


def main() -> int:
    """Walk, and say what was seen."""
    parser = ArgumentParser(prog="python -m tests.mock_ehr", description=__doc__)
    parser.add_argument("checkout", type=Path, nargs="?", help="of cds-hooks/sandbox, built")
    parser.add_argument("--shots", type=Path, help="folder for the pictures; a new one if not given")
    parser.add_argument("--record", action="store_true", help="keep the bodies as the recorded ones")
    wished = parser.parse_args()
    browser = find_browser()
    if missing := _missing(wished.checkout, browser):
        print(f"SKIPPED: the mock EHR was NOT walked through: {missing}.", file=sys.stderr)
        return 0
    shots = wished.shots or Path(tempfile.mkdtemp(prefix="mock-ehr-"))
    shots.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, open_tab(str(browser), NOW) as tab:
        walk = _walk(tab, shots, Path(folder), wished.checkout / "build")
        print(report(Path(folder) / "usual", "table"))
        wrong = _wrong(walk, Path(folder))
    print(f"preflights answered: {len(tab.preflights)}; pictures: {shots}")
    if wished.record:
        keep(walk.exchanges)
    print(*wrong, sep="\n", file=sys.stderr, end="\n" if wrong else "")
    return int(bool(wrong))


def _missing(checkout: Path | None, browser: str | None) -> str:
    if checkout is None:
        return "no checkout of cds-hooks/sandbox was named (make mock-ehr SANDBOX=FOLDER)"
    if not (checkout / "build" / "app.bundle.js").exists():
        return f"{checkout} is not built (docs/mock-ehr.md says how)"
    return "" if browser else "there is no Chromium"


def _walk(tab: Tab, shots: Path, folder: Path, built: Path) -> Walk:
    chart, clock = chart_of(), f"{NOW:%Y-%m-%dT%H:%M:%SZ}"
    with (
        serving(_new(folder / "usual"), clock=clock) as service,
        serving(_new(folder / "careful"), clock=clock, when_not_checked="card") as careful,
        fhir_server(chart) as fhir,
        pages(built) as mock_ehr,
    ):
        ours, told = (f"http://127.0.0.1:{each.port}" for each in (service, careful))
        walk = Walk(tab, Addresses(mock_ehr, fhir, ours, told), chart, shots)
        for step in STEPS:
            before = len(walk.seen)
            step(walk)
            print(step.__name__.replace("_", " "), *walk.seen[before:], sep="\n    ", flush=True)
    return walk


def _wrong(walk: Walk, folder: Path) -> list[str]:
    """What the files of the service hold too little, or too much of."""
    done = done_on([exchange for name, exchange in walk.exchanges if name != TOLD])
    kept = kept_in(folder / "usual")
    differs = [] if done == kept else [f"The database does not hold what was done:\n{done}\n{kept}"]
    return differs + [f"{secret}: it may not stand there." for secret in told_on(folder)]


def _new(folder: Path) -> Path:
    folder.mkdir()
    return folder


if __name__ == "__main__":
    sys.exit(main())
