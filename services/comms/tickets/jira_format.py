"""Jira's words: the bodies of its REST API (version 3 of Jira Cloud, 2 of Data Center) and what its answers mean. Pure.

Source: https://developer.atlassian.com/cloud/jira/platform/rest/v3/ and, for the document format of descriptions,
https://developer.atlassian.com/cloud/jira/platform/apis/document/structure/.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from services.comms.tickets.project import Place
from services.comms.tickets.systems.contract import Draft
from services.comms.tickets.ticket import STATE_OF, Seen
from shared.events.actions import ActionState
from shared.events.communication import TicketState
from shared.vocabulary import Priority

OURS = "tocsin"
"""The label, the property and the origin by which what we made and did is known."""
MAX_DESCRIPTION = 30_000
OPTIONAL = ("priority", "duedate", "assignee", "labels", "description")
"""Fields that a project may not have on its screens: a ticket without them is better than none."""

_PRIORITIES: Mapping[Priority, str] = {
    Priority.CRITICAL: "Highest",
    Priority.HIGH: "High",
    Priority.MEDIUM: "Medium",
    Priority.LOW: "Low",
}
_CATEGORIES: Mapping[str, TicketState] = {
    "new": TicketState.OPEN,
    "undefined": TicketState.OPEN,
    "indeterminate": TicketState.IN_PROGRESS,
    "done": TicketState.DONE,
}
_CATEGORY_OF: Mapping[ActionState, str] = {
    ActionState.OPEN: "new",
    ActionState.IN_PROGRESS: "indeterminate",
    ActionState.DONE: "done",
    ActionState.DROPPED: "done",
}


def document(text: str, link: str) -> dict[str, Any]:
    """A text as Atlassian's document format: a paragraph a line, and the link at the end."""
    lines = [line for line in text[:MAX_DESCRIPTION].splitlines() if line.strip()]
    paragraphs: list[dict[str, Any]] = [
        {"type": "paragraph", "content": [{"type": "text", "text": line}]} for line in lines
    ]
    linked = {"type": "text", "text": link, "marks": [{"type": "link", "attrs": {"href": link}}]}
    return {"type": "doc", "version": 1, "content": [*paragraphs, {"type": "paragraph", "content": [linked]}]}


def label_of(action_id: str) -> str:
    """The label by which the ticket of an action is found. Jira's labels have no blanks."""
    return f"{OURS}-{action_id}".replace(" ", "_")[:255]


def fields_of(draft: Draft, place: Place, account: str | None) -> dict[str, Any]:
    """The fields that a draft writes; `account` is its owner's account, None to leave the ticket to nobody."""
    content = draft.content
    text = f"{content.description[:MAX_DESCRIPTION]}\n\n{draft.link}".strip()
    is_cloud = place.api_version >= 3
    return {
        "summary": content.summary,
        "description": document(content.description, draft.link) if is_cloud else text,
        "duedate": content.due_on,
        "priority": {"name": _PRIORITIES[content.priority]},
        "assignee": {"accountId" if is_cloud else "name": account} if account else None,
    }


def creation(draft: Draft, place: Place, account: str | None) -> dict[str, Any]:
    """The body that makes an issue."""
    fields = {name: value for name, value in fields_of(draft, place, account).items() if value is not None}
    fields |= {
        "project": {"key": place.project_key},
        "issuetype": {"name": place.issue_type},
        "labels": [OURS, label_of(draft.action_id)],
    }
    mark = {"key": OURS, "value": {"action_id": draft.action_id, "origin": draft.origin}}
    return {"fields": fields, "properties": [mark]} if place.api_version >= 3 else {"fields": fields}


def with_origin(body: dict[str, Any], place: Place, origin: str) -> dict[str, Any]:
    """A change that says it is ours: Jira keeps that in the change's history and repeats it in its webhook."""
    if place.api_version < 3:
        return body
    history = {"type": OURS, "description": "Written by Tocsin", "cause": {"id": origin, "type": OURS}}
    return body | {"historyMetadata": history}


def without_refused(body: dict[str, Any], errors: Any) -> dict[str, Any] | None:
    """The body without the optional fields that Jira's answer names as faulty; None when that changes nothing."""
    named = set(errors) if isinstance(errors, dict) else set()
    dropped = [name for name in OPTIONAL if name in named and name in body["fields"]]
    if not dropped:
        return None
    return body | {"fields": {name: value for name, value in body["fields"].items() if name not in dropped}}


def seen_of(issue: Any, place: Place) -> Seen | None:
    """Where an issue of a Jira answer or webhook stands; None when it does not say."""
    if not isinstance(issue, dict) or not isinstance(issue.get("key"), str):
        return None
    fields = issue.get("fields")
    status = fields.get("status") if isinstance(fields, dict) else None
    if not isinstance(status, dict):
        return None
    name = status.get("name")
    name = _to_storable(name)[:100] if isinstance(name, str) else ""
    category = status.get("statusCategory")
    key = category.get("key") if isinstance(category, dict) else None
    state = place.state_of(name)
    if state is not None:
        known: TicketState | None = STATE_OF[state]
    elif isinstance(key, str) and key in _CATEGORIES:
        known = _CATEGORIES[key]
    else:
        known = TicketState.DONE if isinstance(fields, dict) and fields.get("resolution") else None
    if known is None:
        return None
    key_of_issue = _to_storable(issue["key"])[:100]
    return Seen(key_of_issue, browse_url(place, key_of_issue), name, known)


def _to_storable(text: str) -> str:
    """A text as it can be stored: halves of surrogate pairs, which JSON can carry, are marked."""
    return text.encode("utf-8", "replace").decode()


def browse_url(place: Place, key: str) -> str:
    """Where people look at an issue."""
    return f"{place.base_url}/browse/{quote(key[:100])}"


def transition_to(transitions: Any, place: Place, state: ActionState) -> tuple[str, Any] | None:
    """The id of the transition that leads to what stands for `state`, and its target; None when there is none.

    A status that the place's map names goes before one that is merely of the right category.
    """
    known = [one for one in transitions if isinstance(one, dict)] if isinstance(transitions, list) else []
    for name in place.statuses.get(state, []):
        for one in known:
            if _name_of(one.get("to")).casefold() == name.casefold():
                return str(one.get("id")), one.get("to")
    for one in known:
        to = one.get("to")
        category = to.get("statusCategory") if isinstance(to, dict) else None
        claimed = place.state_of(_name_of(to))
        if isinstance(category, dict) and category.get("key") == _CATEGORY_OF[state] and claimed in (None, state):
            return str(one.get("id")), to
    return None


def _name_of(status: Any) -> str:
    name = status.get("name") if isinstance(status, dict) else None
    return name if isinstance(name, str) else ""


def quote_jql(value: str) -> str:
    """A text as JQL takes it."""
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def keys_query(keys: Iterable[str]) -> str:
    """The JQL that finds issues by key."""
    return f"key in ({', '.join(quote_jql(key) for key in keys)})"


def label_query(place: Place, action_id: str) -> str:
    """The JQL that finds the issue of an action."""
    return f"project = {quote_jql(place.project_key)} AND labels = {quote_jql(label_of(action_id))}"


def millis(value: Any) -> datetime | None:
    """A time in milliseconds since 1970, as webhooks have it."""
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    try:
        return datetime.fromtimestamp(value / 1000, UTC)
    except (OverflowError, OSError, ValueError):
        return None
