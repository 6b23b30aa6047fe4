"""Text as Slack reads it. Pure."""

from __future__ import annotations


def escape(text: str) -> str:
    """Text that Slack shows as it is: its three control characters are written as entities."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
