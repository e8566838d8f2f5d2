"""A request on its way in: how much of it has arrived, and whether that is all.

Only as much of HTTP is read as tells where a request ends; gunicorn reads it again, and strictly.
"""

from __future__ import annotations

import re

LONGEST_HEAD = 65_536  # bytes
# zeros may come first, and of what is longer than twelve digits no more is taken in anyway
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*+0*+(\d{0,12}+)\d*+[ \t]*+\r\n", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding:", re.IGNORECASE)
_EXPECT = re.compile(rb"\r\nexpect:[ \t]*100-continue[ \t]*(?=\r\n)", re.IGNORECASE)
_CHUNK_SIZE = re.compile(rb"[0-9A-Fa-f]+[ \t]*(?:;[^\r\n]*)?")
_LONGEST_LINE = 8_192  # bytes, of the line that gives the size of a chunk
_LINE = b"\r\n"
_END = b"\r\n\r\n"


class Arrival:
    """What has arrived of one request.

    Attributes:
        gathered: its bytes, and those of what follows it on the connection.
        since: when its first byte came (a monotonic clock, seconds); None while nothing has come.
        awaits_leave: the client wants to be told to go on before it sends the body (``Expect``).
        body_length: bytes of the body as its head has it; None while that is not known, and for chunks.
    """

    def __init__(self) -> None:
        self.gathered = bytearray()
        self.since: float | None = None
        self.awaits_leave = False
        self.body_length: int | None = None
        self._length: int | None = None
        self._is_chunked = False
        self._body = 0
        self._passed = 0

    def add(self, data: bytes, now: float) -> None:
        """Take in what was received."""
        if data and self.since is None:
            self.since = now
        self.gathered += data
        if self._length is None and not self._is_chunked:
            self._read_head()

    def is_whole(self, most: int) -> bool:
        """Whether somebody who reads it has nothing to wait for.

        Of what is longer than ``most`` bytes nothing more has to be awaited either: it will be refused.
        """
        if self._length is not None:
            return len(self.gathered) >= min(self._length, most)
        return self._is_chunked and (len(self.gathered) >= most or self._pass_chunks())

    @property
    def has_endless_head(self) -> bool:
        """Whether its head is longer than any may be."""
        return not self._body and len(self.gathered) > LONGEST_HEAD

    @property
    def has_endless_chunk(self) -> bool:
        """Whether the line that gives the size of a chunk is longer than any may be."""
        end = self._passed + _LONGEST_LINE
        return (
            self._is_chunked and len(self.gathered) > end and _LINE not in self.gathered[self._passed : end]
        )

    def _pass_chunks(self) -> bool:
        """Go on to the end of the last chunk that is there; True if it is the end, or no chunk at all."""
        while (end := self.gathered.find(_LINE, self._passed, self._passed + _LONGEST_LINE)) >= 0:
            size = _CHUNK_SIZE.fullmatch(self.gathered, self._passed, end)
            if size is None:
                return True  # to be refused by whoever reads it
            length = int(bytes(size[0]).partition(b";")[0], 16)
            if length == 0:  # trailers may follow, and an empty line
                return self.gathered.find(_END, end) >= 0
            if len(self.gathered) < end + length + 4:
                return False
            self._passed = end + length + 4
        return False

    def _read_head(self) -> None:
        end = self.gathered.find(_END)
        if end < 0:
            return
        head = bytes(self.gathered[: end + 2])
        asked = _EXPECT.search(head)
        if asked:  # taken out, or leave would be given a second time
            del self.gathered[asked.start() : asked.end()]
            end -= asked.end() - asked.start()
            self.awaits_leave = True
        length = _LENGTH.search(head)
        self._is_chunked = _CHUNKED.search(head) is not None
        self._body = self._passed = end + len(_END)
        if not self._is_chunked:
            self.body_length = int(length[1] or 0) if length else 0
            self._length = self._body + self.body_length
