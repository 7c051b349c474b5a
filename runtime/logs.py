"""Structured logs: one JSON object a line on standard error, for people with `jq` and for collectors."""

import logging
import sys

import structlog


def configure(level: str) -> None:
    """Sets the log level ("INFO", "WARNING" …) and the format, once a process."""
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # a damaged PDF is our caller's news, not the log's
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
