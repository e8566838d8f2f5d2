"""Everything that keeps the service from starting, as far as the settings and their files can tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cds.errors import StartError
from cds.knowledge.schema.switches import Switches
from cds.settings import Settings, examine_settings


@dataclass(frozen=True, slots=True)
class Start:
    """What a start would find.

    Attributes:
        settings: a value that cannot be used counts as its default.
        problems: every problem of the settings, of the callers' file and of the switches file.
        switches: what is switched off; nothing if that file cannot be used.
    """

    settings: Settings
    problems: tuple[str, ...]
    switches: Switches


def examine_start(options: Mapping[str, str | None] | None = None) -> Start:
    """All of it in one go; ``options`` are those of the command line."""
    settings, problems = examine_settings(options=options)
    switches = Switches()
    try:
        _check_callers(settings)
        switches = _read_switches(settings)
    except StartError as error:
        problems += error.problems
    return Start(settings, tuple(problems), switches)


def _check_callers(settings: Settings) -> None:
    if settings.tenants is None:
        return
    # imported here, so that the settings are shown without waiting for what nobody asked for
    from cds.app import OFFERED_REASONS
    from cds.hooks.tenants_file import tenants_of

    tenants_of(settings, {*OFFERED_REASONS.values()})


def _read_switches(settings: Settings) -> Switches:
    """They name callers: where those are not known, nothing can be said of the file."""
    if settings.switches is None:
        return Switches()
    from cds.commands.callers import load_switches
    from cds.knowledge.load import load_knowledge

    return load_switches(settings, settings.switches, load_knowledge(overlay=settings.knowledge_overlay))
