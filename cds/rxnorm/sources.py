"""What a site has chosen for codes that the shipped table does not have."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from cds.errors import RxNormIndexError, SettingsError, StartError
from cds.knowledge.lookup import Lookup
from cds.rxnorm.index import RxNormIndex
from cds.rxnorm.rxnav import RxNav
from cds.rxnorm.rxnav_cache import RxNavCache, check_cache


@dataclass(frozen=True, slots=True)
class Sources:
    """A local index, an RxNav, both, or neither."""

    index: RxNormIndex | None
    rxnav: RxNav | None

    @property
    def local(self) -> Lookup | None:
        """Asked first."""
        return self.index.lookup if self.index is not None else None

    @property
    def remote(self) -> Lookup | None:
        """Asked last."""
        return self.rxnav.lookup if self.rxnav is not None else None

    def one_answer(self) -> AbstractContextManager[None]:
        """To be entered for each answer: inside, all codes together wait for RxNav until the deadline."""
        return self.rxnav.one_answer() if self.rxnav is not None else nullcontext()


def check_sources(index: Path | None, rxnav_url: str, rxnav_cache: Path | None) -> None:
    """Raises ``StartError`` with all that ``open_sources`` would refuse; makes and asks nothing."""
    problems: list[str] = []
    try:
        if index is not None:
            RxNormIndex(index)
    except RxNormIndexError as error:
        problems += error.problems
    try:
        if rxnav_url and rxnav_cache is not None:
            check_cache(rxnav_cache)
    except SettingsError as error:
        problems += error.problems
    if problems:
        raise StartError(problems)


def open_sources(
    index: Path | None, rxnav_url: str, rxnav_deadline: float, rxnav_cache: Path | None
) -> Sources:
    """Open and check them. Raises ``RxNormIndexError`` or ``SettingsError``."""
    opened = RxNormIndex(index) if index is not None else None
    if not rxnav_url:
        return Sources(opened, None)
    return Sources(opened, RxNav(rxnav_url, rxnav_deadline, RxNavCache(rxnav_cache)))
