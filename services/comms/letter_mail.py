"""A letter as a mail: text and HTML parts, a thread where it belongs to one, safe against header injection.

The same letter makes the same mail at every attempt: `Message-ID` is its id and `Date` is when it was asked for. All
letters of a thread answer one root that is never sent itself, so clients show them as one thread in whatever order
they come. Pure.
"""

from __future__ import annotations

from datetime import UTC
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from services.comms.letters import Letter
from services.comms.mail import id_part, one_line, sender_of, shortened

SUBJECT_LIMIT = 200
HEADER_LIMIT = 900
MORE_HEADERS = frozenset({"List-Unsubscribe", "List-Unsubscribe-Post", "List-Id", "X-Tocsin-Incident"})
"""The headers that a letter may add."""


class LetterComposer:
    """Makes mails of letters, from one sender."""

    def __init__(self, mail_from: str) -> None:
        """`mail_from` reads `tocsin@example.org` or `Tocsin <tocsin@example.org>`. Raises `ValueError` for neither."""
        self._sender = sender_of(mail_from)

    def compose(self, letter: Letter, address: str, name: str) -> EmailMessage:
        """The mail of a letter to this address, whose owner is called `name` (empty: not known)."""
        domain = self._sender.domain
        message = EmailMessage(policy=SMTP)
        own = self._sender
        name_shown = one_line(letter.sender_name) or own.display_name
        message["From"] = Address(display_name=name_shown, username=own.username, domain=own.domain)
        local, _, host = address.rpartition("@")
        message["To"] = Address(display_name=one_line(name), username=local, domain=host)
        message["Subject"] = shortened(one_line(letter.subject), SUBJECT_LIMIT)
        message["Date"] = format_datetime(letter.requested_at.astimezone(UTC))
        message["Message-ID"] = f"<{id_part(letter.id)}@{domain}>"
        if letter.thread is not None:
            root = f"<{id_part(letter.thread)}@{domain}>"
            message["In-Reply-To"] = root
            message["References"] = root
        message["Auto-Submitted"] = "auto-generated"
        message["X-Auto-Response-Suppress"] = "All"
        message["X-Tocsin-Letter"] = one_line(letter.id)
        for header, value in sorted(letter.headers.items()):
            if header in MORE_HEADERS:
                message[header] = one_line(value)[:HEADER_LIMIT]
        message.set_content(_sound(letter.text), cte="quoted-printable")
        message.add_alternative(_sound(letter.html), subtype="html", cte="quoted-printable")
        return message


def _sound(text: str) -> str:
    """Text without halves of surrogate pairs, which no mail can carry."""
    return text.encode("utf-8", "replace").decode()
