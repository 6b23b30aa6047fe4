"""Addresses as others may see them: private mail, telephone numbers, and webhook URLs, which are secrets."""

from __future__ import annotations

from urllib.parse import urlsplit


def mask_address(address: str) -> str:
    """Enough of an address for its owner to recognise it: `s…@example.org`, `https://host/…`, else its end."""
    if not address:
        return ""
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:
        return "…"
    if parts.scheme in ("http", "https") and host:
        return f"{parts.scheme}://{host}/…"
    local, at, domain = address.rpartition("@")
    if at:
        return f"{local[:1]}…@{domain}"
    return f"…{address[-2:]}" if len(address) > 4 else "…"
