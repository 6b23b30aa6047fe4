"""The way to Slack that is in force in this process: pages, war rooms and the check of Slack's calls share it.

It begins as the environment says; what an admin sets at run time goes before that (`services.comms.slack.workspace`).
"""

from __future__ import annotations

from services.comms.slack.client import ANYWHERE, SlackApi
from services.comms.slack.workspace import Chosen
from shared.outside import outbound
from shared.settings import Settings


class SlackAccess:
    """`api` is None while there is no token; `signing_secret` is empty while there is none."""

    def __init__(self, settings: Settings, send_seconds: float) -> None:
        """Raises `ValueError` when `TOCSIN_SLACK_API_URL` can't be read."""
        self._settings = settings
        self._send_seconds = send_seconds
        self._chosen: Chosen | None = None
        self._before: SlackApi | None = None
        self.signing_secret = settings.slack_signing_secret
        try:
            outbound.destination(settings.slack_api_url)
        except outbound.Refused as error:
            raise ValueError(f"TOCSIN_SLACK_API_URL: {error}") from error
        self.api = self.connect(settings.slack_token, None) if settings.slack_token else None

    def connect(self, token: str, api_url: str | None) -> SlackApi:
        """A client with this token. Raises `shared.outside.outbound.Refused` for what is no web address.

        The environment's address is the operator's choice and may be inside the house; one that was set over HTTP may
        be so only where outgoing webhooks may go too.
        """
        allow = ANYWHERE if api_url is None else self._settings.outbound_allow
        url = api_url or self._settings.slack_api_url
        return SlackApi(url, token, timeout_seconds=self._send_seconds, allow=allow)

    async def use(self, chosen: Chosen | None) -> None:
        """Go on with what was set; None: with what the environment says. The same again changes nothing."""
        if chosen == self._chosen:
            return
        token = chosen.token if chosen is not None else None
        api_url = chosen.api_url if chosen is not None and token else None
        token = token or self._settings.slack_token
        api = self.connect(token, api_url) if token else None
        # calls that are under way end on the client that they began with
        before, self._before = self._before, self.api
        self.api = api
        self.signing_secret = (chosen.signing_secret if chosen else None) or self._settings.slack_signing_secret
        self._chosen = chosen
        if before is not None:
            await before.close()

    async def close(self) -> None:
        """Close every connection."""
        for api in (self._before, self.api):
            if api is not None:
                await api.close()
