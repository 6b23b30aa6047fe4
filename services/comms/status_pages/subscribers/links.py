"""Links in mails to subscribers: who holds one may confirm, or end, this one subscription, and nothing else.

`<claim>.<signature>`, as with acknowledge links: the signature is HMAC-SHA256 under a key derived for this purpose.
Following one (GET) changes nothing, since mail scanners follow links. Links to confirm last 48 hours, those to
unsubscribe for ever. No address is in them.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared.secrecy.signing import secrets_in

PURPOSE = b"tocsin subscriber link v1"
LONGEST = 1024


class Wish(StrEnum):
    """What a link is for; also its place in the address."""

    CONFIRM = "confirm"
    UNSUBSCRIBE = "unsubscribe"


@dataclass(frozen=True, slots=True)
class Claim:
    """What a link says."""

    wish: Wish
    page: str
    subscriber_id: str


def make_token(secret_key: str, claim: Claim, expires_at: datetime | None = None) -> str:
    """The token of a link; the same input gives the same token."""
    expires = int(expires_at.timestamp()) if expires_at else None
    said = json.dumps([claim.wish.value, claim.page, claim.subscriber_id, expires], separators=(",", ":"))
    payload = _to_text(said.encode())
    return f"{payload}.{_to_text(_signatures(secret_key, payload)[0])}"


def read_token(secret_key: str, token: str, wish: Wish, now: datetime) -> Claim | None:
    """What a token says; None when we did not make it for this wish, or its time is over."""
    payload, _, signature = token.partition(".")
    if len(token) > LONGEST or not _is_signed(secret_key, payload, signature):
        return None
    said, page, subscriber_id, expires = json.loads(_to_bytes(payload))
    if said != wish.value or (expires is not None and now.timestamp() >= expires):
        return None
    return Claim(wish, page, subscriber_id)


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
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""
