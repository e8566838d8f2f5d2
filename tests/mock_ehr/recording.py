"""What was exchanged on a walk, one file per call: the body as it came, and an outline of the answer."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.mock_ehr.browser import Exchange

RECORDED = Path(__file__).with_name("recorded")


def keep(exchanges: Sequence[tuple[str, Exchange]]) -> None:
    """Write ``exchanges`` anew, in their order."""
    RECORDED.mkdir(exist_ok=True)
    for path in RECORDED.glob("*.json"):
        path.unlink()
    for number, (name, exchange) in enumerate(exchanges, 1):
        kept = {
            "path": exchange.path,
            "status": exchange.status,
            "cards": [outline(card) for card in exchange.cards],
            "request": exchange.request,
        }
        text = json.dumps(kept, indent=1, ensure_ascii=False)
        (RECORDED / f"{number:02}-{name}.json").write_text(f"{text}\n", "utf-8")


def outline(card: dict[str, Any]) -> dict[str, Any]:
    """What of a card a client acts on: its identifiers, topic and indicator, and what its suggestions do."""
    return {
        "uuid": card["uuid"],
        "topic": card["source"]["topic"]["code"],
        "indicator": card["indicator"],
        "suggestions": [
            {"uuid": suggestion["uuid"], "actions": [_act(action) for action in suggestion["actions"]]}
            for suggestion in card.get("suggestions", ())
        ],
    }


def _act(action: dict[str, Any]) -> str:
    return f"{action['type']} {action.get('resourceId') or action['resource']['resourceType']}"
