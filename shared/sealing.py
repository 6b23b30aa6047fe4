"""What a service stores and must read again, but nobody else: an answer that holds a key, a token of another system.

Sealed with A256GCM in a JWE under a key derived from `TOCSIN_SECRET_KEY`.
"""

from __future__ import annotations

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from shared.identity import derive_key

_HEADER = {"alg": "dir", "enc": "A256GCM"}


class Seal:
    """Seals and opens bytes for one purpose."""

    def __init__(self, secret: str, purpose: str) -> None:
        self._key = OctKey.import_key(derive_key(secret, purpose))

    def close(self, plain: bytes) -> str:
        """The sealed text of these bytes."""
        return jwe.encrypt_compact(_HEADER, plain, self._key)

    def open(self, sealed: str) -> bytes | None:
        """The bytes in a sealed text; None for one that was not sealed under this key."""
        try:
            return jwe.decrypt_compact(sealed, self._key).plaintext
        except (JoseError, ValueError):
            return None
