"""The folders of ``fixtures``, each told at some moment over HTTP."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from cds.stories import Story, load_story
from tests.cases.asking import client
from tests.kept_answers import Json

FIXTURES = Path(__file__).parent.parent / "fixtures"
REFUSED = FIXTURES / "refused"

# Two days on which the kept answer has to be right: another month, another year, another time of the day.
DAYS = (datetime(2026, 11, 20, 12, tzinfo=UTC), datetime(2027, 3, 1, 18, 45, 10, tzinfo=UTC))
# Just after midnight on a leap day "four hours ago" is yesterday; what a story promises holds all the same.
MIDNIGHT = datetime(2028, 2, 29, 0, 10, tzinfo=UTC)


@dataclass(frozen=True)
class Told:
    """A story and what the service answered to it."""

    story: Story
    request: Json
    status: int
    answer: Json

    @property
    def cards(self) -> list[Json]:
        """The cards of the answer."""
        return list(self.answer["cards"])

    @property
    def expected(self) -> Json:
        """What ``case.toml`` promises."""
        return dict(self.story.case["expected"])


def story_folders() -> list[Path]:
    """Every story that is answered with cards, or with none."""
    return sorted(folder for folder in FIXTURES.iterdir() if (folder / "case.toml").exists())


@cache
def tell(folder: Path, now: datetime) -> Told:
    """The story of ``folder``, told at ``now`` as if it had just happened."""
    story = load_story(folder, now)
    response = client(now).post(
        f"/cds-services/{story.service}", data=story.request, content_type="application/json"
    )
    return Told(story, json.loads(story.request), response.status_code, json.loads(response.data))


def resources(value: Any) -> list[Json]:
    """Every resource in a request, however deep, Bundles themselves left out."""
    if isinstance(value, list):
        return [each for item in value for each in resources(item)]
    if not isinstance(value, dict):
        return []
    inner = [each for member in value.values() for each in resources(member)]
    return [value, *inner] if value.get("resourceType", "Bundle") != "Bundle" else inner
