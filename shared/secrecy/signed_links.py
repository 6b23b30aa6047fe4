"""Acknowledge links: who holds one may answer one page of one incident, for 24 hours, and nothing else.

A token is `<claim>.<signature>`, both base64url without padding: the claim is a JSON list, the signature HMAC-SHA256
under a key derived from TOCSIN_SECRET_KEY for this purpose alone. It is counted from when the page was asked for, so
a page that is sent again after a crash carries the same link. Following a link (GET) changes nothing, since mail
scanners follow links; only a POST acknowledges.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from shared.problem import Problem
from shared.secrecy.signing import secrets_in

VALID_FOR = timedelta(hours=24)
PATH = "/a/"
PURPOSE = b"tocsin acknowledge link v1"
LONGEST = 4096
"""Characters of a token; what is longer was not made by us."""


@dataclass(frozen=True, slots=True)
class AckClaim:
    """What an acknowledge link says: this person answers this generation of this incident's pages."""

    incident_id: str
    generation: int
    user_id: str
    page_id: str
    locale: str
    """The language of the page it opens: en, ja or fa."""
    expires_at: datetime


def make_ack_token(
    secret_key: str,
    *,
    incident_id: str,
    generation: int,
    user_id: str,
    page_id: str,
    requested_at: datetime,
    locale: str = "en",
) -> str:
    """The token of one page, valid for 24 hours from `requested_at`; the same input gives the same token."""
    expires = int((requested_at + VALID_FOR).timestamp())
    claim = json.dumps(
        [incident_id, generation, user_id, page_id, locale, expires], ensure_ascii=False, separators=(",", ":")
    )
    payload = _to_text(claim.encode())
    return f"{payload}.{_to_text(_signatures(secret_key, payload)[0])}"


def ack_url(base_url: str, token: str) -> str:
    """The address that goes into a message; `base_url` has no trailing slash."""
    return f"{base_url}{PATH}{token}"


def read_ack_token(secret_key: str, token: str, now: datetime) -> AckClaim:
    """What a token says. Raises `Problem`: 404 when we did not make it, 410 when its day is over."""
    payload, dot, signature = token.partition(".")
    if not dot or len(token) > LONGEST or not _is_signed(secret_key, payload, signature):
        raise Problem(404, "not_found", "This link is not one of ours, or it was cut short on the way.")
    incident_id, generation, user_id, page_id, locale, expires = json.loads(_to_bytes(payload))
    expires_at = datetime.fromtimestamp(expires, UTC)
    if now >= expires_at:
        raise Problem(410, "link_expired", "This link has expired. Sign in to acknowledge the incident.")
    return AckClaim(incident_id, generation, user_id, page_id, locale, expires_at)


def _signatures(secret_key: str, payload: str) -> list[bytes]:
    """The signature under each secret, first the one that signs."""
    keys = [hmac.digest(secret.encode(), PURPOSE, hashlib.sha256) for secret in secrets_in(secret_key)]
    return [hmac.digest(key, payload.encode("utf-8", "replace"), hashlib.sha256) for key in keys]


def _is_signed(secret_key: str, payload: str, signature: str) -> bool:
    shown = _to_bytes(signature)
    return any(hmac.compare_digest(one, shown) for one in _signatures(secret_key, payload))


def _to_text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _to_bytes(text: str) -> bytes:
    """The bytes, or none at all for what is not base64url."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""
