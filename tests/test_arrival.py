"""When a request has arrived as a whole: at its last byte, not one before."""

from __future__ import annotations

import pytest
from gunicorn.config import Config
from gunicorn.http.errors import NoMoreData, ParseException
from gunicorn.http.parser import RequestParser
from gunicorn.http.unreader import Unreader
from hypothesis import given, settings
from hypothesis import strategies as st

from cds.arrival import Arrival

MOST = 100_000
HEAD = b"POST /x HTTP/1.1\r\nHost: a\r\n"
WHOLE = {
    "a length": HEAD + b"Content-Length: 5\r\n\r\nabcde",
    "a length in other letters": HEAD + b"content-LENGTH:5 \r\n\r\nabcde",
    "no body": b"GET /healthz HTTP/1.1\r\n\r\n",
    "an empty body": HEAD + b"Content-Length: 0\r\n\r\n",
    "a length with zeros before it": HEAD + b"Content-Length: 00000000000000005\r\n\r\nabcde",
    "chunks": HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n",
    "many chunks": HEAD
    + b"Transfer-Encoding: chunked\r\n\r\n"
    + b"0A;x=y\r\n0\r\n\r\n0\r\n\r\n\r\n1 \r\nb\r\n000\r\n\r\n",
    "chunks and a trailer": HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX: y\r\n\r\n",
}


def arrived(data: bytes) -> Arrival:
    arrival = Arrival()
    arrival.add(data, 1.0)
    return arrival


@pytest.mark.parametrize("request_", WHOLE.values(), ids=WHOLE)
@given(data=st.data())
def test_it_is_whole_at_its_last_byte_and_not_before_however_it_is_cut(
    request_: bytes, data: st.DataObject
) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(1, len(request_) - 1), max_size=4)))
    pieces = [request_[start:end] for start, end in zip([0, *cuts], [*cuts, len(request_)], strict=True)]
    arrival = Arrival()

    was_whole = []
    for piece in pieces:
        arrival.add(piece, 1.0)
        was_whole.append(arrival.is_whole(MOST))

    assert was_whole == [False] * len(cuts) + [True]
    assert request_ == arrival.gathered


def test_what_follows_on_the_connection_is_kept_for_the_next() -> None:
    two = WHOLE["a length"] + WHOLE["no body"]

    arrival = arrived(two)

    assert arrival.is_whole(MOST)
    assert two == arrival.gathered


def test_of_a_body_that_will_be_refused_no_more_is_awaited_than_tells_that() -> None:
    head = HEAD + b"Content-Length: 999999\r\n\r\n"

    assert not arrived(head + b"x" * (MOST - len(head) - 1)).is_whole(MOST)
    assert arrived(head + b"x" * (MOST - len(head))).is_whole(MOST)


def test_of_chunks_that_do_not_end_neither() -> None:
    head = HEAD + b"Transfer-Encoding: chunked\r\n\r\nFFFFFF\r\n"

    assert not arrived(head + b"x" * (MOST - len(head) - 1)).is_whole(MOST)
    assert arrived(head + b"x" * (MOST - len(head))).is_whole(MOST)


@pytest.mark.parametrize("size", [b"ZZ", b"", b"-1", b"0x5", b"5 5"])
def test_what_is_no_chunk_is_passed_on_at_once_to_be_refused(size: bytes) -> None:
    assert arrived(HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + size + b"\r\n").is_whole(MOST)


def test_a_size_of_a_chunk_may_be_so_long_and_no_longer() -> None:
    head = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"

    long, longer = arrived(head + b"1;" + b"x" * 8_190), arrived(head + b"1;" + b"x" * 8_191)

    assert (False, True) == (long.has_endless_chunk, longer.has_endless_chunk)
    assert not longer.has_endless_head


def test_what_follows_on_chunks_is_kept_for_the_next() -> None:
    assert arrived(WHOLE["many chunks"] + b"GET /heal").is_whole(MOST)


def test_a_head_may_be_so_long_and_no_longer() -> None:
    long, longer = arrived(b"x" * 65_536), arrived(b"x" * 65_537)

    long_body = arrived(HEAD + b"Content-Length: 70000\r\n\r\n" + b"x" * 70_000)

    assert (False, True) == (long.has_endless_head, longer.has_endless_head)
    assert not longer.is_whole(MOST)
    assert (False, False) == (long_body.has_endless_head, long_body.has_endless_chunk)


def test_a_client_that_waits_for_leave_is_noticed_once() -> None:
    arrival = arrived(HEAD + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n")

    assert (True, False) == (arrival.awaits_leave, arrival.is_whole(MOST))

    arrival.add(b"ab", 2.0)

    assert arrival.is_whole(MOST)
    assert HEAD + b"Content-Length: 2\r\n\r\nab" == arrival.gathered


def test_the_length_of_a_body_is_known_from_the_head_alone() -> None:
    chunks = HEAD + b"Transfer-Encoding: chunked\r\nContent-Length: 7\r\n\r\n"

    assert arrived(HEAD).body_length is None
    assert arrived(chunks).body_length is None
    assert 0 == arrived(WHOLE["no body"]).body_length
    assert 99_000_000 == arrived(HEAD + b"Content-Length: 99000000\r\n\r\n").body_length


def test_time_runs_from_the_first_byte() -> None:
    arrival = Arrival()
    arrival.add(b"", 1.0)

    assert arrival.since is None

    arrival.add(b"P", 2.0)
    arrival.add(b"O", 3.0)

    assert arrival.since == 2.0


class _WaitsError(Exception):
    """Somebody reads on where nothing has come."""


class _Gathered(Unreader):  # type: ignore[misc]
    """What was gathered, and after it nothing that would ever come."""

    def chunk(self, size_hint: int | None = None) -> bytes:
        raise _WaitsError


def waits_for_more(gathered: bytes) -> bool:
    """Whether gunicorn, handed this, would keep a thread until the client sends on."""
    parser = RequestParser(Config(), (), ("127.0.0.1", 1))
    parser.unreader = _Gathered()
    parser.unreader.unread(gathered)
    try:
        next(parser).body.read()
    except _WaitsError:
        return True
    except (ParseException, NoMoreData, StopIteration):
        return False
    return False


PIECES = (
    b"\r\n",
    b"\r\n\r\n",
    b"0\r\n\r\n",
    b"0",
    b"000000000",
    b"5",
    b"ff",
    b";a=b",
    b" ",
    b"\t",
    b":",
    b"a",
)
HEADERS = (
    b"Content-Length: 9999999999999\r\n",
    b"Content-Length: 00000000000000100\r\n",
    b"Content-Length:\r\n 9\r\n",
    b"Content-Length : 9\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Transfer-Encoding: identity\r\n",
    b"Expect: 100-continue\r\n",
    b"X: y\r\n",
)


@settings(max_examples=500)
@given(
    before=st.sampled_from((b"", b"\r\n", b"\r\n\r\n", b"\n")),
    headers=st.lists(st.sampled_from(HEADERS), max_size=3),
    body=st.lists(st.sampled_from(PIECES), max_size=8),
)
def test_no_thread_ever_waits_for_the_rest_of_what_counts_as_whole(
    before: bytes, headers: list[bytes], body: list[bytes]
) -> None:
    arrival = arrived(b"".join((before, HEAD, *headers, b"\r\n", *body)))

    if arrival.is_whole(MOST):
        assert not waits_for_more(bytes(arrival.gathered))


@pytest.mark.parametrize(
    "request_",
    [
        HEAD + b"Content-Length: 00000000000000100\r\n\r\n{",
        HEAD + b"Content-Length: 9999999999999\r\n\r\n{",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n0000000000ff\r\n{",
        HEAD + b'Transfer-Encoding: chunked\r\n\r\nff\r\n"\r\n0\r\n\r\n',
    ],
    ids=["zeros first", "thirteen digits", "zeros before the size of a chunk", "an end within a chunk"],
)
def test_a_length_written_oddly_is_a_length(request_: bytes) -> None:
    assert not arrived(request_).is_whole(MOST)
    assert waits_for_more(request_)
