"""`/integrations/slack`: the Slack workspace, set at run time. Admins write, everybody reads, nobody reads a secret."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Header, Response
from pydantic import BaseModel

from services.comms.slack.active_client import SlackAccess
from services.comms.slack.client import Unsuccessful
from services.comms.slack.store import SlackWorkspaces
from services.comms.slack.workspace import (
    SlackIn,
    Source,
    Workspace,
    create_workspace,
    mark_deleted,
    refusal,
    source_of,
)
from services.comms.slack.workspace_refresh import WorkspaceRefresh
from shared.callers.identity import Identity
from shared.clocks.clock import Now
from shared.outside import outbound
from shared.problem import Problem, forbidden, invalid, not_found
from shared.secrecy.sealing import Seal
from shared.settings import Settings
from shared.vocabulary import Role
from shared.web import Caller, check_version, etag, expected_version

PATH = "/integrations/slack"
IfMatch = Annotated[str | None, Header(description="The `ETag` of the version to change")]


class SlackView(BaseModel):
    """Which workspace is used, and where its secrets come from; null: there is none."""

    token: Source | None
    signing_secret: Source | None
    api_url: str
    team: str | None = None
    team_id: str | None = None
    bot_user_id: str | None = None
    url: str | None = None
    set_by: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    version: int
    actions_url: str
    """The request URL of the Slack app's interactivity."""
    events_url: str
    """The request URL of the Slack app's events."""


class WorkspaceEditing:
    """What the endpoints share."""

    def __init__(
        self,
        workspaces: SlackWorkspaces,
        keeper: WorkspaceRefresh,
        access: SlackAccess,
        seal: Seal,
        *,
        settings: Settings,
        clock: Now,
    ) -> None:
        self._workspaces = workspaces
        self._keeper = keeper
        self._access = access
        self._seal = seal
        self._settings = settings
        self._clock = clock

    async def find_workspace(self) -> Workspace | None:
        """The workspace, or the mark that one left."""
        return await self._workspaces.get()

    async def set(self, body: SlackIn, by: str) -> tuple[Workspace, bool]:
        """Ask Slack whether it takes the token, and store it; whether it is new. Raises a `Problem`: 412, 422, 503."""
        answer = await self._ask_slack(body)
        known = await self._workspaces.get()
        workspace = create_workspace(
            body,
            answer,
            token=self._seal.close(body.token.encode()),
            secret=self._seal.close(body.signing_secret.encode()) if body.signing_secret else "",
            by=by,
            known=known,
            now=self._clock.now(),
        )
        return await self._commit(workspace), known is None or known.deleted

    async def remove(self, workspace: Workspace) -> None:
        """Go back to what the environment says."""
        await self._commit(mark_deleted(workspace, self._clock.now()))

    def view(self, workspace: Workspace | None, response: Response) -> SlackView:
        """What everybody may see; the version goes into the answer's `ETag`."""
        version = workspace.version if workspace is not None else 0
        response.headers["ETag"] = etag(version)
        stored = workspace if workspace is not None and not workspace.deleted else None
        chosen = self._keeper.unseal(stored)
        settings = self._settings
        shown = stored.model_dump(include=set(SlackView.model_fields) - {"api_url", "version"}) if stored else {}
        return SlackView(
            **shown,
            token=source_of(
                is_set=stored is not None, chosen=chosen.token if chosen else None, given=settings.slack_token
            ),
            signing_secret=source_of(
                is_set=bool(stored and stored.sealed_secret),
                chosen=chosen.signing_secret if chosen else None,
                given=settings.slack_signing_secret,
            ),
            api_url=(stored.api_url if stored else None) or settings.slack_api_url,
            version=version,
            actions_url=f"{settings.base_url}{PATH}/actions",
            events_url=f"{settings.base_url}{PATH}/events",
        )

    async def _ask_slack(self, body: SlackIn) -> dict[str, object]:
        """What Slack says of the token."""
        try:
            api = self._access.connect(body.token, body.api_url)
        except outbound.Refused as error:
            raise invalid("/api_url", str(error)) from error
        try:
            return await api.json("auth.test", {}, self._clock.now())
        except Unsuccessful as failure:
            raise refusal(failure.outcome, failure.error) from failure
        finally:
            await api.close()

    async def _commit(self, workspace: Workspace) -> Workspace:
        if not await self._workspaces.commit(workspace):
            raise Problem(412, "version_conflict", "Somebody changed it at the same moment; read it and try again.")
        after = workspace.changed(version=workspace.version + 1)
        await self._keeper.take(after)
        return after


def routes(desk: WorkspaceEditing) -> APIRouter:
    """`/integrations/slack`: set, show and forget the workspace."""
    api = APIRouter(tags=["communication"])

    @api.post(
        PATH,
        status_code=201,
        summary="Set the Slack workspace: its token, checked with Slack, and its signing secret",
        responses={200: {"model": SlackView, "description": "It was set before and is set anew"}},
    )
    async def set_workspace(caller: Caller, body: SlackIn, response: Response) -> SlackView:
        """Used by every process within five seconds; what is left out is the environment's."""
        _require_admin(caller)
        workspace, is_new = await desk.set(body, caller.author)
        response.status_code = 201 if is_new else 200
        response.headers["Location"] = PATH
        return desk.view(workspace, response)

    @api.get(PATH, summary="Which Slack workspace is used, and where its secrets come from")
    async def read_workspace(caller: Caller, response: Response) -> SlackView:
        caller.require(Role.VIEWER)
        return desk.view(await desk.find_workspace(), response)

    @api.delete(PATH, status_code=204, summary="Forget it: the environment's settings are in force again")
    async def delete_workspace(caller: Caller, if_match: IfMatch = None) -> None:
        _require_admin(caller)
        workspace = await desk.find_workspace()
        if workspace is None or workspace.deleted:
            raise not_found("Slack workspace", "slack")
        check_version(expected_version(if_match), workspace.version)
        await desk.remove(workspace)

    return api


def _require_admin(caller: Identity) -> None:
    caller.require(Role.ADMIN)
    if caller.teams:
        raise forbidden("The Slack workspace is of all teams; the key is limited to some.")
