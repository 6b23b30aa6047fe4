"""The tokens in which the gateway tells each service who calls; a service believes nothing else.

A token is a JWT signed with Ed25519, good for 60 s at one service, which it names as its `aud`. The private key is the
gateway's alone, so whoever has taken a service can neither make a token nor use those it was shown anywhere else.

A key is 32 bytes in URL-safe base64 without padding, 43 characters, for both halves.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from pydantic import ValidationError

from shared.callers.identity import Identity
from shared.problem import Problem
from shared.text.base64url import from_base64url, to_base64url

LIFETIME = timedelta(seconds=60)
KEY_BYTES = 32
_ALGORITHM = "Ed25519"
_LEEWAY_SECONDS = 5
_MOST_REMEMBERED = 1000
_PKCS8 = bytes.fromhex("302e020100300506032b657004220420")
"""What stands before the 32 bytes of a private Ed25519 key in PKCS #8 (RFC 8410, section 7)."""


def make_private_key() -> str:
    """A new private key."""
    return to_base64url(secrets.token_bytes(KEY_BYTES))


def public_key(private_key: str) -> str:
    """The public half of a private key. Raises `ValueError` when it is none."""
    return str(_private(private_key).as_dict(private=False)["x"])


def require_public_key(text: str) -> str:
    """The text itself. Raises `ValueError` when it is no key."""
    _to_bytes(text)
    return text


class IdentitySigner:
    """The gateway's half. Raises `ValueError` for what is no private key."""

    def __init__(self, private_key: str) -> None:
        self._key = _private(private_key)

    def sign(self, identity: Identity, audience: str, now: datetime) -> str:
        """A token for this caller at the service `audience`, good for `LIFETIME` from `now`."""
        issued = int(now.timestamp())
        claims = {
            "aud": audience,
            "iat": issued,
            "exp": issued + int(LIFETIME.total_seconds()),
            "tocsin": identity.model_dump(mode="json", exclude_none=True),
        }
        return jwt.encode({"alg": _ALGORITHM}, claims, self._key, algorithms=[_ALGORITHM])


class IdentityReader:
    """A service's half: reading the same token again within its life costs a dictionary look-up.

    `public_keys` are all that may have signed, so a new key can be known before it is used. Raises `ValueError` for
    what is no key.
    """

    def __init__(self, public_keys: Iterable[str], audience: str) -> None:
        self._keys = [
            OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "x": require_public_key(key)}) for key in public_keys
        ]
        self._audience = audience
        self._read: dict[str, tuple[float, Identity]] = {}

    def read(self, token: str, now: datetime) -> Identity:
        """Who the token names. Raises a 401 `Problem` when it is not the gateway's, for another service or too old."""
        moment = now.timestamp()
        known = self._read.get(token)
        if known is not None and known[0] > moment:
            return known[1]
        for key in self._keys:
            try:
                claims = jwt.decode(token, key, algorithms=[_ALGORITHM]).claims
                identity = Identity.model_validate(claims["tocsin"])
                expires = float(claims["exp"]) + _LEEWAY_SECONDS
                if claims["aud"] != self._audience or expires <= moment:
                    raise ValueError("expired")
            except (JoseError, ValidationError, ValueError, KeyError, TypeError):
                continue
            if len(self._read) > _MOST_REMEMBERED:
                self._read.clear()
            self._read[token] = (expires, identity)
            return identity
        raise Problem(401, "not_the_gateway", "This service answers only calls that come by the gateway.")


def _private(text: str) -> OKPKey:
    inner = base64.b64encode(_PKCS8 + _to_bytes(text)).decode()
    return OKPKey.import_key(f"-----BEGIN PRIVATE KEY-----\n{inner}\n-----END PRIVATE KEY-----\n")


def _to_bytes(text: str) -> bytes:
    try:
        data = from_base64url(text)
    except ValueError as error:
        raise ValueError("not a key in URL-safe base64") from error
    if len(data) != KEY_BYTES:
        raise ValueError(f"a key has {KEY_BYTES} bytes")
    return data
