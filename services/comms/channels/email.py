"""E-mail: one message per page, by SMTP, threaded per incident, in the reader's language and time zone."""

from __future__ import annotations

from datetime import datetime

from services.comms.channels.contract import BadAddress, ChannelSpec, Edges, FieldKind, FormField, PageLinks
from services.comms.channels.messages.email import Composer
from services.comms.delivery.outcome import Leave, Outcome, refused, unwritable
from services.comms.mail.mail_client import MailDelivery
from services.comms.mail.smtp_client import MailServer, mail_server
from shared.events.oncall import PageFact
from shared.mail import mail_address
from shared.process.logs import get_logger
from shared.vocabulary import Channel as ChannelId

NO_SERVER = "no mail server is configured (TOCSIN_SMTP_URL)"

log = get_logger(__name__)

SPEC = ChannelSpec(
    id=ChannelId.EMAIL,
    name="E-mail",
    fields=(FormField("address", "E-mail address", FieldKind.EMAIL),),
    at_once=8,
    carries_ack_link=True,
    signed=False,
    example={"id": "mail", "channel": "email", "address": "sara@example.org"},
)


class EmailChannel:
    """Sends pages by the configured mail server; without one, every page fails at once and says so."""

    spec = SPEC

    def __init__(self, server: MailServer | None, mail_from: str, send_seconds: float) -> None:
        self._server = server
        self._composer = Composer(mail_from)
        self._delivery = MailDelivery(server, mail_from, send_seconds) if server else None

    def destination(self, address: str) -> str:
        """The `host:port` of the mail server, which is the same for every address. Raises `BadAddress`."""
        if mail_address(address) is None:
            raise BadAddress("not an e-mail address")
        if self._server is None:
            raise BadAddress(NO_SERVER)
        return self._server.destination

    async def send(self, page: PageFact, links: PageLinks, now: datetime, leave: Leave) -> Outcome:
        """Write the page as a mail and make one attempt to hand it to the mail server."""
        address = mail_address(page.method.address)
        if self._delivery is None or address is None:
            return refused(NO_SERVER if self._delivery is None else "not an e-mail address")
        try:
            content = self._composer.compose(page, address, links, now)
        except Exception as error:
            log.exception("a page could not be written", page=page.page_id)
            return unwritable(error)
        return await self._delivery.deliver(address, content, leave)

    async def close(self) -> None:
        """Close the connections to the mail server."""
        if self._delivery is not None:
            await self._delivery.close()


def connect(edges: Edges) -> EmailChannel:
    """The channel of this process. Raises `ValueError` when `TOCSIN_SMTP_URL` can't be read."""
    settings = edges.settings
    server = mail_server(settings.smtp_url) if settings.smtp_url else None
    return EmailChannel(server, settings.mail_from, edges.send_seconds)
