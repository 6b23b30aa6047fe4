"""Links in mails to subscribers: who holds one may confirm, or end, this one subscription, and nothing else.

`<claim>.<signature>`, as with acknowledge links: the signature is HMAC-SHA256 under a key derived for this purpose.
Following one (GET) changes nothing, since mail scanners follow links. Links to confirm last 48 hours, those to
unsubscribe for ever. No address is in them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared.secrecy.signing import read_claim, sign_claim

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
    return sign_claim(secret_key, PURPOSE, said.encode())


def read_token(secret_key: str, token: str, wish: Wish, now: datetime) -> Claim | None:
    """What a token says; None when we did not make it for this wish, or its time is over."""
    claim = read_claim(secret_key, PURPOSE, token) if len(token) <= LONGEST else None
    if claim is None:
        return None
    said, page, subscriber_id, expires = json.loads(claim)
    if said != wish.value or (expires is not None and now.timestamp() >= expires):
        return None
    return Claim(wish, page, subscriber_id)
