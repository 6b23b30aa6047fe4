"""How a refusal of the gateway reads: its status, its stable code and a sentence."""

from __future__ import annotations

from services.gateway.keys.key import Refusal
from services.gateway.requests.routes import Need
from shared.problem import Problem

_WORDS: dict[Refusal, tuple[int, str]] = {
    Refusal.NO_KEY: (401, "This needs a key: Authorization: Bearer <key>."),
    Refusal.UNKNOWN_KEY: (401, "Nobody knows this key."),
    Refusal.EXPIRED_KEY: (401, "This key has expired."),
    Refusal.REVOKED_KEY: (401, "This key was revoked."),
    Refusal.ROTATED_KEY: (401, "This key was replaced by a new one."),
    Refusal.ROLE_TOO_LOW: (403, "The role of this key does not reach this far."),
    Refusal.WEBHOOKS_ONLY: (403, "An integration's key is good for webhooks only."),
}


def refusal_problem(refusal: Refusal | None, need: Need) -> Problem:
    """The problem that tells of a refusal; None for a key that went away meanwhile."""
    refusal = refusal or Refusal.UNKNOWN_KEY
    status, detail = _WORDS[refusal]
    if status == 401:
        return Problem(401, refusal.value, detail, headers={"WWW-Authenticate": 'Bearer realm="tocsin"'})
    return Problem(403, refusal.value, detail, needed=need.value)
