"""Logs: one JSON object a line on standard output, made of identifiers and codes alone; no payload can pass."""

import logging
import sys
import threading
import traceback
from datetime import UTC, datetime
from enum import Enum
from pathlib import PurePath
from types import TracebackType
from typing import Any, Final
from uuid import UUID

import orjson
from opentelemetry import trace

ALLOWED: Final = frozenset(
    {
        *("group", "lane", "topic", "partition", "offset", "shard", "part", "timer", "member"),
        *(
            "organisation",
            "desk",
            "alert",
            "id",
            "receipt",
            "event_type",
            "verdict",
            "role",
            "action",
            "urgency",
            "step",
        ),
        *("method", "path_template", "status", "reason_code", "channel", "outcome", "attempt", "reference"),
        *("count", "number", "ms", "seconds", "bytes", "version", "revision", "port"),
        *("error", "sqlstate", "why"),
    }
)
"""The keys of `extra` that reach the log. Whatever else is passed is dropped: a new key is a decision, made here."""

_OURS: Final = ("shared", "services", "nclcc", "__main__")
_QUIET: Final = {
    **dict.fromkeys(("aiokafka", "alembic", "asyncio", "httpcore", "sqlalchemy", "urllib3"), logging.WARNING),
    # at INFO these write whole addresses, and a link's token is part of one
    **dict.fromkeys(("httpx", "uvicorn.access"), logging.WARNING),
    # rebalances and lost connections are told by our own consumer, once
    "aiokafka.consumer": logging.ERROR,
    "aiokafka.conn": logging.ERROR,
}
_MAX_TEXT: Final = 200
_MAX_CAUSES: Final = 5


def configure(service: str, level: str = "INFO") -> None:
    """Send everything that this process logs through one handler. Give uvicorn `log_config=None`.

    Also takes what would otherwise be printed with its message: uncaught errors of the process and of its threads,
    and failures of logging itself.
    """
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLines(service))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name, least in _QUIET.items():
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.setLevel(max(least, root.level))
    logging.captureWarnings(True)
    logging.raiseExceptions = False
    sys.excepthook = _log_uncaught
    threading.excepthook = _log_thread


class JsonLines(logging.Formatter):
    """Formats a record as a JSON line.

    Another library's message may quote what it was working on, so of it only the first line is kept, with nothing
    filled in. An error is its class and where it was raised, never its text, for the same reason.
    """

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "ts": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _message(record),
            "service": self._service,
        }
        line |= {key: _plain(value) for key, value in record.__dict__.items() if key in ALLOWED}
        span = trace.get_current_span().get_span_context()
        if span.is_valid:
            line["trace"] = trace.format_trace_id(span.trace_id)
        if record.exc_info and record.exc_info[1] is not None:
            line["exception"] = described(record.exc_info[1])
        return orjson.dumps(line).decode()


def described(error: BaseException, depth: int = _MAX_CAUSES) -> dict[str, Any]:
    """An error without its text: class, frames as `file:line function`, the same of its cause and its parts."""
    found: dict[str, Any] = {"class": type(error).__name__, "frames": _frames(error.__traceback__)}
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None and depth > 0:
        found["cause"] = described(cause, depth - 1)
    if isinstance(error, BaseExceptionGroup) and depth > 0:
        found["parts"] = [described(part, depth - 1) for part in error.exceptions[:_MAX_CAUSES]]
    return found


def _frames(trace_back: TracebackType | None) -> list[str]:
    frames = traceback.walk_tb(trace_back)
    return [
        f"{'/'.join(PurePath(frame.f_code.co_filename).parts[-3:])}:{line} {frame.f_code.co_name}"
        for frame, line in frames
    ]


def _message(record: logging.LogRecord) -> str:
    if record.name.split(".", 1)[0] in _OURS:
        return _encodable(record.getMessage())
    return _encodable((str(record.msg).splitlines() or [""])[0][:_MAX_TEXT])


def _plain(value: object) -> Any:
    """A short scalar, or a short list of them; of anything else only its type."""
    if isinstance(value, Enum):
        return _plain(value.value)
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        return value if abs(value) < 2**53 else str(value)
    if isinstance(value, str | UUID):
        return _encodable(str(value)[:_MAX_TEXT])
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(one) for one in list(value)[:20]]
    return type(value).__name__


def _encodable(text: str) -> str:
    return text.encode(errors="replace").decode()


def _log_uncaught(kind: type[BaseException], error: BaseException, trace_back: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    logging.getLogger(__name__).critical("uncaught error", exc_info=(kind, error, trace_back))


def _log_thread(arguments: threading.ExceptHookArgs) -> None:
    error = arguments.exc_value
    if error is not None:
        logging.getLogger(__name__).critical(
            "uncaught error in a thread", exc_info=(type(error), error, arguments.exc_traceback)
        )
