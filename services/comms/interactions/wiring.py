"""Wiring of Slack: the workspace that is set at run time, and what Slack calls."""

from __future__ import annotations

from services.comms.interactions import api as slack
from services.comms.paging.message_updater import Updater
from services.comms.paging.store.deliveries import Deliveries
from services.comms.people.store.people import People
from services.comms.slack import api as slack_workspace
from services.comms.slack.active_client import SlackAccess
from services.comms.slack.store import SLACK_WORKSPACES, SlackWorkspaces
from services.comms.slack.workspace_refresh import WorkspaceKeeper
from services.comms.war_rooms.bookmarks import Marks
from shared.runtime import Runtime
from shared.sealing import Seal


def add_slack(
    runtime: Runtime, access: SlackAccess, *, deliveries: Deliveries, people: People, updater: Updater, marks: Marks
) -> None:
    """Put Slack into the service; `access` then is as it was set last."""
    settings, clock = runtime.settings, runtime.clock
    workspaces = SlackWorkspaces(runtime.aggregates(SLACK_WORKSPACES, silent=True))
    seal = Seal(settings.secret_key, "tocsin slack workspace")
    keeper = WorkspaceKeeper(workspaces, access, seal)
    desk = slack_workspace.WorkspaceDesk(workspaces, keeper, access, seal, settings=settings, clock=clock)
    runtime.app.include_router(slack_workspace.router(desk))
    runtime.app.include_router(
        slack.router(
            deliveries,
            people,
            runtime.publisher,
            updater,
            clock,
            marks=marks,
            access=access,
            secret_key=settings.secret_key,
        )
    )
    runtime.open_prefixes = (*runtime.open_prefixes, slack.PATH)
    runtime.on_start(keeper.start)
    runtime.worker(keeper.run)
