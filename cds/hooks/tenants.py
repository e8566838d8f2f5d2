"""Who may call in production. Which callers there are stands in a file: ``cds.hooks.tenants_file``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cds.hooks.key_sets import AgreedKeys, Keys
from cds.settings import Preferences


@dataclass(frozen=True, slots=True)
class Tenant:
    """One known caller.

    Attributes:
        keys: its public keys.
        audiences: accepted instead of the address called; empty: the address itself.
        subject, claim: required ``sub`` and ``tenant`` of its tokens; empty: not looked at.
        leeway, max_lifetime: seconds.
        algorithms: those that its tokens may be signed with.
        fhir_servers: base addresses of FHIR servers that may be asked on its behalf; no other is.
        override_reasons: what its own reasons for setting a card aside mean, as ``cds.hooks.feedback`` says.
    """

    name: str
    issuer: str = ""
    keys: Keys = field(default_factory=AgreedKeys)
    audiences: frozenset[str] = frozenset()
    subject: str = ""
    claim: str = ""
    leeway: int = 60
    max_lifetime: int = 3600
    preferences: Preferences = field(default_factory=Preferences)
    fhir_servers: tuple[str, ...] = ()
    algorithms: tuple[str, ...] = ("RS384", "ES384")
    override_reasons: Mapping[str, str] = field(default_factory=dict)
