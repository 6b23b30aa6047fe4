"""`Idempotency-Key`: the same key and the same request give the same answer, another request under it is 409.

A key belongs to the API key it comes with and is remembered for 24 hours. While the first request is under way a second
one is told to come again; should the process that answers the first one die, its claim ends after `CLAIM_FOR` and the
next request is carried out. Answers with 5xx, 408 and 429 are not kept, or a failure would be one for a day.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from services.gateway.requests.headers import RawHeaders
from shared.ids import derive_id
from shared.problem import Fault, Problem, conflict

HEADER = b"idempotency-key"
REPLAYED = (b"idempotency-replayed", b"true")
KEPT_FOR = timedelta(hours=24)
CLAIM_FOR = timedelta(seconds=30)
"""Longer than a service may take for its answer."""
MAX_KEY_LENGTH = 255
MAX_ANSWER_BYTES = 1024 * 1024
"""A longer answer is passed on and not kept."""

_NOT_KEPT_HEADERS = frozenset({b"content-length", b"x-request-id", b"set-cookie", b"date"})


class ClaimVerdict(StrEnum):
    """What becomes of a request under an idempotency key."""

    CARRY_OUT = "carry_out"
    REPLAY = "replay"
    OTHER_REQUEST = "other_request"
    UNDER_WAY = "under_way"
    UNREADABLE = "unreadable"
    """It was carried out, and its answer was sealed under a secret that was taken out since."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it was given; `body` is whole."""

    status: int
    headers: RawHeaders
    body: bytes


@dataclass(frozen=True, slots=True)
class Claim:
    """What is stored under a key: whose request it is, until when nobody else may carry it out, and its answer."""

    id: str
    fingerprint: str
    holder: str
    claimed_until: datetime
    expires_at: datetime
    answer: Answer | None = None
    answered: bool = False
    """Whether there is an answer, also one that can't be read."""


def find_idempotency_key(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    """The idempotency key of a request. Raises a 400 `Problem` for one that is empty, too long or no plain text."""
    values = [value for name, value in headers if name == HEADER]
    if not values:
        return None
    text = values[0].decode("latin-1").strip()
    if len(values) > 1 or not 0 < len(text) <= MAX_KEY_LENGTH or not text.isascii() or not text.isprintable():
        detail = f"must be one text of 1 to {MAX_KEY_LENGTH} printable ASCII characters"
        raise Problem(400, "malformed", f"Idempotency-Key {detail}.", errors=[Fault("/Idempotency-Key", detail)])
    return text


def claim_of(
    api_key_id: str, key: str, *, method: str, target: bytes, body: bytes, holder: str, now: datetime
) -> Claim:
    """The claim that a request makes; `holder` names the attempt, `target` is path and query."""
    fingerprint = hashlib.sha256(method.encode() + b" " + target + b"\x00" + body).hexdigest()
    return Claim(derive_id("idempotency", api_key_id, key), fingerprint, holder, now + CLAIM_FOR, now + KEPT_FOR)


def judge_claim(mine: Claim, stored: Claim | None, now: datetime) -> ClaimVerdict:
    """What becomes of the request that made the claim `mine` when `get` is there under the same key."""
    if stored is None or stored.expires_at <= now:
        return ClaimVerdict.CARRY_OUT
    if stored.fingerprint != mine.fingerprint:
        return ClaimVerdict.OTHER_REQUEST
    if stored.answer is not None:
        return ClaimVerdict.REPLAY
    if stored.answered:
        return ClaimVerdict.UNREADABLE
    return ClaimVerdict.UNDER_WAY if stored.claimed_until > now else ClaimVerdict.CARRY_OUT


def is_kept(status: int) -> bool:
    """True for an answer that a second request shall see."""
    return status < 500 and status not in (408, 429)


def select_headers(headers: Iterable[tuple[bytes, bytes]]) -> RawHeaders:
    """The headers of an answer that belong to it whenever it is given."""
    return [(name.lower(), value) for name, value in headers if name.lower() not in _NOT_KEPT_HEADERS]


def claim_refusal(verdict: ClaimVerdict) -> Problem:
    """Why a request is neither carried out nor answered from what is kept."""
    if verdict is ClaimVerdict.OTHER_REQUEST:
        detail = "this key came with another request before"
        return conflict(
            "idempotency_key_reused",
            "Another request came under this Idempotency-Key.",
            errors=[Fault("/Idempotency-Key", detail)],
        )
    if verdict is ClaimVerdict.UNREADABLE:
        return conflict(
            "answer_unreadable",
            "The request under this Idempotency-Key was carried out; its answer ended with the secret that sealed it.",
            errors=[Fault("/Idempotency-Key", "the answer under this key can't be given again")],
        )
    return conflict(
        "still_under_way",
        "The first request under this Idempotency-Key is still being answered.",
        errors=[Fault("/Idempotency-Key", "the first request under this key has no answer yet")],
        headers={"Retry-After": "1"},
    )
