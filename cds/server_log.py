"""What gunicorn itself has to say, as lines of our log.

Its messages are written before anything is put into them, and of what was to be put in only numbers and the
names of signals: a message may quote a request.
"""

from __future__ import annotations

import logging
import re
from typing import Any

from gunicorn.glogging import Logger

from cds.logs import LOGGER, log_event, places_of

_HARMLESS = re.compile(r"[A-Z]{3,10}|-?\d{1,10}", re.ASCII)


class ServerLog(Logger):  # type: ignore[misc]
    """gunicorn's logger; it writes nothing but lines of our log, and no access log at all."""

    def setup(self, cfg: Any) -> None:
        """Called by gunicorn."""
        super().setup(cfg)
        self.error_log.handlers = [_ToOurLog()]
        self.error_log.propagate = False
        self.access_log.handlers = []
        self.access_log.propagate = False


class _ToOurLog(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        if not LOGGER.isEnabledFor(record.levelno):
            return
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(record.msg, BaseException):
            error, template = record.msg, type(record.msg).__qualname__
        else:
            template = str(record.msg)
        args = record.args if isinstance(record.args, tuple) else ()
        told = [text for text in map(str, args) if _HARMLESS.fullmatch(text)]
        if error is None:
            log_event("server", record.levelno, message=template, told=told)
        else:
            log_event(
                "server",
                record.levelno,
                message=template,
                told=told,
                error=type(error).__qualname__,
                frames=places_of(error),
            )
