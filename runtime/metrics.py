"""Figures for Prometheus. Path templates, never raw paths, so that numbers do not become labels."""

from collections.abc import MutableMapping
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

REGISTRY = CollectorRegistry()
_REQUESTS = Counter("duecourse_requests", "Requests answered", ("method", "route", "status"), registry=REGISTRY)
_SECONDS = Histogram("duecourse_request_seconds", "Seconds to answer", ("route",), registry=REGISTRY)


def count_request(scope: MutableMapping[str, Any], status: int, seconds: float) -> None:
    route = getattr(scope.get("route"), "path", "unmatched")
    _REQUESTS.labels(scope["method"], route, str(status)).inc()
    _SECONDS.labels(route).observe(seconds)


def exposition() -> bytes:
    """Everything measured, in the text format of Prometheus."""
    return generate_latest(REGISTRY)
