"""Approval links: who holds one may approve or reject one waiting of one step of an execution, and nothing else.

Signed as acknowledge links are (`shared.secrecy.signed_links`), for a purpose of its own. A link names the waiting by
the time at which that ends, which is when the link does, too: a step that waits again waits until another time, and
what was sent for the first waiting says nothing of the second. Following a link (GET) changes nothing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from shared.clocks.epoch import from_millis, to_millis
from shared.problem import Problem
from shared.secrecy.signed_links import LONGEST
from shared.secrecy.signing import read_claim, sign_claim

PATH = "/approvals/"
PURPOSE = b"tocsin approval link v1"


@dataclass(frozen=True, slots=True)
class ApprovalClaim:
    """What an approval link says: this person answers this waiting of this step."""

    execution_id: str
    n: int
    """The step's number, from 1."""
    until: datetime
    """The end of the waiting, in whole milliseconds; the link's too."""
    user_id: str
    """Whose link it is; empty in a message that several people read, where it is who presses the button."""
    locale: str = "en"
    """The language of the page that it opens: en, ja or fa."""


def make_approval_token(secret_key: str, claim: ApprovalClaim) -> str:
    """The token of a claim; the same claim gives the same token."""
    said = [claim.execution_id, claim.n, to_millis(claim.until), claim.user_id, claim.locale]
    return sign_claim(secret_key, PURPOSE, json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode())


def read_approval_token(secret_key: str, token: str) -> ApprovalClaim:
    """What a token says, be its time over or not. Raises a 404 `Problem` when we did not make it."""
    said = read_claim(secret_key, PURPOSE, token) if len(token) <= LONGEST else None
    if said is None:
        raise Problem(404, "not_found", "This link is not one of ours, or it was cut short on the way.")
    execution_id, n, until, user_id, locale = json.loads(said)
    return ApprovalClaim(execution_id, n, from_millis(until), user_id, locale)


def approval_url(base_url: str, token: str) -> str:
    """The address that goes into a letter; `base_url` has no trailing slash."""
    return f"{base_url}{PATH}{token}"
