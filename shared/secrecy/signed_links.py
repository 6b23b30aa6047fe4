"""Acknowledge links: who holds one may answer one page of one incident, for 24 hours, and nothing else.

A token is `<claim>.<signature>`, both base64url without padding: the claim is a JSON list, the signature HMAC-SHA256
under a key derived from TOCSIN_SECRET_KEY for this purpose alone. It is counted from when the page was asked for, so
a page that is sent again after a crash carries the same link. Following a link (GET) changes nothing, since mail
scanners follow links; only a POST acknowledges.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from shared.problem import Problem
from shared.secrecy.signing import read_claim, sign_claim

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
    return sign_claim(secret_key, PURPOSE, claim.encode())


def ack_url(base_url: str, token: str) -> str:
    """The address that goes into a message; `base_url` has no trailing slash."""
    return f"{base_url}{PATH}{token}"


def read_ack_token(secret_key: str, token: str, now: datetime) -> AckClaim:
    """What a token says. Raises `Problem`: 404 when we did not make it, 410 when its day is over."""
    claim = read_claim(secret_key, PURPOSE, token) if len(token) <= LONGEST else None
    if claim is None:
        raise Problem(404, "not_found", "This link is not one of ours, or it was cut short on the way.")
    incident_id, generation, user_id, page_id, locale, expires = json.loads(claim)
    expires_at = datetime.fromtimestamp(expires, UTC)
    if now >= expires_at:
        raise Problem(410, "link_expired", "This link has expired. Sign in to acknowledge the incident.")
    return AckClaim(incident_id, generation, user_id, page_id, locale, expires_at)
