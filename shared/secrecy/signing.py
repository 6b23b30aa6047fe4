"""Keys for one purpose each, made of `TOCSIN_SECRET_KEY`.

The setting may hold several secrets with commas between: the first signs and seals, all of them are read, so a secret
can be changed while what the one before it signed is still about.
"""

from __future__ import annotations

import hashlib
import hmac


def secrets_in(secret_key: str) -> list[str]:
    """The secrets in `TOCSIN_SECRET_KEY`, with commas between: the first signs and seals, all of them read."""
    return [part for one in secret_key.split(",") if (part := one.strip())] or [""]


def derive_key(secret_key: str, purpose: str) -> bytes:
    """The 32-byte key for one purpose that signs. Source: HKDF-Expand with one block, RFC 5869 section 2.3."""
    return derive_keys(secret_key, purpose)[0]


def derive_keys(secret_key: str, purpose: str) -> list[bytes]:
    """The keys for one purpose, of all secrets: what any of them signed or sealed is ours."""
    said = purpose.encode() + b"\x01"
    return [hmac.new(secret.encode(), said, hashlib.sha256).digest() for secret in secrets_in(secret_key)]


def signing_secret(secret_key: str, integration_id: str) -> str:
    """What an integration's sender may sign with: it follows from the id, so nobody has to keep it."""
    return signing_secrets(secret_key, integration_id)[0]


def signing_secrets(secret_key: str, integration_id: str) -> list[str]:
    """The same of all secrets, for a sender that was told one when another came first."""
    return [key.hex() for key in derive_keys(secret_key, f"tocsin webhook signature {integration_id}")]
