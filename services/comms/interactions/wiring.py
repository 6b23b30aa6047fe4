"""Wiring of what Slack calls."""

from __future__ import annotations

from services.comms.approvals.presses import ApprovalPresses
from services.comms.interactions import api as slack_routes
from services.comms.paging.wiring import Paging
from services.comms.people.store.people import People
from services.comms.slack.active_client import SlackAccess
from services.comms.war_rooms.bookmarks import Bookmarks
from shared.runtime import Runtime


def add_interactions(
    runtime: Runtime,
    access: SlackAccess,
    *,
    paging: Paging,
    people: People,
    marks: Bookmarks,
    approvals: ApprovalPresses,
) -> None:
    """Put what Slack calls into the service; the routes are open, as Slack's own signature says who calls."""
    runtime.routes(
        slack_routes.routes(
            paging.deliveries,
            people,
            runtime.publisher,
            paging.updater,
            runtime.clock,
            marks=marks,
            approvals=approvals,
            access=access,
            secret_key=runtime.settings.secret_key,
        )
    )
    runtime.open_prefixes = (*runtime.open_prefixes, slack_routes.PATH)
