"""Whether the service on this machine lives: ``python -m cds.health``, for HEALTHCHECK and probes by command.

Asks ``/healthz`` at the address of the settings; exits with 0, or with 1 and the reason on standard error.
It imports little on purpose: it is started every few seconds, beside the service.
"""

from __future__ import annotations

import sys
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException

from cds.settings import Settings, load_settings

_PATIENCE = 4.0  # seconds; below the five that the container gives the check
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  (listened on, but nobody can open it)


def find_sickness(settings: Settings, patience: float = _PATIENCE) -> str:
    """Why the service with these ``settings`` counts as dead, in words; empty if it lives.

    ``patience`` is how many seconds the connection, and then the answer, may take.
    """
    host = _EVERYWHERE.get(settings.host, settings.host)
    connection = HTTPConnection(host, settings.port, timeout=patience)
    try:
        connection.request("GET", "/healthz")
        status = connection.getresponse().status
    except (OSError, HTTPException) as error:
        return f"no answer from {host}:{settings.port}: {type(error).__name__}"
    finally:
        connection.close()
    return "" if status == HTTPStatus.OK else f"/healthz answers {status}"


if __name__ == "__main__":
    sys.exit(find_sickness(load_settings()) or None)
