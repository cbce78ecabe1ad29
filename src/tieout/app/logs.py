"""Logs go to standard error, as text for people or one JSON object per line (TIEOUT_LOG=json|text)."""
from __future__ import annotations

import re
from collections.abc import MutableMapping
from typing import Any

import structlog

from tieout.app.stop import Stop

FORMS = ("text", "json")
QUIET = ("httpx2", "httpcore2", "dbos", "asyncio", "django.request")
SECRET_WORDS = ("secret", "password", "authorization", "access_token", "refresh_token", "api_key", "cookie")
SECRET_VALUES = re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{8,}"
                           r"|\b((?:access|refresh)_token|client_secret|password)(\"?\s*[=:]\s*\"?)[^\s\"&,}]+"
                           r"|(/setup/)[\w-]{20,}")       # Django logs the address of a form that was refused


def without_secrets(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Takes secrets out of what is logged, whichever library logs it."""
    for key, value in event.items():
        if any(word in key.lower() for word in SECRET_WORDS):
            event[key] = "[secret]"
        elif isinstance(value, str):
            event[key] = SECRET_VALUES.sub(
                lambda m: f"{m[1]} [secret]" if m[1] else f"{m[2] or m[4]}{m[3] or ''}[secret]", value)
    return event


SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
    without_secrets,
]


def logging_table(form: str, level: str = "INFO") -> dict[str, Any]:
    """For `logging.config.dictConfig`; structlog's own loggers go through the same handler."""
    form = form or "text"
    if form not in FORMS:
        raise Stop(f"TIEOUT_LOG is “{form}”; it can be text or json.")
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(), cache_logger_on_first_use=True)
    last = (structlog.processors.JSONRenderer() if form == "json"
            else structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0))
    return {
        "version": 1, "disable_existing_loggers": False,
        "formatters": {"tieout": {
            "()": structlog.stdlib.ProcessorFormatter, "foreign_pre_chain": SHARED,
            "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, last]}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "tieout"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {name: {"level": "WARNING"} for name in QUIET},
    }
