"""Keys for one purpose each, made of `TOCSIN_SECRET_KEY`, and what is signed: HMAC-SHA256, compared in constant time.

The setting may hold several secrets with commas between: the first signs and seals, all of them are read, so a secret
can be changed while what the one before it signed is still about. What other systems sign is checked here too.
"""

from __future__ import annotations

import hashlib
import hmac

from shared.text.base64url import from_base64url, to_base64url


def secrets_in(secret_key: str) -> list[str]:
    """The secrets in `TOCSIN_SECRET_KEY`, with commas between: the first signs and seals, all of them read."""
    return [part for one in secret_key.split(",") if (part := one.strip())] or [""]


def derive_key(secret_key: str, purpose: str) -> bytes:
    """The 32-byte key for one purpose that signs. Source: HKDF-Expand with one block, RFC 5869 section 2.3."""
    return derive_keys(secret_key, purpose)[0]


def derive_keys(secret_key: str, purpose: str) -> list[bytes]:
    """The keys for one purpose, of all secrets: what any of them signed or sealed is ours."""
    said = purpose.encode() + b"\x01"
    return [sign(secret.encode(), said) for secret in secrets_in(secret_key)]


def signing_secret(secret_key: str, integration_id: str) -> str:
    """What an integration's sender may sign with: it follows from the id, so nobody has to keep it."""
    return signing_secrets(secret_key, integration_id)[0]


def signing_secrets(secret_key: str, integration_id: str) -> list[str]:
    """The same of all secrets, for a sender that was told one when another came first."""
    return [key.hex() for key in derive_keys(secret_key, f"tocsin webhook signature {integration_id}")]


def sign(key: bytes, message: bytes) -> bytes:
    """The HMAC-SHA256 of a message, 32 bytes. Source: RFC 2104."""
    return hmac.digest(key, message, hashlib.sha256)


def is_same(shown: bytes, right: bytes) -> bool:
    """True when both are the same; the time that takes tells nothing of where they differ."""
    return hmac.compare_digest(shown, right)


def sign_claim(secret_key: str, purpose: bytes, claim: bytes) -> str:
    """A claim as a token, `<claim>.<signature>`, both base64url; the same input gives the same token.

    The signature is over the text of the claim, under a key made for this purpose alone.
    """
    said = to_base64url(claim)
    return f"{said}.{to_base64url(_signatures(secret_key, purpose, said)[0])}"


def read_claim(secret_key: str, purpose: bytes, token: str) -> bytes | None:
    """The claim of a token; None for one that none of these secrets signed for this purpose."""
    said, _, signature = token.partition(".")
    try:
        shown = from_base64url(signature)
    except ValueError:
        return None
    if not any(is_same(shown, one) for one in _signatures(secret_key, purpose, said)):
        return None
    return from_base64url(said)


def _signatures(secret_key: str, purpose: bytes, said: str) -> list[bytes]:
    """The signature under each secret, first the one that signs."""
    keys = [sign(secret.encode(), purpose) for secret in secrets_in(secret_key)]
    return [sign(key, said.encode("utf-8", "replace")) for key in keys]
