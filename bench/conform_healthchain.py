"""Holds another service to the same rules: HealthChain 0.16.1, from the package index.

    python bench/conform_healthchain.py [--write]

It is installed into a throw-away environment, by hash, runs on this machine, and is tried with
``leukocds conform``. ``--write`` keeps the table in ``docs/conform-healthchain.md``; without it, what came
out is compared with that page, and 1 is the exit status if it is something else.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import socket
import subprocess
import sys
import time
import venv
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import requests

HERE = Path(__file__).parent
SERVICE = HERE / "healthchain"
PAGE = HERE.parent / "docs" / "conform-healthchain.md"
PATIENCE = 60  # seconds
SHOWN = 110  # characters of what a check said

HEAD = """\
# Another service before the kit: HealthChain 0.16.1

HealthChain is a library for services of this kind, in Python. A
[small service](../bench/healthchain/service.py) made with it, as its documentation shows one, with all that
it lets a card have, was tried with
[`leukocds conform`](conformance.md). Its address for discovery had to be set: by default it is one where no
client looks. `make conform-healthchain` does all of it again and says if anything came out otherwise.

{summary}

A MUST that fails is against CDS Hooks. *Advice* is what no published specification forbids, and only we or a
vendor ask for. What a service without known callers, prefetch or suggestions gives no occasion to try is not
applicable.

| items | level | outcome | rule, and what was seen |
|---|---|---|---|
"""


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """The service in an environment of its own below ``folder``; gives its address."""
    venv.create(folder / "venv", with_pip=True)
    python = folder / "venv" / "bin" / "python"
    lock = SERVICE / "requirements.lock"
    install = [python, "-m", "pip", "--disable-pip-version-check", "--quiet", "install", "--require-hashes"]
    subprocess.run([*install, "--requirement", lock], check=True)
    port = free_port()
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [python, SERVICE / "service.py"],
            cwd=folder,
            env=os.environ | {"PORT": str(port)},
            stdout=log,
            stderr=log,
        )
    try:
        address = f"http://127.0.0.1:{port}"
        wait_for(address, process)
        yield address
    finally:
        process.terminate()
        process.wait(PATIENCE)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        try:
            requests.get(f"{address}/cds-services", timeout=5).raise_for_status()
        except requests.ConnectionError:
            time.sleep(0.1)
        else:
            return
    sys.exit("The service did not start.")


def conform(address: str) -> list[dict[str, Any]]:
    """What the kit found, by item."""
    command = [sys.executable, "-m", "cds", "conform", address, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=10 * PATIENCE, check=False)
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def page(found: list[dict[str, Any]]) -> str:
    """The page of documentation."""
    counted = Counter((each["level"], each["outcome"]) for each in found)
    words = {"M": "must", "S": "should", "O": "may"}
    outcomes = ("passed", "failed", "advice", "not applicable", "skipped")
    summary = [f"| | {' | '.join(outcomes)} |", "|---" * (len(outcomes) + 1) + "|"]
    summary += [
        f"| {level} ({word}) | {' | '.join(str(counted[level, outcome]) for outcome in outcomes)} |"
        for level, word in words.items()
    ]
    rows = [
        f"| {' '.join(each['items'])} | {each['level']} | {outcome(each)} | {each['claim']}{seen(each)} |"
        for each in found
    ]
    return HEAD.format(summary="\n".join(summary)) + "\n".join(rows) + "\n"


def outcome(each: dict[str, Any]) -> str:
    return f"**{each['outcome']}**" if each["outcome"] in {"failed", "advice"} else str(each["outcome"])


def seen(each: dict[str, Any]) -> str:
    """The first thing that a check said, without what differs from run to run."""
    if each["outcome"] not in {"failed", "advice"} or not each["said"]:
        return ""
    said = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "…", each["said"][0])
    said = said if len(said) <= SHOWN else f"{said[:SHOWN]}…"
    more = f" (and {len(each['said']) - 1} more)" if len(each["said"]) > 1 else ""
    return f"<br>`{said.replace('|', '¦').replace('`', chr(39))}`{more}"


def outcomes_on(text: str) -> list[tuple[str, str]]:
    """Items and outcome of each row of the page."""
    rows = (line.split(" | ") for line in text.splitlines() if re.match(r"\| [A-Z]-\d", line))
    return [(row[0], row[2]) for row in rows]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="keep what came out in the documentation")
    options = parser.parse_args()
    with TemporaryDirectory() as folder, serving(Path(folder)) as address:
        text = page(conform(address))
    if options.write:
        PAGE.write_text(text, "utf-8")
        return
    kept = outcomes_on(PAGE.read_text("utf-8"))
    new = outcomes_on(text)
    print(f"{len(new)} checks; {sum('failed' in each for _, each in new)} failed")
    for before, now in zip(kept, new, strict=False):
        if before != now:
            print(f"not as on the page: {now[0]} {now[1]}, there {before[1]}")
    sys.exit(kept != new)


if __name__ == "__main__":
    main()
