"""Wiring of Slack: the workspace that is set at run time, and the way to it that is in force in this process."""

from __future__ import annotations

from services.comms.delivery.outcome import SEND_SECONDS
from services.comms.slack import api as workspace_routes
from services.comms.slack.active_client import SlackAccess
from services.comms.slack.store import SlackWorkspaces
from services.comms.slack.workspace_refresh import WorkspaceRefresh
from shared.runtime import Runtime
from shared.secrecy.sealing import Seal


def add_slack(runtime: Runtime) -> SlackAccess:
    """Put Slack into the service; what is returned is always as it was set last."""
    settings = runtime.settings
    access = SlackAccess(settings, SEND_SECONDS)
    workspaces = SlackWorkspaces(runtime)
    seal = Seal(settings.secret_key, "tocsin slack workspace")
    keeper = WorkspaceRefresh(workspaces, access, seal)
    desk = workspace_routes.WorkspaceEditing(workspaces, keeper, access, seal, settings=settings, clock=runtime.clock)
    runtime.routes(workspace_routes.routes(desk))
    runtime.on_start(keeper.start)
    runtime.worker(keeper.run)
    return access
