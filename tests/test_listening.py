"""Listening: said when it is not possible, and ended without resetting anybody."""

from __future__ import annotations

import socket
import sys

import pytest

from cds.errors import SettingsError
from cds.listening import check_addresses, in_address, turn_newcomers_away
from cds.settings import Settings


def test_every_port_that_is_taken_is_named_with_its_setting() -> None:
    with socket.create_server(("127.0.0.1", 0)) as first, socket.create_server(("127.0.0.1", 0)) as second:
        port, metrics_port = first.getsockname()[1], second.getsockname()[1]
        with pytest.raises(SettingsError) as caught:
            check_addresses(Settings(port=port, metrics_port=metrics_port))

    assert [f"127.0.0.1:{port}", f"127.0.0.1:{metrics_port}"] == [
        problem.split()[3].rstrip(":") for problem in caught.value.problems
    ]
    assert ["LEUKOCDS_PORT", "LEUKOCDS_METRICS_PORT"] == [
        problem.split()[-1] for problem in caught.value.problems
    ]


def test_a_port_that_is_free_or_to_be_picked_is_no_problem() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]

    check_addresses(Settings(port=port))
    check_addresses(Settings(port=0))


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no filter for a listener")
def test_who_has_connected_is_let_in_and_who_comes_later_is_refused_not_reset() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    address = listener.getsockname()
    with socket.create_connection(address) as early, socket.socket() as late:
        turn_newcomers_away(listener)
        late.settimeout(0.05)
        with pytest.raises(TimeoutError):
            late.connect(address)
        served, _ = listener.accept()
        listener.close()
        with served:
            served.sendall(b"answer")

            assert b"answer" == early.recv(100)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address)


@pytest.mark.parametrize(
    ("host", "written"),
    [("127.0.0.1", "127.0.0.1"), ("localhost", "localhost"), ("::1", "[::1]"), ("[::1]", "[::1]")],
)
def test_an_address_of_ipv6_stands_in_brackets_before_its_port(host: str, written: str) -> None:
    assert written == in_address(host)
