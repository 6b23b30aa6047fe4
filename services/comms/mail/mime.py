"""A letter as a mail: text and HTML parts, a thread where it belongs to one, safe against header injection.

The same letter makes the same mail at every attempt: `Message-ID` is its id and `Date` is when it was asked for. All
letters of a thread answer one root that is never sent itself, so clients show them as one thread in whatever order
they come. Pure.
"""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime
from string import printable
from urllib.parse import quote

from services.comms.i18n.plain_text import one_line, shorten
from services.comms.mail.address import id_part, sender_of
from services.comms.mail.message import Letter
from shared.mail import MailAddress, address_list, message_bytes, one_line_header, text_header

SUBJECT_LIMIT = 200
MORE_HEADERS = frozenset({"List-Unsubscribe", "List-Unsubscribe-Post", "List-Id", "X-Tocsin-Incident"})
"""The headers that a letter may add."""


class LetterComposer:
    """Makes mails of letters, from one sender."""

    def __init__(self, mail_from: str) -> None:
        """`mail_from` reads `tocsin@example.org` or `Tocsin <tocsin@example.org>`. Raises `ValueError` for neither."""
        self._sender = sender_of(mail_from)

    def compose(self, letter: Letter, address: MailAddress, name: str, png: bytes = b"") -> bytes:
        """The mail of a letter with this picture to this address, whose owner is called `name` (empty: not known)."""
        sender = self._sender
        headers = [
            address_list("From", [(one_line(letter.sender_name) or sender.name, sender.address)]),
            address_list("To", [(one_line(name), address)]),
            text_header("Subject", shorten(one_line(letter.subject), SUBJECT_LIMIT)),
            *thread_headers(letter.id, letter.thread, letter.requested_at, sender.address.domain),
            text_header("X-Tocsin-Letter", one_line(letter.id)),
            *(
                _more(header, one_line(value))
                for header, value in sorted(letter.headers.items())
                if header in MORE_HEADERS
            ),
        ]
        return message_bytes(headers, letter.text, letter.html, png)


def _more(header: str, value: str) -> bytes:
    """What mail clients act on (RFC 8058, RFC 2919) stands on one line, as it is; words for people are folded."""
    if header.startswith("List-"):
        return one_line_header(header, quote(value, safe=printable))
    return text_header(header, value)


def thread_headers(id: str, thread: str | None, dated: datetime, domain: str) -> list[bytes]:
    """What makes a mail the same one when it comes again, a part of its thread, and no cause of automatic answers."""
    headers = [
        one_line_header("Date", format_datetime(dated.astimezone(UTC))),
        one_line_header("Message-ID", f"<{id_part(id)}@{domain}>"),
    ]
    if thread is not None:
        root = f"<{id_part(thread)}@{domain}>"
        headers += [one_line_header("In-Reply-To", root), one_line_header("References", root)]
    return [*headers, b"Auto-Submitted: auto-generated\r\n", b"X-Auto-Response-Suppress: All\r\n"]
