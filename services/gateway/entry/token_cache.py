"""The signed identities under which requests go to services: one for a key and a service is used again for a while."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.gateway.keys.key import Key, to_identity
from services.gateway.requests.routes import Service
from shared.callers.identity_tokens import IdentitySigner
from shared.clocks.clock import Now

TOKEN_FOR = timedelta(seconds=30)
"""A signed token is used again this long; it is good for twice that."""


@dataclass(frozen=True, slots=True)
class SignedToken:
    """A token made for a key at its present state, for one service."""

    key: Key
    token: bytes
    at: datetime


class TokenCache:
    """Signs who calls, for one service at a time."""

    def __init__(self, signer: IdentitySigner, clock: Now) -> None:
        self._signer = signer
        self._clock = clock
        self._signed: dict[tuple[str, Service], SignedToken] = {}

    def token(self, key: Key, service: Service) -> bytes:
        """The identity of this key's holder, as this service believes it."""
        now = self._clock.now()
        signed = self._signed.get((key.id, service))
        if signed is None or signed.key is not key or not timedelta() <= now - signed.at < TOKEN_FOR:
            signed = SignedToken(key, self._signer.sign(to_identity(key), service, now).encode(), now)
            self._signed[key.id, service] = signed
        return signed.token
