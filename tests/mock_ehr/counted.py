"""What stands in the database after a walk, held against what was done; and what may not stand there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cds.settings import PREFIX
from tests.mock_ehr.browser import Exchange
from tests.source_code import ROOT

# of the patient, the prescriber, the draft, the counts, and the token that the mock EHR sends
SECRETS = ("Asha", "1988-05-02", "COREPRACTITIONER1", "request-123", "anc-today", "Bearer", "eyJ")


def report(folder: Path, form: str = "json") -> str:
    """What ``leukocds feedback report`` says of the database in ``folder``."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    done = subprocess.run(
        [sys.executable, "-m", "cds", "feedback", "report", "--format", form],
        cwd=ROOT,
        env=inherited | {f"{PREFIX}DATABASE_URL": f"sqlite:///{folder}/leukocds.sqlite"},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def done_on(exchanges: Sequence[Exchange]) -> dict[str, Any]:
    """Of all cards in ``exchanges`` how many of each topic were shown, and what became of them last."""
    topics = {
        card["uuid"]: topic
        for exchange in exchanges
        for card, topic in zip(exchange.cards, exchange.topics, strict=True)
    }
    last = {told["card"]: told for exchange in exchanges for told in exchange.request.get("feedback", ())}
    outcomes = Counter((topics[card], told["outcome"]) for card, told in last.items())
    overridden = [told for told in last.values() if told["outcome"] == "overridden"]
    return {
        "topics": {
            topic: (shown, outcomes[topic, "accepted"], outcomes[topic, "overridden"])
            for topic, shown in Counter(topics.values()).items()
        },
        "reasons": Counter(
            told.get("overrideReason", {}).get("reason", {}).get("code", "") for told in overridden
        ),
        "unknown": 0,
    }


def kept_in(folder: Path) -> dict[str, Any]:
    """The same, as the database in ``folder`` has it."""
    told = json.loads(report(folder))
    return {
        "topics": {row["topic"]: (row["shown"], row["accepted"], row["overridden"]) for row in told["topic"]},
        "reasons": Counter({row["reason"]: row["overridden"] for row in told["reason"]}),
        "unknown": told["unknownCards"],
    }


def told_on(folder: Path, secrets: Sequence[str] = SECRETS) -> list[str]:
    """Which of ``secrets`` stand in which file below ``folder``: database, its journal, log."""
    return [
        f"{secret} in {path.name}"
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        for secret in secrets
        if secret.encode() in path.read_bytes()
    ]
