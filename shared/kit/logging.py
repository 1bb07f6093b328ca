"""Logs: one JSON object a line (or text for people), with request and correlation ids, without personal data."""

import json
import logging
import logging.config
import re
import sys
import time
from collections.abc import Callable, MutableMapping
from contextlib import suppress
from contextvars import ContextVar
from typing import Any

import orjson
import structlog

from shared.kit.settings import Settings
from shared.kit.telemetry import ERRORS, LAST_ERROR

_PERSONAL = frozenset({"authorization", "token", "password", "secret", "cookie", "email", "name", "phone", "address"})
# PostgreSQL quotes the offending row in the detail of an error; a mail address may be anywhere.
_ROW_DETAIL = re.compile(r"DETAIL: .*")
_MAIL_ADDRESS = re.compile(r"[^\s@<>\"'(]+@[^\s@<>\"')]+\.[^\s@<>\"')]+")
_QUIET = {"httpx": "WARNING", "httpcore": "WARNING", "asyncio": "WARNING", "uvicorn.access": "WARNING"}


# The `traceparent` under which this task works, if any: a variable of its own, for it is set for every message.
working_under: ContextVar[str | None] = ContextVar("working_under", default=None)


def configure_logging(settings: Settings) -> None:
    """Send the logs of the process, ours and those of the libraries, to the standard output, once."""
    told: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        name_trace,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _Service(settings.service),
    ]
    written: list[structlog.typing.Processor] = [
        structlog.processors.format_exc_info,
        without_personal_data,
        structlog.processors.JSONRenderer(_as_json)
        if settings.log == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stdout.isatty()),
    ]
    structlog.configure(
        processors=[*told, _count_errors, *written],
        logger_factory=_Line,
        wrapper_class=structlog.make_filtering_bound_logger(settings.log_level.lower()),
        cache_logger_on_first_use=False,
    )
    handler = _OfLibraries()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*told, _count_errors],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *written],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    for name, level in _QUIET.items():
        logging.getLogger(name).setLevel(level)


def name_trace(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Say which trace the line belongs to."""
    traceparent = working_under.get()
    if traceparent is not None:
        event["trace_id"] = traceparent[3:35]
    return event


def without_personal_data(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Mask the fields that name a person, the mail addresses and the rows quoted by the database."""
    for key, value in event.items():
        if key.lower() in _PERSONAL:
            event[key] = "***"
        elif isinstance(value, str) and ("@" in value or "DETAIL: " in value):
            event[key] = _MAIL_ADDRESS.sub("***", _ROW_DETAIL.sub("DETAIL: ***", value))
    return event


def _as_json(event: MutableMapping[str, Any], default: Callable[[Any], Any]) -> str:
    try:
        return orjson.dumps(event, default, orjson.OPT_NON_STR_KEYS).decode()
    except TypeError:  # Half a surrogate pair, or a number beyond 64 bits: escaped rather than lost.
        return json.dumps(event, default=default)


class _Line:
    """What a line of ours becomes: written at once, to what is the standard output now."""

    def __init__(self, name: str = "") -> None:
        self.name = name

    def msg(self, line: str) -> None:
        """Write it; a reader of the logs that went away stops nobody."""
        with suppress(OSError, ValueError):
            sys.stdout.write(line + "\n")
            sys.stdout.flush()

    debug = info = warning = error = critical = exception = msg


class _OfLibraries(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        """Write a line of theirs like ours."""
        try:
            _Line().msg(self.format(record))
        except Exception:
            self.handleError(record)


def _count_errors(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    # By event, which in our code is a word; what libraries say is any text, so they count by their name.
    if event["level"] in {"error", "critical"}:
        origin = str(event["logger"]).partition(".")[0]
        name = str(event["event"]) if origin in {"shared", "services"} else f"library:{origin}"
        ERRORS.labels(name).inc()
        LAST_ERROR.labels(name).set(time.time())
    return event


class _Service:
    def __init__(self, service: str) -> None:
        self._service = service

    def __call__(self, _: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        """Say which service speaks."""
        event.setdefault("service", self._service)
        return event
