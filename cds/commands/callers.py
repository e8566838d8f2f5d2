"""For commands without a server: who would be calling, and what is held back from that caller."""

from __future__ import annotations

from pathlib import Path

import click

from cds.hooks.switches import read_switches_file
from cds.hooks.tenants import Tenant
from cds.knowledge.base import Knowledge
from cds.knowledge.schema.switches import Switches
from cds.settings import Settings

ANYBODY = "sandbox"  # the name of whoever calls a sandbox


def find_caller(settings: Settings, name: str) -> Tenant:
    """The caller of that name. Raises ``TenantsError``, or ``click.BadParameter`` if there is none."""
    # imported here, so that what asks for no caller does not wait for it
    from cds.hooks.tenants_file import tenants_of

    known = tenants_of(settings)
    found = [tenant for tenant in known if tenant.name == name]
    if not found:
        names = ", ".join(tenant.name for tenant in known) or "none"
        raise click.BadParameter(f"there is no such caller in LEUKOCDS_TENANTS; there is {names}")
    return found[0]


def load_switches(settings: Settings, path: Path, knowledge: Knowledge) -> Switches:
    """What the file at ``path`` switches off. Raises ``SwitchesError`` or ``TenantsError``."""
    from cds.hooks.tenants_file import tenants_of
    from cds.knowledge.switches import read_switches

    raw = read_switches_file(path)
    known = [ANYBODY] if settings.tenants is None else [tenant.name for tenant in tenants_of(settings)]
    return read_switches(raw, str(path), knowledge, known)
