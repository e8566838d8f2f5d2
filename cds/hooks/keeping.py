"""Keeps what was shown and what became of it, and notes in the log how much that was."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from cds.errors import TenantsError
from cds.hooks.exchange import note, tell
from cds.hooks.feedback import Reasons, read_feedback
from cds.hooks.records import MemoryRecords, Records
from cds.hooks.services import Answer, CDSService
from cds.hooks.tenants import Tenant
from cds.shown import Showing


@dataclass(frozen=True, slots=True)
class Keeping:
    """What is done with answers and with feedback.

    Attributes:
        reasons: those that our cards offer, as ``cds.hooks.feedback`` says.
        knowledge: version of the knowledge that the answers rest on.
    """

    records: Records = field(default_factory=MemoryRecords)
    reasons: Reasons = field(default_factory=dict)
    knowledge: str = ""

    def keep_answer(self, caller: Tenant, service: CDSService, answer: Answer, now: datetime) -> None:
        """Have it written down which cards were sent; nobody waits for it."""
        self.records.keep_showing(
            Showing(
                at=now,
                tenant=caller.name,
                service=service.id,
                hook=service.hook.value,
                knowledge=self.knowledge,
                cards=answer.shown,
                shadowed=answer.shadowed,
            )
        )

    def keep_feedback(self, caller: Tenant, service: CDSService, body: bytes, now: datetime) -> None:
        """Write down the feedback in ``body``.

        Raises ``MalformedJson`` or ``WrongShape`` if it cannot be read, ``RecordsUnavailable`` if not kept.
        """
        outcomes = read_feedback(body, caller.override_reasons, self.reasons)
        overridden = [each for each in outcomes if each.outcome == "overridden"]
        note(
            accepted=len(outcomes) - len(overridden),
            overridden=len(overridden),
            reasoned=sum(bool(each.reason or each.commented) for each in overridden),
        )
        kept = self.records.keep_outcomes(caller.name, service.id, outcomes, now)
        note(known=kept.repeated, unknown=kept.unknown)
        tell(kept=kept)

    def check_reasons(self, tenants: Iterable[Tenant]) -> None:
        """See that every site's reasons mean one of ours. Raises ``TenantsError``."""
        ours = {*self.reasons.values()}
        problems = [
            f"{tenant.name}: override_reasons: {code} is none of {', '.join(sorted(ours))}"
            for tenant in tenants
            for code in sorted({*tenant.override_reasons.values()} - ours)
        ]
        if problems:
            raise TenantsError(problems)
