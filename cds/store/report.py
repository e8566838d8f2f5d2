"""What became of the cards that were shown: counts, and sums over them by whatever one wants to know."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Engine, Executable, and_, exists, func, select
from sqlalchemy.exc import DBAPIError

from cds.store.engine import READING
from cds.store.schema import unreachable
from cds.store.tables import OUTCOMES, SHOWN_CARDS

Key = TypeVar("Key", bound=Hashable)

ACCEPTED, OVERRIDDEN, UNANSWERED, SHADOW = "accepted", "overridden", "none", "shadow"


@dataclass(frozen=True, slots=True)
class Cell:
    """So many cards that have all of this in common.

    Attributes:
        drug: the foremost that the cards speak of; empty if they speak of none.
        outcome: accepted, overridden, none (nothing was heard of them), or shadow (they were not sent).
        reason: code of the override reason; empty where none was given.
    """

    topic: str
    indicator: str
    drug: str
    knowledge: str
    outcome: str
    reason: str
    cards: int


@dataclass(frozen=True, slots=True)
class Tally:
    """How many cards were shown, and how many of those were accepted or overridden."""

    shown: int = 0
    accepted: int = 0
    overridden: int = 0
    shadowed: int = 0

    def __add__(self, cell: Cell) -> Tally:
        sent = cell.outcome != SHADOW
        return Tally(
            shown=self.shown + cell.cards * sent,
            accepted=self.accepted + cell.cards * (cell.outcome == ACCEPTED),
            overridden=self.overridden + cell.cards * (cell.outcome == OVERRIDDEN),
            shadowed=self.shadowed + cell.cards * (not sent),
        )


@dataclass(frozen=True, slots=True)
class FeedbackReport:
    """What became of cards.

    Attributes:
        unknown: cards that were told of, but that this database does not know as shown to who told.
    """

    cells: tuple[Cell, ...]
    unknown: int

    def total(self) -> Tally:
        """Over all cards."""
        return self.by(lambda _: "").get("", Tally())

    def by(self, key: Callable[[Cell], Key]) -> Mapping[Key, Tally]:
        """One tally for each value of ``key``, those with most cards first."""
        tallies: dict[Key, Tally] = {}
        for cell in self.cells:
            tallies[key(cell)] = tallies.get(key(cell), Tally()) + cell
        order = sorted(tallies.items(), key=lambda each: (-each[1].shown, -each[1].shadowed, str(each[0])))
        return dict(order)

    def reasons(self) -> Mapping[str, int]:
        """How many cards were overridden for each reason, the commonest first; empty: none was given."""
        counts: dict[str, int] = {}
        for cell in self.cells:
            if cell.outcome == OVERRIDDEN:
                counts[cell.reason] = counts.get(cell.reason, 0) + cell.cards
        return dict(sorted(counts.items(), key=lambda each: (-each[1], each[0])))


def read_report(engine: Engine, since: datetime | None = None, tenant: str = "") -> FeedbackReport:
    """What became of the cards shown ``since`` then, to ``tenant`` or to all. Raises ``DatabaseError``."""
    try:
        with engine.connect().execution_options(**READING) as connection:
            cells = tuple(_cells(connection.execute(_shown(since, tenant))))
            unknown = connection.execute(_unknown(since, tenant)).scalar_one()
    except DBAPIError as error:
        raise unreachable(engine, error) from None
    return FeedbackReport(cells, unknown)


def _cells(rows: Iterable[Sequence[Any]]) -> Iterator[Cell]:
    for topic, indicator, drug, knowledge, shadowed, outcome, reason, cards in rows:
        became = SHADOW if shadowed else outcome or UNANSWERED
        yield Cell(topic, indicator, drug, knowledge, became, reason or "", cards)


def _shown(since: datetime | None, tenant: str) -> Executable:
    # of a card with several outcomes the latest counts; of two at once the accepted one, which has a name
    newest = func.row_number().over(
        partition_by=[OUTCOMES.c.tenant, OUTCOMES.c.card],
        order_by=[OUTCOMES.c.at.desc(), OUTCOMES.c.suggestion.desc()],
    )
    ranked = select(OUTCOMES, newest.label("rank")).subquery()
    card = SHOWN_CARDS.c
    joined = SHOWN_CARDS.outerjoin(
        ranked, and_(ranked.c.tenant == card.tenant, ranked.c.card == card.card, ranked.c.rank == 1)
    )
    parts = (
        card.topic,
        card.indicator,
        card.drug,
        card.knowledge,
        card.shadowed,
        ranked.c.outcome,
        ranked.c.reason,
    )
    asked = select(*parts, func.count()).select_from(joined).group_by(*parts).order_by(*parts)
    if since is not None:
        asked = asked.where(card.at >= since)
    return asked.where(card.tenant == tenant) if tenant else asked


def _unknown(since: datetime | None, tenant: str) -> Executable:
    is_known = exists().where(
        SHOWN_CARDS.c.card == OUTCOMES.c.card, SHOWN_CARDS.c.tenant == OUTCOMES.c.tenant
    )
    cards = select(OUTCOMES.c.tenant, OUTCOMES.c.card).where(~is_known).distinct()
    if since is not None:
        cards = cards.where(OUTCOMES.c.received >= since)
    if tenant:
        cards = cards.where(OUTCOMES.c.tenant == tenant)
    return select(func.count()).select_from(cards.subquery())
