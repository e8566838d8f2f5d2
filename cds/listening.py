"""Whether the service can listen where it is told to, found out before anything is loaded."""

from __future__ import annotations

import socket
from collections.abc import Iterator

from cds.errors import SettingsError
from cds.settings import Settings


def check_addresses(settings: Settings) -> None:
    """Raises ``SettingsError`` with every port of ``settings`` that cannot be listened on, and why."""
    problems = [*_problems(settings.host, {"port": settings.port, "metrics_port": settings.metrics_port})]
    if problems:
        raise SettingsError(problems)


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
