"""E-mail: one message per page, by SMTP, threaded per incident, in the reader's language and time zone."""

from __future__ import annotations

import asyncio
from datetime import datetime
from email.policy import SMTP, SMTPUTF8
from email.utils import parseaddr

import aiosmtplib

from services.comms.channels.contract import (
    EMAIL_ADDRESS,
    BadAddress,
    ChannelSpec,
    Edges,
    FieldKind,
    FormField,
    Leave,
    PageLinks,
)
from services.comms.channels.smtp import MailConnections, MailServer, mail_server
from services.comms.mail import Composer
from services.comms.outcome import Outcome, delivered, down, refused, smtp_outcome
from shared.events.oncall import PageFact
from shared.vocabulary import Channel as ChannelId

NO_SERVER = "no mail server is configured (TOCSIN_SMTP_URL)"

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
        self._send_seconds = send_seconds
        self._server = server
        self._composer = Composer(mail_from)
        self._sender = parseaddr(mail_from)[1]
        self._connections = (
            MailConnections(server, timeout_seconds=send_seconds / 2, fallback_name=self._composer.domain)
            if server
            else None
        )

    def destination(self, address: str) -> str:
        """See `Channel`; all mail goes by one server."""
        if not EMAIL_ADDRESS.fullmatch(address):
            raise BadAddress("not an e-mail address")
        if self._server is None:
            raise BadAddress(NO_SERVER)
        return self._server.destination

    async def send(self, page: PageFact, links: PageLinks, now: datetime, leave: Leave) -> Outcome:
        """See `Channel`."""
        if self._connections is None or not EMAIL_ADDRESS.fullmatch(page.method.address):
            return refused(NO_SERVER if self._connections is None else "not an e-mail address")
        utf8 = not page.method.address.isascii()
        message = self._composer.compose(page, links, now).as_bytes(policy=SMTPUTF8 if utf8 else SMTP)
        try:
            async with asyncio.timeout(self._send_seconds):
                receipt = await self._connections.deliver(self._sender, page.method.address, message, leave, utf8=utf8)
        except aiosmtplib.SMTPRecipientsRefused as error:
            first = error.recipients[0]
            return smtp_outcome(first.code, first.message, of_this_mail=True)
        except aiosmtplib.SMTPDataError as error:
            return smtp_outcome(error.code, error.message, of_this_mail=True)
        except aiosmtplib.SMTPNotSupported as error:
            return refused(f"the mail server can't take this address: {error}")
        except aiosmtplib.SMTPResponseException as error:
            return smtp_outcome(error.code, error.message, of_this_mail=False)
        except (TimeoutError, aiosmtplib.SMTPTimeoutError):
            return down(f"the mail server did not answer in {self._send_seconds:g} s")
        except (aiosmtplib.SMTPException, OSError) as error:
            return down(f"the mail server can't be reached: {error}")
        return delivered(f"SMTP 250 {' '.join(receipt.split())}")

    async def close(self) -> None:
        """See `Channel`."""
        if self._connections is not None:
            await self._connections.close()


def connect(edges: Edges) -> EmailChannel:
    """The channel of this process. Raises `ValueError` when `TOCSIN_SMTP_URL` can't be read."""
    settings = edges.settings
    server = mail_server(settings.smtp_url) if settings.smtp_url else None
    return EmailChannel(server, settings.mail_from, edges.send_seconds)
