"""What keeps a drug off the list of suspects before anything is added up."""

from __future__ import annotations

from cds.facts import CellLine
from cds.knowledge.schema import Effect
from cds.rules.chart import Chart
from cds.rules.exposures import Exposure
from cds.rules.score import Timing

UNSCORED = frozenset({"raises-line", "no-effect-on-line", "treats-neutropenia"})
OF_TIME = frozenset({"started-after", "stopped-before"})


def find_gate(exposure: Exposure, timing: Timing, line: CellLine, chart: Chart) -> str:
    """The gate that keeps a drug off the list; empty if it passes all."""
    drug = exposure.drug
    effect = drug.effect.on(line)
    if drug.treats_neutropenia:
        return "treats-neutropenia"
    if effect is Effect.RAISES:
        return "raises-line"
    if effect is not Effect.LOWERS:
        return "no-effect-on-line"
    if timing.place == "after":
        return "started-after"
    if timing.place == "stopped":
        return "stopped-before"
    return "too-early" if _is_too_early(exposure, timing, chart) else ""


def _is_too_early(exposure: Exposure, timing: Timing, chart: Chart) -> bool:
    """A beta-lactam acts on counts after a week at the soonest: before that it is the treatment of the fever.

    Whoever had the drug before, or a reaction to it, may react at once.
    """
    ranking, drug = chart.knowledge.ranking, exposure.drug
    if drug.drug_class not in ranking.beta_lactam_classes:
        return False
    known = any(other.drug.id == drug.id and other is not exposure for other in chart.exposures)
    reacted = any(reaction.ingredient == drug.id for reaction in chart.facts.reactions)
    early = timing.days is not None and timing.days < ranking.beta_lactam_days
    return early and not known and not reacted
