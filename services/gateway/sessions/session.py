"""Browser sessions: a cookie stands for a key, so the key itself stays out of the browser.

A session ends 12 hours after it was last used, 7 days after it began, when it is ended, or with the secret that began
it (revoked, expired, rotated). A cookie goes along with whatever another site makes the browser send, so a write by
cookie must show the session's CSRF token too, which only a page of ours can have read.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.gateway.keys.key import digest_of
from shared.secrecy.signing import derive_keys, is_same, sign

COOKIE = "tocsin_session"
SECURE_COOKIE = "__Host-tocsin_session"
"""Its name by https: browsers take it only for the whole of this very host, never from a neighbour below its domain."""
CSRF_HEADER = b"x-tocsin-csrf"
IDLE = timedelta(hours=12)
ABSOLUTE = timedelta(days=7)
SEEN_EVERY = timedelta(minutes=1)
"""Use is noted this often, so that reading costs no write."""
TOKEN_BYTES = 32
_TOKEN_LENGTH = 2 * TOKEN_BYTES


@dataclass(frozen=True, slots=True)
class Session:
    """What is kept of a session; `id` is the SHA-256 of its token, `key_digest` that of the secret that began it."""

    id: str
    key_digest: str
    created_at: datetime
    seen_at: datetime

    @property
    def ends_at(self) -> datetime:
        """When it ends however much it is used."""
        return self.created_at + ABSOLUTE


def new_session(token: str, key_digest: str, now: datetime) -> Session:
    """A new session."""
    return Session(digest_of(token), key_digest, now, now)


def is_over(session: Session, now: datetime) -> bool:
    """True when it has been idle for too long, or is too old."""
    return session.seen_at + IDLE <= now or session.ends_at <= now


def is_to_be_noted(session: Session, now: datetime) -> bool:
    """True when its use is to be noted again."""
    return now - session.seen_at >= SEEN_EVERY


def token_in(headers: Iterable[tuple[bytes, bytes]], *, secure: bool) -> str | None:
    """The session's token in the request's cookies; None when there is none that could be one.

    `secure` when browsers come by https: then only the cookie that no other host can set counts.
    """
    wanted = SECURE_COOKIE if secure else COOKIE
    for name, value in headers:
        if name != b"cookie":
            continue
        for part in value.decode("latin-1").split(";"):
            key, _, token = part.strip().partition("=")
            if key == wanted and len(token) == _TOKEN_LENGTH and token.isascii() and token.isalnum():
                return token
    return None


class Csrf:
    """The CSRF token of a session follows from the session's own, so every replica knows it."""

    def __init__(self, secret: str) -> None:
        self._keys = derive_keys(secret, "tocsin csrf")

    def of(self, token: str) -> str:
        """The CSRF token of this session: 64 hexadecimal characters."""
        return sign(self._keys[0], token.encode()).hex()

    def is_shown(self, token: str, headers: Iterable[tuple[bytes, bytes]]) -> bool:
        """True when a request shows it."""
        shown = next((value for name, value in headers if name == CSRF_HEADER), b"")
        right = [sign(key, token.encode()).hex() for key in self._keys]
        return any(is_same(shown, one.encode()) for one in right)


def cookie(token: str, *, secure: bool, seconds: int) -> str:
    """The `Set-Cookie` header of a session; 0 seconds take the cookie away."""
    parts = [
        f"{SECURE_COOKIE if secure else COOKIE}={token}",
        "Path=/",
        f"Max-Age={seconds}",
        "HttpOnly",
        "SameSite=Strict",
    ]
    return "; ".join([*parts, "Secure"] if secure else parts)
