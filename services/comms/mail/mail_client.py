"""Hands one mail to the configured server and says what became of it: the same for pages and letters."""

from __future__ import annotations

import asyncio

import aiosmtplib

from services.comms.delivery.outcome import Leave, Outcome, delivered, down, refused, smtp_outcome
from services.comms.mail.address import sender_of
from services.comms.mail.smtp_client import MailConnections, MailServer
from shared.mail import MailAddress


class MailDelivery:
    """Connections of its own to one mail server."""

    def __init__(self, server: MailServer, mail_from: str, send_seconds: float) -> None:
        """Raises `ValueError` when `mail_from` is no address."""
        sender = sender_of(mail_from)
        self.destination = server.destination
        self._sender = sender.address.envelope
        self._send_seconds = send_seconds
        self._connections = MailConnections(
            server, timeout_seconds=send_seconds / 2, fallback_name=sender.address.domain
        )

    async def deliver(self, address: MailAddress, content: bytes, leave: Leave) -> Outcome:
        """Make one attempt within the time limit. Raises what `leave` raises."""
        to, utf8 = address.envelope, address.needs_utf8
        try:
            async with asyncio.timeout(self._send_seconds):
                receipt = await self._connections.deliver(self._sender, to, content, leave, utf8=utf8)
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
        """Close every kept connection."""
        await self._connections.close()
