"""Block Kit's limits as Slack checks them: https://docs.slack.dev/reference/block-kit/blocks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

MOST_BLOCKS = 50
TEXT_LIMIT = 40_000
LIMITS = {"header": 150, "section": 3000, "field": 2000, "context": 3000, "button": 75}
BUTTON = {"action_id": 255, "value": 2000, "url": 3000}


def fault_of(members: Mapping[str, Any]) -> str | None:
    """The error with which Slack refuses a message of these members, or None. Lengths are in UTF-16 units."""
    blocks = members.get("blocks", [])
    if not members.get("text") and not blocks:
        return "no_text"
    if _length(str(members.get("text", ""))) > TEXT_LIMIT:
        return "msg_too_long"
    if not isinstance(blocks, list) or len(blocks) > MOST_BLOCKS:
        return "invalid_blocks_format"
    return None if all(_fits(block) for block in blocks) else "invalid_blocks"


def _fits(block: Mapping[str, Any]) -> bool:
    match block.get("type"):
        case "header":
            return block["text"]["type"] == "plain_text" and all(_texts_fit([block["text"]], "header"))
        case "section":
            texts = [block["text"]] if "text" in block else []
            fields = block.get("fields", [])
            return (
                bool(texts or fields)
                and len(fields) <= 10
                and all((*_texts_fit(texts, "section"), *_texts_fit(fields, "field")))
            )
        case "context":
            return 1 <= len(block["elements"]) <= 10 and all(_texts_fit(block["elements"], "context"))
        case "actions":
            ids = [one.get("action_id") for one in block["elements"]]
            return 1 <= len(ids) <= 25 and len(set(ids)) == len(ids) and all(map(_button_fits, block["elements"]))
        case _:
            return False


def _button_fits(button: Mapping[str, Any]) -> bool:
    return (
        button.get("type") == "button"
        and button["text"]["type"] == "plain_text"
        and all(_texts_fit([button["text"]], "button"))
        and all(1 <= _length(button.get(name, "x")) <= limit for name, limit in BUTTON.items())
    )


def _texts_fit(texts: list[Mapping[str, Any]], place: str) -> Iterator[bool]:
    for text in texts:
        yield text["type"] in ("plain_text", "mrkdwn") and 1 <= _length(text["text"]) <= LIMITS[place]


def _length(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
