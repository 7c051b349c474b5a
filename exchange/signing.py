"""Signatures of webhooks, as Standard Webhooks writes them: `webhook-id`, `webhook-timestamp`, `webhook-signature`.

Pure. A secret is not stored anywhere: it follows from the house's own secret, the webhook and a version.
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from uuid import UUID

PREFIX = "whsec_"


def secret_of(house_secret: bytes, webhook_id: UUID, version: int) -> str:
    """The secret of a webhook, to be shown once: `whsec_…`."""
    made = hmac.new(house_secret, f"webhook:{webhook_id}:{version}".encode(), hashlib.sha256).digest()
    return PREFIX + base64.b64encode(made).decode()


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """`v1,…` over “id.timestamp.body”."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def headers(secrets: Sequence[str], message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The three headers; with several secrets one signature of each, the newest first."""
    signatures = " ".join(signature(secret, message_id, timestamp, body) for secret in secrets)
    return {"webhook-id": message_id, "webhook-timestamp": str(timestamp), "webhook-signature": signatures}
