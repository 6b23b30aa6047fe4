"""The JSON that a webhook receives and its signature: the shape is the HTTP contract's, to the letter.

Signed per Standard Webhooks (https://www.standardwebhooks.com): `webhook-id` is the page's id, so a repeat after a
crash carries the same one; `webhook-signature` is `v1,` and the base64 HMAC-SHA256 of `id.timestamp.body`. Every
contact method has a signing secret of its own, derived from TOCSIN_SECRET_KEY: nothing is stored, an admin reads it
at `GET /contact-methods/webhook-secret`, and it stays the same as long as the key does.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from services.comms.channels.contract import PageLinks
from shared.events.oncall import PageFact
from shared.secrecy.signing import derive_keys, sign

SECRET_PREFIX = "whsec_"  # noqa: S105 - how the standard marks a secret, not one


def signing_secret(secret_key: str, user_id: str, method_id: str) -> str:
    """The signing secret of one contact method, as receivers enter it: `whsec_` and 32 bytes in base64."""
    return signing_secrets(secret_key, user_id, method_id)[0]


def signing_secrets(secret_key: str, user_id: str, method_id: str) -> list[str]:
    """The same of all secrets: a page is signed under each, so a receiver may change its own at any time meanwhile."""
    said = json.dumps([user_id, method_id]).encode()
    keys = derive_keys(secret_key, "tocsin webhook secret v1")
    return [SECRET_PREFIX + base64.b64encode(sign(key, said)).decode() for key in keys]


def body(page: PageFact, links: PageLinks) -> bytes:
    """The JSON document of one page, in UTF-8."""
    incident = page.incident
    # what was tried before is there only where something was
    runbook = {"runbook": page.runbook.model_dump()} if page.runbook is not None else {}
    return json.dumps(
        {
            "page_id": page.page_id,
            "incident": {
                "id": incident.id,
                "title": incident.title,
                "status": incident.status.value,
                "severity": incident.severity.value,
                "priority": incident.priority.value,
                "service_id": incident.service_id,
                "url": links.incident_url,
            },
            "user": page.user.id,
            "urgency": page.urgency.value,
            "step": page.step,
            "round": page.round,
            "reason": page.reason.value,
            "ack_url": links.ack_url,
            "drill": page.drill,
            **runbook,
            **({"drill_runs_runbooks": True} if page.drill_runs_runbooks else {}),
        },
        ensure_ascii=False,
        separators=(",", ":"),
    ).encode("utf-8", "replace")


def signed_headers(secrets: Sequence[str], message_id: str, at: datetime, content: bytes) -> Mapping[str, str]:
    """The headers of a message sent at `at`, signed under each of these; they are as `signing_secrets` gives them."""
    timestamp = str(int(at.timestamp()))
    keys = [base64.b64decode(secret.removeprefix(SECRET_PREFIX)) for secret in secrets]
    signed = b".".join((message_id.encode(), timestamp.encode(), content))
    signatures = [base64.b64encode(sign(key, signed)).decode() for key in keys]
    return {
        "content-type": "application/json; charset=utf-8",
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(f"v1,{one}" for one in signatures),
    }
