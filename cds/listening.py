"""Listening: whether it is possible, found out before anything is loaded; and how it ends without a loss."""

from __future__ import annotations

import ctypes
import socket
import struct
import sys
from collections.abc import Iterator
from contextlib import suppress

from cds.errors import SettingsError
from cds.settings import Settings

_SO_ATTACH_FILTER = 26  # Linux; Python has no name for it
_DROP = struct.pack("HBBI", 0x06, 0, 0, 0)  # a classic BPF program of one instruction: nothing passes


def in_address(host: str) -> str:
    """``host`` as it stands before a port: an address of IPv6 in brackets, if it has none yet."""
    return f"[{host.strip('[]')}]" if ":" in host else host


def check_addresses(settings: Settings) -> None:
    """Raises ``SettingsError`` with every port of ``settings`` that cannot be listened on, and why."""
    problems = [*_problems(settings.host, {"port": settings.port, "metrics_port": settings.metrics_port})]
    if problems:
        raise SettingsError(problems)


def turn_newcomers_away(listener: socket.socket) -> None:
    """From now on nobody new connects to ``listener``; those who have connected can still be accepted.

    Who has connected and is not accepted when a listener is closed is reset, although nobody told him that he
    comes too late; between a last accept and the close there would always be a moment for that. Now who comes
    is not heard, tries again, and is refused. Where the system cannot do this, the moment remains.
    """
    if sys.platform != "linux":
        return
    program = ctypes.create_string_buffer(_DROP)
    with suppress(OSError):
        listener.setsockopt(
            socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack("HL", 1, ctypes.addressof(program))
        )


def _problems(host: str, ports: dict[str, int]) -> Iterator[str]:
    for setting, port in ports.items():
        if port == 0:
            continue  # a free one, or none
        try:
            family, kind, _, _, address = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)[
                0
            ]
            with socket.socket(family, kind) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(address)
        except OSError as error:
            yield (
                f"cannot listen on {host}:{port}: {error.strerror or error};"
                f" another address or port is set by LEUKOCDS_HOST and LEUKOCDS_{setting.upper()}"
            )
