"""The Slack workspace that was set at run time: `slack_workspaces`, one document under one id."""

from __future__ import annotations

from services.comms.slack.workspace import WORKSPACE, Workspace
from shared.outbox.aggregates import Change
from shared.runtime import Runtime

SLACK_WORKSPACES = "slack_workspaces"


class SlackWorkspaces:
    """The questions that are asked about it."""

    def __init__(self, runtime: Runtime) -> None:
        self._aggregates = runtime.aggregates(SLACK_WORKSPACES, silent=True)

    async def get(self) -> Workspace | None:
        """The workspace, or the mark that a deleted one left."""
        found = await self._aggregates.collection.find_one({"_id": WORKSPACE})
        return Workspace.model_validate(found) if found is not None else None

    async def commit(self, workspace: Workspace) -> bool:
        """Write what was decided on at its `version`; False when somebody was faster."""
        fields = workspace.model_dump(exclude={"version"})
        return not await self._aggregates.commit([Change(WORKSPACE, workspace.version, fields)])
