"""However a request is cut, framed or followed on its connection: it is answered once, and as a whole."""

from __future__ import annotations

import re
from collections.abc import Iterator
from socket import SHUT_WR, create_connection, socket

import pytest

from tests.faults.serving import Service, raw, serving, story

TOLD = story()
REQUEST = raw(TOLD)
HEAD = REQUEST.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
KEPT = REQUEST.replace(b"Connection: close\r\n", b"")


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with serving(tmp_path_factory.mktemp("worker"), threads=2) as service:
        yield service


@pytest.fixture
def client(service: Service) -> Iterator[socket]:
    with create_connection(("127.0.0.1", service.port), timeout=20) as client:
        yield client


def all_of(client: socket) -> bytes:
    return b"".join(iter(lambda: client.recv(65536), b""))


def statuses(answers: bytes) -> list[bytes]:
    return re.findall(rb"HTTP/1\.1 (\d{3}) ", answers)


def test_a_request_in_many_pieces_is_one_request(client: socket) -> None:
    for start in range(0, len(REQUEST), 97):
        client.sendall(REQUEST[start : start + 97])

    answer = all_of(client)

    assert [b"200"] == statuses(answer)
    assert b'"critical"' in answer


def test_two_requests_in_one_piece_are_both_answered(client: socket) -> None:
    client.sendall(KEPT + REQUEST)

    assert [b"200", b"200"] == statuses(all_of(client))


def test_a_request_and_a_half_are_answered_when_the_other_half_comes(client: socket) -> None:
    cut = len(REQUEST) // 2
    client.sendall(KEPT + REQUEST[:cut])
    first = client.recv(65536)
    client.sendall(REQUEST[cut:])

    assert [b"200", b"200"] == statuses(first + all_of(client))


def test_a_body_in_chunks_is_read_to_its_last(client: socket) -> None:
    body = TOLD.request
    head = HEAD.replace(f"Content-Length: {len(body)}".encode(), b"Transfer-Encoding: chunked")
    client.sendall(head)
    for start in range(0, len(body), 1000):
        piece = body[start : start + 1000]
        client.sendall(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
    client.sendall(b"0\r\n\r\n")

    answer = all_of(client)

    assert [b"200"] == statuses(answer)
    assert b'"critical"' in answer


def test_who_asks_for_leave_to_send_gets_it_once(client: socket) -> None:
    client.sendall(HEAD.replace(b"\r\n\r\n", b"\r\nExpect: 100-continue\r\n\r\n"))

    assert b"HTTP/1.1 100 Continue\r\n\r\n" == client.recv(1000)

    client.sendall(TOLD.request)

    assert [b"200"] == statuses(all_of(client))


def test_who_asks_for_leave_to_send_too_much_is_refused_at_once(client: socket) -> None:
    """Without a byte of it; and the body may come all the same, so that no other request follows."""
    length = f"Content-Length: {len(TOLD.request)}".encode()
    head = HEAD.replace(length, b"Content-Length: 99000000\r\nExpect: 100-continue")
    client.sendall(head.replace(b"Connection: close\r\n", b""))

    answer = all_of(client)

    assert [b"413"] == statuses(answer)
    assert b"\r\nConnection: close\r\n" in answer
    assert b"OperationOutcome" in answer


def test_who_asks_for_leave_right_after_another_request_gets_it(client: socket) -> None:
    client.sendall(KEPT + HEAD.replace(b"\r\n\r\n", b"\r\nExpect: 100-continue\r\n\r\n"))
    answers = b""
    while b"100 Continue" not in answers:
        answers += client.recv(65536)
    client.sendall(TOLD.request)

    assert [b"200", b"100", b"200"] == statuses(answers + all_of(client))


@pytest.mark.parametrize("chunk", [b"zz", b"-1", b"", b"5\r\nabcdefg"])
def test_a_malformed_chunk_is_refused_and_the_answer_says_that_it_is_the_last(
    chunk: bytes, client: socket
) -> None:
    head = HEAD.replace(f"Content-Length: {len(TOLD.request)}".encode(), b"Transfer-Encoding: chunked")
    client.sendall(head.replace(b"Connection: close\r\n", b"") + chunk + b"\r\n" + TOLD.request + REQUEST)

    answer = all_of(client)

    assert [b"400"] == statuses(answer)
    assert b"\r\nConnection: close\r\n" in answer
    assert b"OperationOutcome" in answer


@pytest.mark.parametrize(
    "header",
    [b"X-Large: " + b"x" * 9_000, b"Authorization: Bearer " + b"x" * 70_000,
     b"\r\n".join(b"X-%d: a" % number for number in range(101))],
    ids=["a header", "the head", "the number"],
)  # fmt: skip
def test_a_head_that_is_too_large_is_told_so(header: bytes, client: socket) -> None:
    client.sendall(HEAD.replace(b"\r\n\r\n", b"\r\n" + header + b"\r\n\r\n") + TOLD.request)

    answer = all_of(client)

    assert [b"431"] == statuses(answer)
    assert b"\r\nConnection: close\r\n" in answer
    assert b"OperationOutcome" in answer
    assert b"headers of 8190 bytes each, 100 headers, 65536 bytes in all" in answer


def test_a_request_line_that_is_too_long_is_told_so(client: socket) -> None:
    client.sendall(b"GET /cds-services?" + b"x" * 9_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n")

    assert [b"431"] == statuses(all_of(client))


def test_what_is_no_http_is_refused_in_our_own_words(client: socket) -> None:
    client.sendall(b"hello\r\n\r\n")

    answer = all_of(client)

    assert [b"400"] == statuses(answer)
    assert b"OperationOutcome" in answer


def test_a_head_without_end_is_refused(client: socket) -> None:
    client.sendall(b"GET /healthz HTTP/1.1\r\nX: " + b"x" * 70_000)

    assert [b"431"] == statuses(all_of(client))


def test_half_a_request_and_then_nothing_is_no_request(client: socket) -> None:
    client.sendall(REQUEST[: len(REQUEST) // 2])
    client.shutdown(SHUT_WR)

    assert all_of(client)[:12] in {b"", b"HTTP/1.1 400"}


def test_a_body_beyond_the_limit_is_refused_and_the_next_request_is_answered(client: socket) -> None:
    length = f"Content-Length: {len(TOLD.request)}".encode()
    client.sendall(HEAD.replace(length, b"Content-Length: 6000000").replace(b"Connection: close\r\n", b""))
    client.sendall(b" " * 6_000_000 + REQUEST)

    assert [b"413", b"200"] == statuses(all_of(client))
