"""What a service stores and must read again, but nobody else: an answer that holds a key, a token of another system.

Sealed with A256GCM in a JWE under a key derived from the first secret of `TOCSIN_SECRET_KEY`; opened under any of them.
"""

from __future__ import annotations

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from shared.secrecy.signing import derive_keys

_HEADER = {"alg": "dir", "enc": "A256GCM"}


class Seal:
    """Seals and opens bytes for one purpose."""

    def __init__(self, secret: str, purpose: str) -> None:
        self._keys = [OctKey.import_key(key) for key in derive_keys(secret, purpose)]

    def close(self, plain: bytes) -> str:
        """The sealed text of these bytes."""
        return jwe.encrypt_compact(_HEADER, plain, self._keys[0])

    def open(self, sealed: str) -> bytes | None:
        """The bytes in a sealed text; None for one that was not sealed under any of these keys."""
        for key in self._keys:
            try:
                return jwe.decrypt_compact(sealed, key).plaintext
            except (JoseError, ValueError):
                continue
        return None
