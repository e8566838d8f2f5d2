"""The word for a suspect: expected, or by its points leading, possible or unlikely."""

from __future__ import annotations

from cds.facts import CellLine
from cds.findings import ScorePart, Standing
from cds.knowledge.schema import Drug, Ranking
from cds.rules.chart import Chart
from cds.rules.exposures import Exposure, acts_as_expected
from cds.rules.score import Timing


def is_expected(exposure: Exposure, timing: Timing, line: CellLine, *, in_nadir: bool) -> bool:
    """A low count that the treatment is known to bring, inside its window."""
    if exposure.drug.cytotoxic:
        return in_nadir  # a count that is still low after the window is no longer expected
    if line in exposure.drug.effect.on_purpose:
        # the window of these drugs is that of their late adverse fall
        return timing.place in {"typical", "possible", "outside"}
    return acts_as_expected(exposure.drug) and timing.place in {"typical", "possible"}


def find_standing(
    exposure: Exposure, timing: Timing, parts: tuple[ScorePart, ...], points: int, chart: Chart
) -> Standing | None:
    """The word for the score; ``None`` below the lowest rank."""
    ranking = chart.knowledge.ranking
    of_part = {part.name: part.points for part in parts}
    leading = (
        points >= ranking.leading_from
        and exposure.drug.evidence.grade in {"A", "B"}
        and timing.anchor is not None
        and (of_part["dechallenge"] > 0 or of_part["trajectory"] == ranking.trajectory_normal_before)
        and (not exposure.occasional or _may_lead_by_one_dose(exposure.drug, of_part, ranking))
    )
    if leading:
        return Standing.LEADING
    if points >= ranking.possible_from:
        return Standing.POSSIBLE
    return Standing.UNLIKELY if points >= ranking.unlikely_from else None


def _may_lead_by_one_dose(drug: Drug, of_part: dict[str, int], ranking: Ranking) -> bool:
    return drug.id in ranking.leading_when_occasional or of_part["reaction"] > 0
