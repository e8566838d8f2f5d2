"""Results in their usual form: a number in a known unit under a known code, drawn at a known time.

Nearly all are such. They are read here quickly, for the outline of a chart and for its facts alike: what came
with the last result is compared before it is looked up. Of anything that those who read results in full would
stop at or remark on, there is no plain result.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType

from msgspec import Raw

from cds.facts import ResultStatus, When
from cds.knowledge.base import Knowledge
from cds.readers import wire
from cds.readers.elements import ABSENT, Quantity
from cds.readers.interpretation import Interpretation, read_interpretation
from cds.readers.moments import is_future, read_moment
from cds.readers.plain_codes import PlainCode, PlainCodes, PlainUnit
from cds.readers.units import to_base

STATUSES: Mapping[str, ResultStatus] = MappingProxyType(
    {
        "final": ResultStatus.FINAL,
        "amended": ResultStatus.AMENDED,
        "corrected": ResultStatus.CORRECTED,
        "preliminary": ResultStatus.PRELIMINARY,
    }
)
_USABLE = frozenset(STATUSES)
_MOST_COLUMNS = 60  # spellings of codes in one chart; each result is compared with them one by one
_NO_FLAGS = Interpretation()


class PlainColumn:
    """The results under one code, and how the last of them was taken.

    Attributes:
        way: its unit.
        low: the laboratory's lower limit beside it.
        highest_low: the highest of all that came; ``None`` if none did.
        values, draws: for whoever collects them; a draw is its place among all.
    """

    __slots__ = ("code", "draws", "highest_low", "low", "range", "unit", "unit_code", "values", "way")

    def __init__(self, code: PlainCode) -> None:
        self.code = code
        self.values: list[Decimal] = []
        self.draws: list[int] = []
        self.unit, self.unit_code = "", ""
        self.way: PlainUnit | None = None
        self.range = ABSENT
        self.low: Decimal | None = None
        self.highest_low: Decimal | None = None


class PlainResults:
    """Takes the results of one chart that are plain.

    Attributes:
        columns: one for each spelling of a code.
        draws: when blood was drawn.
        flags: what the laboratory thinks of the result that was taken last.
    """

    def __init__(self, knowledge: Knowledge, as_of: datetime) -> None:
        self.columns: list[PlainColumn] = []
        self.draws: list[When] = []
        self.flags = _NO_FLAGS
        self._knowledge = knowledge
        self._as_of = as_of
        self._codes = PlainCodes.of(knowledge)
        self._spelt: list[tuple[Raw, PlainColumn | None]] = []
        self._places: dict[str, int | None] = {}
        self._interpretation = ABSENT

    def take(self, sent: wire.Observation) -> tuple[PlainColumn, Decimal, int] | None:
        """Its column, its value in base units and the place of its draw; ``None`` if it is not plain."""
        quantity = sent.value_quantity
        if (
            quantity is None
            or (value := quantity.value) is None
            or quantity.comparator
            or sent.data_absent_reason is not None
            or sent.component
            or sent.has_member
            or sent.status not in _USABLE
        ):
            return None
        code = sent.code
        for spelling, known in self._spelt:
            if spelling == code:
                column = known
                break
        else:
            column = self._find_column(code)
        if column is None:
            return None
        way = column.way
        if way is None or quantity.unit != column.unit or quantity.code != column.unit_code:
            way = self._find_way(column, quantity)
            if way is None:
                return None
        scale, least, greatest, has_zero, _ = way
        try:
            if scale is not None:
                value = to_base(value, scale)
            if not least <= value <= greatest and (value or not has_zero):
                return None
        except ArithmeticError:  # a number that is none
            return None
        place = self._places.get(sent.effective_date_time)
        if place is None and (place := self._find_place(sent.effective_date_time)) is None:
            return None
        if sent.interpretation != self._interpretation and not self._take_flags(sent.interpretation):
            return None
        if sent.reference_range != column.range and not self._take_range(column, sent.reference_range):
            return None
        return column, value, place

    # --- asked only where something differs from what came before ---------------------------------------

    def _find_column(self, sent: Raw) -> PlainColumn | None:
        if len(self._spelt) >= _MOST_COLUMNS:
            return None
        code = self._codes.read(bytes(sent))
        column = PlainColumn(code) if code is not None else None
        if column is not None:
            self.columns.append(column)
        self._spelt.append((sent, column))
        return column

    def _find_way(self, column: PlainColumn, quantity: Quantity) -> PlainUnit | None:
        way = column.code.units[quantity.unit, quantity.code]
        column.unit, column.unit_code, column.way = quantity.unit, quantity.code, way
        column.range, column.low = ABSENT, None  # it is read in the unit of its value
        return way

    def _find_place(self, text: str) -> int | None:
        drawn = read_moment(text)
        tolerance = self._knowledge.limits.consistency.future_hours
        if drawn is None or drawn.is_vague or is_future(drawn, self._as_of, tolerance):
            return None
        place = self._places[text] = len(self.draws)
        self.draws.append(drawn)
        return place

    def _take_flags(self, sent: Raw) -> bool:
        flags = read_interpretation(sent)
        if flags.critical or flags.off_scale is not None:
            return False
        self._interpretation, self.flags = sent, flags
        return True

    def _take_range(self, column: PlainColumn, sent: Raw) -> bool:
        low = None
        if sent and not column.code.is_share and column.code.line is not None:
            limit = self._codes.low_limit(column.code, bytes(sent), column.unit, column.unit_code)
            if limit is None:
                return False
            low = limit.value
        column.range, column.low = sent, low
        if low is not None and (column.highest_low is None or low > column.highest_low):
            column.highest_low = low
        return True
