"""Everything that keeps the service from starting, as far as the settings and what they name can tell."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from cds.errors import StartError
from cds.hooks.switches import read_switches_file
from cds.knowledge.base import Knowledge
from cds.knowledge.schema.switches import Switches
from cds.settings import Settings, examine_settings

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Start:
    """What a start would find.

    Attributes:
        settings: a value that cannot be used counts as its default.
        problems: every problem of the settings, and of every file, folder and database that they name.
        switches: what is switched off; nothing if that file cannot be used.
    """

    settings: Settings
    problems: tuple[str, ...]
    switches: Switches


def examine_start(options: Mapping[str, str | None] | None = None) -> Start:
    """All of it in one go, without making or changing a file; ``options`` are those of the command line.

    A database server is asked for its tables. Whether an address can be listened on is not looked at.
    """
    # imported here, so that the settings are shown without waiting for what is then looked at
    from cds.knowledge.load import load_knowledge
    from cds.rxnorm.sources import check_sources
    from cds.telemetry.assembly import check_telemetry

    settings, problems = examine_settings(options=options)
    is_database_named = not any(each.startswith("LEUKOCDS_DATABASE_URL") for each in problems)

    def tried(step: Callable[[], Found]) -> Found | None:
        try:
            return step()
        except StartError as error:
            problems.extend(error.problems)
            return None

    callers = tried(lambda: _callers(settings))
    knowledge = tried(lambda: load_knowledge(overlay=settings.knowledge_overlay))
    switches = tried(lambda: _switches(settings, callers, knowledge))
    tried(lambda: check_sources(settings.rxnorm_index, settings.rxnav_url, settings.rxnav_cache))
    tried(lambda: check_telemetry(settings))
    if is_database_named:  # otherwise it would be said of the default
        tried(lambda: _check_database(settings))
    return Start(settings, tuple(dict.fromkeys(problems)), switches or Switches())


def _callers(settings: Settings) -> tuple[str, ...]:
    """Their names."""
    from cds.app import OFFERED_REASONS
    from cds.commands.callers import ANYBODY
    from cds.hooks.tenants_file import tenants_of

    if settings.tenants is None:
        return (ANYBODY,)
    return tuple(tenant.name for tenant in tenants_of(settings, {*OFFERED_REASONS.values()}))


def _switches(
    settings: Settings, callers: tuple[str, ...] | None, knowledge: Knowledge | None
) -> Switches | None:
    """They name callers, drugs and rules: where those are not known, no more is said than what is missing."""
    from cds.knowledge.switches import read_switches

    if settings.switches is None:
        return None
    raw = read_switches_file(settings.switches)
    if callers is None or knowledge is None:
        return None
    return read_switches(raw, str(settings.switches), knowledge, callers)


def _check_database(settings: Settings) -> None:
    from cds.setting_values import IN_MEMORY
    from cds.store.foresight import check_database

    if settings.database_url != IN_MEMORY:
        check_database(settings.database_url)
