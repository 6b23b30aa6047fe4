"""The action item that a pattern proposes: somebody gives it an owner, or drops it. Pure."""

from __future__ import annotations

from datetime import datetime

from services.incident.action_items.action import MAX_DESCRIPTION, MAX_TITLE, ActionIn, ActionItem, Parent, make_action
from shared.events.actions import PatternFact
from shared.ids import derive_id
from shared.vocabulary import Priority

AUTHOR = "tocsin"


def propose_action(cause: str, pattern: PatternFact, postmortem: Parent, now: datetime) -> ActionItem:
    """The item, without owner and day; `cause` is the event's id, from which its own follows."""
    body = ActionIn(
        title=(pattern.proposed_title or pattern.name)[:MAX_TITLE],
        description=_description(pattern)[:MAX_DESCRIPTION],
        priority=Priority.MEDIUM,
    )
    return make_action(body, derive_id("proposed", cause, prefix="act_"), postmortem, AUTHOR, now)


def _description(pattern: PatternFact) -> str:
    lines = [
        f"Proposed: seen {pattern.most_in_window} times in {pattern.window_days} days, {pattern.count} times in all.",
        f"Newest: {', '.join(pattern.incidents[:5])}",
    ]
    for label, texts in (("Causes", pattern.causes), ("What fixed it", pattern.fixes)):
        if texts:
            lines.append(f"{label}: {'; '.join(texts)}")
    return "\n".join(lines)
