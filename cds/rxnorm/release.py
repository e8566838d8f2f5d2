"""An RxNorm release as NLM ships it: a zip of pipe-delimited tables (RRF), read without unpacking it.

The full release has its tables in ``rrf/`` and the prescribable subset again in ``prescribe/rrf/``; the
subset alone ("Current Prescribable Content") has them in ``rrf/``. Columns are those of NLM's own scripts.
"""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from types import MappingProxyType
from zipfile import BadZipFile, ZipFile, ZipInfo

from cds.errors import ReleaseError

CONCEPTS, RELATIONS, ATTRIBUTES = "RXNCONSO.RRF", "RXNREL.RRF", "RXNSAT.RRF"
ARCHIVE, SUCCESSORS, SOURCES = "RXNATOMARCHIVE.RRF", "RXNCUI.RRF", "RXNSAB.RRF"
_COLUMNS = MappingProxyType(
    {
        CONCEPTS: "RXCUI LAT TS LUI STT SUI ISPREF RXAUI SAUI SCUI SDUI SAB TTY CODE STR SRL SUPPRESS CVF",
        RELATIONS: "RXCUI1 RXAUI1 STYPE1 REL RXCUI2 RXAUI2 STYPE2 RELA RUI SRUI SAB SL DIR RG SUPPRESS CVF",
        ATTRIBUTES: "RXCUI LUI SUI RXAUI STYPE CODE ATUI SATUI ATN SAB ATV SUPPRESS CVF",
        ARCHIVE: "RXAUI AUI STR ARCHIVE_TIMESTAMP CREATED_TIMESTAMP UPDATED_TIMESTAMP CODE IS_BRAND LAT"
        " LAST_RELEASED SAUI VSAB RXCUI SAB TTY MERGED_TO_RXCUI",
        SUCCESSORS: "CUI1 VER_START VER_END CARDINALITY CUI2",
        SOURCES: "VCUI RCUI VSAB RSAB SON SF SVER VSTART VEND IMETA RMETA SLC SCC SRL TFR CFR CXTY TTYL ATNL"
        " LAT CENC CURVER SABIN SSN SCIT",
    }
)
_REQUIRED = (CONCEPTS, RELATIONS, ATTRIBUTES)
_DATED = re.compile(r"(?P<name>RxNorm_\w+?|Readme\w+?)_(?P<date>\d{8})\.(?:zip|txt)", re.IGNORECASE)
_VERSION = re.compile(r"RXNORM_\w+_(?P<date>\d{6})F")
_CHUNK = 1 << 20

Progress = Callable[[int], None]


class Release:
    """One release, open for reading. Use it in a ``with``.

    Attributes:
        name: the name of the zip file.
        released: the date of the release where the zip tells it.
        is_full: retired codes are told, which the prescribable subset leaves out.
        size: bytes to be read in all, unpacked.
    """

    def __init__(self, path: Path) -> None:
        """Raises ``ReleaseError`` if ``path`` is no RxNorm release."""
        self.name = path.name
        try:
            self._zip = ZipFile(path)
        except OSError as fault:
            raise ReleaseError(f"{path} cannot be read: {fault.strerror}") from fault
        except BadZipFile as fault:
            raise ReleaseError(f"{path.name} is no zip file, or its end is missing; load it again") from fault
        self._members = {table: found for table in _COLUMNS if (found := self._find(table)) is not None}
        missing = [table for table in _REQUIRED if table not in self._members]
        if missing:
            self._zip.close()
            raise ReleaseError(
                f"{path.name} is no RxNorm release: it has no {', '.join(missing)}. Files such as"
                " RxNorm_full_10062025.zip or RxNorm_full_prescribe_10062025.zip are meant."
            )
        self.is_full = ARCHIVE in self._members
        self.size = sum(each.file_size for table, each in self._members.items() if table != SOURCES)
        self.released = self._date()

    def __enter__(self) -> Release:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def rows(self, table: str, mark: str, wanted: str, progress: Progress) -> Iterator[list[str]]:
        """The columns ``wanted`` (names with a space between) of each row that contains ``mark``.

        ``progress`` hears how many bytes have been read since it was last told. A table that the release does
        not have has no rows. Raises ``ReleaseError`` if the zip is damaged or a row has not its columns.
        """
        if table not in self._members:
            return
        columns = _COLUMNS[table].split()
        places = [columns.index(name) for name in wanted.split()]
        fields, sought, unsaid = len(columns) + 1, mark.encode(), 0
        for number, line in enumerate(self._lines(table), start=1):
            unsaid += len(line)
            if unsaid >= _CHUNK:
                progress(unsaid)
                unsaid = 0
            if sought not in line:
                continue
            row = line.decode(errors="replace").rstrip("\r\n").split("|")
            if len(row) != fields:
                found = len(row) - 1
                raise ReleaseError(f"{table}, line {number}: {found} columns instead of {len(columns)}")
            yield [row[place] for place in places]
        progress(unsaid)

    def _lines(self, table: str) -> Iterator[bytes]:
        try:
            with self._zip.open(self._members[table]) as packed:
                yield from io.BufferedReader(packed, _CHUNK)  # type: ignore[type-var]
        except (BadZipFile, EOFError, OSError, zlib.error, NotImplementedError, RuntimeError) as fault:
            raise ReleaseError(
                f"{self.name} is damaged: {table} cannot be unpacked; load it again"
            ) from fault

    def _find(self, table: str) -> ZipInfo | None:
        same = [each for each in self._zip.infolist() if each.filename.rpartition("/")[2].upper() == table]
        return min(same, key=lambda each: each.filename.count("/"), default=None)

    def _date(self) -> date | None:
        for name in (*self._zip.namelist(), self.name):
            if dated := _DATED.fullmatch(name.rpartition("/")[2]):
                return _read_date(dated["date"], "%m%d%Y")
        for source, version in self.rows(SOURCES, "|RXNORM|", "RSAB VSAB", lambda _: None):
            if source == "RXNORM" and (dated := _VERSION.fullmatch(version)):
                return _read_date(dated["date"], "%y%m%d")
        return None


def _read_date(text: str, form: str) -> date | None:
    try:
        return datetime.strptime(text, form).date()  # noqa: DTZ007  (a day has no zone)
    except ValueError:
        return None
