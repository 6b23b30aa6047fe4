"""Has this process use the Slack workspace that was set last, at whichever replica: it looks every few seconds."""

from __future__ import annotations

from services.comms.slack.active_client import SlackAccess
from services.comms.slack.store import SlackWorkspaces
from services.comms.slack.workspace import Chosen, Workspace
from shared.process.logs import get_logger
from shared.secrecy.sealing import Seal
from shared.timers import sweep_forever

POLL_SECONDS = 3.3
"""With its jitter at most 5 s."""

log = get_logger(__name__)


class WorkspaceRefresh:
    """Reads the stored workspace every few seconds and has `SlackAccess` use it."""

    def __init__(self, workspaces: SlackWorkspaces, access: SlackAccess, seal: Seal) -> None:
        self._workspaces = workspaces
        self._access = access
        self._seal = seal
        self._version = -1

    async def run(self) -> None:
        """Look, for ever."""
        await sweep_forever("slack workspace", self.sweep, poll_seconds=POLL_SECONDS)

    async def sweep(self) -> bool:
        """Look once; never more to do."""
        await self.take(await self._workspaces.get())
        return False

    async def start(self) -> None:
        """Look before the first page is sent."""
        await self.sweep()

    async def take(self, workspace: Workspace | None) -> None:
        """Use this workspace from now on; one that was read before a newer one was written changes nothing."""
        version = workspace.version if workspace is not None else 0
        if version <= self._version:
            return
        chosen = self.unseal(workspace)
        if chosen is not None and chosen.token is None:
            log.warning("the Slack token that was set can't be read under this TOCSIN_SECRET_KEY; set it anew")
        await self._access.use(chosen)
        self._version = version

    def unseal(self, workspace: Workspace | None) -> Chosen | None:
        """What was set; None when nothing is."""
        if workspace is None or workspace.deleted:
            return None
        return Chosen(
            self._text(workspace.sealed_token),
            self._text(workspace.sealed_secret) if workspace.sealed_secret else None,
            workspace.api_url,
        )

    def _text(self, sealed: str) -> str | None:
        plain = self._seal.open(sealed)
        return plain.decode() if plain is not None else None
