"""The JSON that clients of Atlassian Statuspage read (`/api/v2/…`), in that product's field names.

Source: its public documentation ("Status API v2"). What has no meaning here has the value that Statuspage gives it when
it is not used.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from services.comms.status_pages.page import Component, Post, StatusPage, Update, UpdateStatus
from services.comms.status_pages.public.board import Mood, mood_of
from services.comms.status_pages.texts import word
from shared.ids import derive_id

MOST = 50
Document = dict[str, Any]


def summary(page: StatusPage, base_url: str) -> Document:
    """`summary.json`: everything that is not over."""
    return {
        "page": page_object(page, base_url),
        "components": _components(page),
        "incidents": [_post(one, page, base_url) for one in _newest(page.open) if not one.is_maintenance],
        "scheduled_maintenances": [_post(one, page, base_url) for one in _newest(page.open) if one.is_maintenance],
        "status": status_object(page),
    }


def status(page: StatusPage, base_url: str) -> Document:
    """`status.json`: the page as a whole."""
    return {"page": page_object(page, base_url), "status": status_object(page)}


def components(page: StatusPage, base_url: str) -> Document:
    """`components.json`."""
    return {"page": page_object(page, base_url), "components": _components(page)}


def incidents(page: StatusPage, posts: Sequence[Post], base_url: str) -> Document:
    """`incidents.json` and `incidents/unresolved.json`, the newest first."""
    found = [_post(one, page, base_url) for one in posts if not one.is_maintenance]
    return {"page": page_object(page, base_url), "incidents": found[:MOST]}


def maintenances(page: StatusPage, posts: Sequence[Post], base_url: str) -> Document:
    """`scheduled-maintenances.json`, `/upcoming.json` and `/active.json`, the newest first."""
    found = [_post(one, page, base_url) for one in posts if one.is_maintenance]
    return {"page": page_object(page, base_url), "scheduled_maintenances": found[:MOST]}


def page_object(page: StatusPage, base_url: str) -> Document:
    """The page itself, as each answer begins."""
    return {
        "id": page.key,
        "name": page.name,
        "url": f"{base_url}/status/{page.slug}",
        "time_zone": page.time_zone,
        "updated_at": _time(page.updated_at),
    }


def status_object(page: StatusPage) -> Document:
    """The indicator, and what it means in the page's language."""
    mood = mood_of(page)
    return {"indicator": mood.value, "description": word(page.locale, f"banner.{mood.value}")}


def _components(page: StatusPage) -> list[Document]:
    """Groups are components too, before their members."""
    found: list[Document] = []
    members: dict[str, list[str]] = {}
    for one in page.components:
        if one.group is not None and one.group not in members:
            members[one.group] = []
            found.append(_group(one.group, one, page, len(found) + 1, members[one.group]))
        if one.group is not None:
            members[one.group].append(one.id)
        found.append(_component(one, page, len(found) + 1))
    return found


def _component(one: Component, page: StatusPage, position: int = 1) -> Document:
    return {
        "id": one.id,
        "name": one.name,
        "status": one.state.value,
        "created_at": _time(one.created_at),
        "updated_at": _time(one.since),
        "position": position,
        "description": one.description or None,
        "showcase": True,
        "start_date": one.created_at.astimezone(UTC).date().isoformat(),
        "group_id": _group_id(page, one.group) if one.group is not None else None,
        "page_id": page.key,
        "group": False,
        "only_show_if_degraded": False,
    }


def _group(name: str, first: Component, page: StatusPage, position: int, members: list[str]) -> Document:
    inside = [one for one in page.components if one.group == name]
    bad = max((one.state for one in inside), key=lambda state: state.rank)
    return {
        "id": _group_id(page, name),
        "name": name,
        "status": bad.value,
        "created_at": _time(first.created_at),
        "updated_at": _time(max(one.since for one in inside)),
        "position": position,
        "description": None,
        "showcase": False,
        "start_date": None,
        "group_id": None,
        "page_id": page.key,
        "group": True,
        "only_show_if_degraded": False,
        "components": members,
    }


def _group_id(page: StatusPage, name: str) -> str:
    return derive_id(page.key, "group", name)[:12]


def _post(post: Post, page: StatusPage, base_url: str) -> Document:
    named = {one.component_id for one in post.touched}
    document: Document = {
        "id": post.id,
        "name": post.title,
        "status": post.status.value,
        "created_at": _time(post.started_at),
        "updated_at": _time(post.updated_at),
        "monitoring_at": _time(_first(post, UpdateStatus.MONITORING)),
        "resolved_at": _time(post.ended_at),
        "impact": Mood.MAINTENANCE.value if post.is_maintenance else post.impact.value,
        "shortlink": f"{base_url}/status/{page.slug}/incidents/{post.id}",
        "started_at": _time(post.shown_at),
        "page_id": page.key,
        "incident_updates": [_update(one, post) for one in reversed(post.updates)],
        "components": [_component(one, page) for one in page.components if one.id in named],
    }
    if post.is_maintenance:
        document |= {"scheduled_for": _time(post.scheduled_for), "scheduled_until": _time(post.scheduled_until)}
    return document


def _update(update: Update, post: Post) -> Document:
    return {
        "id": update.id,
        "status": update.status.value,
        "body": update.message,
        "incident_id": post.id,
        "created_at": _time(update.at),
        "updated_at": _time(update.at),
        "display_at": _time(update.at),
        "affected_components": [
            {
                "code": one.component_id,
                "name": one.name,
                "old_status": one.before.value,
                "new_status": one.after.value,
            }
            for one in update.shifts
        ]
        or None,
        "deliver_notifications": True,
        "custom_tweet": None,
        "tweet_id": None,
    }


def _newest(posts: Sequence[Post]) -> list[Post]:
    return sorted(posts, key=lambda post: post.shown_at, reverse=True)


def _first(post: Post, status: UpdateStatus) -> datetime | None:
    return next((one.at for one in post.updates if one.status is status), None)


def _time(at: datetime | None) -> str | None:
    """With milliseconds and a `Z`, as Statuspage's clients parse it."""
    return None if at is None else at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
