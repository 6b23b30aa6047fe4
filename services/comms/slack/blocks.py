"""Pieces of Block Kit, cut to its limits, which are counted as Slack counts, in UTF-16 units. Pure.

Source: https://docs.slack.dev/reference/block-kit.
"""

from __future__ import annotations

from typing import Any

from services.comms.slack.text import escape

Block = dict[str, Any]

HEADER_LIMIT = 150
FIELD_LIMIT = 500
TEXT_LIMIT = 2000
BUTTON_LIMIT = 75


def header(text: str) -> Block:
    """A heading; of longer texts the beginning."""
    return {"type": "header", "text": plain(text, HEADER_LIMIT)}


def section(text: str) -> Block:
    """A paragraph in Slack's mark-up."""
    return {"type": "section", "text": to_mrkdwn(text)}


def plain_section(text: str, limit: int = TEXT_LIMIT) -> Block:
    """A paragraph of text that is shown as it is."""
    return {"type": "section", "text": plain(text, limit)}


def field(label: str, value: str) -> Block:
    """A labelled value; a section takes ten of them."""
    return to_mrkdwn(f"*{escape(label)}*\n{escape(cut(value, FIELD_LIMIT))}")


def context(text: str) -> Block:
    """A small line in Slack's mark-up."""
    return {"type": "context", "elements": [to_mrkdwn(text)]}


def button(action_id: str, label: str, **more: str) -> Block:
    """A button; `more` is its `value`, `url` or `style`."""
    return {"type": "button", "action_id": action_id, "text": plain(label, BUTTON_LIMIT), **more}


def plain(text: str, limit: int) -> Block:
    """Text that is shown as it is."""
    return {"type": "plain_text", "text": cut(text, limit), "emoji": False}


def to_mrkdwn(text: str) -> Block:
    """Text in Slack's mark-up."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def cut(text: str, limit: int) -> str:
    """At most `limit` UTF-16 units of the text; what was cut off is marked."""
    units = text.encode("utf-16-le", "replace")
    if len(units) <= 2 * limit:
        return units.decode("utf-16-le")
    return units[: 2 * (limit - 1)].decode("utf-16-le", "ignore") + "…"
