"""Who calls: the gateway tells each service in a token that it signs, and a service believes nothing else.

The token is a JWT (HS256, `aud` tocsin-services, 60 s) under a key derived from `TOCSIN_SECRET_KEY`.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from pydantic import BaseModel, ConfigDict, ValidationError

from shared.problem import Problem, forbidden
from shared.vocabulary import Role

HEADER = "X-Tocsin-Identity"
SHOWN_KEY = "X-Tocsin-Shown-Key"
"""Where the gateway hands on the key that a delivery showed, for its sender may sign with it; no client can set it."""
LIFETIME = timedelta(seconds=60)
_AUDIENCE = "tocsin-services"
_LEEWAY_SECONDS = 5
_ORDER = (Role.VIEWER, Role.RESPONDER, Role.MANAGER, Role.ADMIN)


class Identity(BaseModel):
    """The caller, as the gateway knows it."""

    model_config = ConfigDict(frozen=True)

    key_id: str
    name: str
    role: Role
    teams: tuple[str, ...] = ()
    user_id: str | None = None
    integration_id: str | None = None
    integration_kind: str | None = None
    integration_service_id: str | None = None

    @property
    def author(self) -> str:
        """How the timeline names this caller: the person, else the key's name."""
        return self.user_id or self.name

    def may(self, role: Role) -> bool:
        """True when the caller's role includes `role`."""
        if role is Role.INTEGRATION:
            return self.role in (Role.INTEGRATION, Role.MANAGER, Role.ADMIN)
        return self.role in _ORDER and _ORDER.index(self.role) >= _ORDER.index(role)

    def require(self, role: Role) -> None:
        """Raise a 403 `Problem` unless the caller may act as `role`."""
        if not self.may(role):
            raise forbidden(f"This needs the role {role.value}; the key has {self.role.value}.")


def derive_key(secret: str, purpose: str) -> bytes:
    """A 32-byte key for one purpose. Source: HKDF-Expand with one block, RFC 5869 section 2.3."""
    return hmac.new(secret.encode(), purpose.encode() + b"\x01", hashlib.sha256).digest()


def signing_secret(secret: str, integration_id: str) -> str:
    """What an integration's sender may sign with: it follows from the id, so nobody has to keep it."""
    return derive_key(secret, f"tocsin webhook signature {integration_id}").hex()


class IdentityTokens:
    """Signs and reads identity tokens; reading the same token again within its life costs a dictionary look-up."""

    def __init__(self, secret: str) -> None:
        self._key = OctKey.import_key(derive_key(secret, "tocsin identity"))
        self._read: dict[str, tuple[float, Identity]] = {}

    def sign(self, identity: Identity, now: datetime) -> str:
        """A token for this caller, good for `LIFETIME` from `now`."""
        issued = int(now.timestamp())
        claims = {
            "aud": _AUDIENCE,
            "iat": issued,
            "exp": issued + int(LIFETIME.total_seconds()),
            "tocsin": identity.model_dump(mode="json", exclude_none=True),
        }
        return jwt.encode({"alg": "HS256"}, claims, self._key)

    def read(self, token: str, now: datetime) -> Identity:
        """Who the token names. Raises a 401 `Problem` when it is not the gateway's or too old."""
        moment = now.timestamp()
        known = self._read.get(token)
        if known is not None and known[0] > moment:
            return known[1]
        try:
            claims = jwt.decode(token, self._key, algorithms=["HS256"]).claims
            identity = Identity.model_validate(claims["tocsin"])
            expires = float(claims["exp"]) + _LEEWAY_SECONDS
            if claims["aud"] != _AUDIENCE or expires <= moment:
                raise ValueError("expired")
        except (JoseError, ValidationError, ValueError, KeyError, TypeError) as error:
            raise Problem(
                401, "not_the_gateway", "This service answers only calls that come by the gateway."
            ) from error
        if len(self._read) > 1000:
            self._read.clear()
        self._read[token] = (expires, identity)
        return identity
