"""Bytes as text that may stand in an address: base64url without padding. Source: RFC 4648, section 5."""

from __future__ import annotations

import base64


def to_base64url(data: bytes) -> str:
    """The text of these bytes."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def from_base64url(text: str) -> bytes:
    """The bytes of this text. Raises `ValueError` for what is no base64url."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
