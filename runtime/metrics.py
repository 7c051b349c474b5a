"""Figures for Prometheus. Path templates, never raw paths, so that numbers do not become labels."""

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from starlette.requests import Request

REGISTRY = CollectorRegistry()
_REQUESTS = Counter("duecourse_requests", "Requests answered", ("method", "route", "status"), registry=REGISTRY)
_SECONDS = Histogram("duecourse_request_seconds", "Seconds to answer", ("route",), registry=REGISTRY)


def count_request(request: Request, status: int, seconds: float) -> None:
    route = getattr(request.scope.get("route"), "path", "unmatched")
    _REQUESTS.labels(request.method, route, str(status)).inc()
    _SECONDS.labels(route).observe(seconds)


def exposition() -> bytes:
    """Everything measured, in the text format of Prometheus."""
    return generate_latest(REGISTRY)
