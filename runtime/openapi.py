"""The OpenAPI document: what FastAPI finds in the routes, and what every call has in common."""

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI

from runtime.shapes import Refusal

NEEDS_IF_MATCH: dict[str, Any] = {
    "parameters": [
        {
            "name": "If-Match",
            "in": "header",
            "required": True,
            "description": "The ETag that was read. Missing: 428. Changed meanwhile: 412.",
            "schema": {"type": "string", "pattern": '^"[0-9]{1,18}"$'},
            "example": '"3"',
        }
    ]
}
"""`openapi_extra` of a write that changes one resource as it was read."""

_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same key with the same body gets the same answer and happens once; another body: 422.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
}
_PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Refusal"}}}
_REFUSALS: dict[int | str, str] = {
    401: "The key is missing, unknown or revoked.",
    403: "The role may not do this.",
    404: "What is named does not exist.",
    409: "The state of things forbids it, or the same Idempotency-Key is being worked on.",
    412: "The resource was changed since it was read.",
    422: "The request does not fit; `errors` says where and why.",
    428: "The call needs If-Match.",
    503: "The database is away or busy. Try again.",
    "default": "Any other refusal.",
}
_WRITES = ("post", "put", "patch", "delete")
_OPEN_TO_ALL = "/api/v1/health/"


def describe(app: FastAPI) -> None:
    """Makes the application's document the one below, built once."""
    made = app.openapi
    app.openapi = lambda: app.openapi_schema or _described(made)  # type: ignore[method-assign]


def _described(made: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Adds to every operation how to be authorised, how to repeat it safely, and how it refuses."""
    document = made()
    parts = document.setdefault("components", {})
    parts["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
    schema = Refusal.model_json_schema(ref_template="#/components/schemas/{model}")
    parts.setdefault("schemas", {}).update(schema.pop("$defs"), Refusal=schema)
    for name in ("HTTPValidationError", "ValidationError"):
        parts["schemas"].pop(name, None)
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            _complete(operation, path, method)
    return document


def _complete(operation: dict[str, Any], path: str, method: str) -> None:
    if method in _WRITES:
        operation.setdefault("parameters", []).append(_IDEMPOTENCY_KEY)
    if not path.startswith(_OPEN_TO_ALL):
        operation["security"] = [{"key": []}]
    for status, sentence in _REFUSALS.items():
        operation["responses"][str(status)] = {"description": sentence, "content": _PROBLEM}
