"""What is mailed to subscribers: the confirmation, and each update, in the page's language, with a way out. Pure.

Updates carry `List-Unsubscribe` and `List-Unsubscribe-Post` (RFC 8058), so mail clients unsubscribe with one press.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from services.comms.mail.message import Letter, LetterKind
from services.comms.mail.template import LetterForm, LetterForms
from services.comms.status_pages.page import Impact, Post, StatusPage, Update
from services.comms.status_pages.subscribers.links import Claim, Wish, make_token
from services.comms.status_pages.subscribers.subscriber import CONFIRM_WITHIN, Subscriber
from services.comms.status_pages.texts import state_word, status_word, word
from services.comms.status_pages.zoned_times import window_text, zoned_text
from shared.i18n.language import Locale
from shared.ids import derive_id

ACCENTS = {Impact.NONE: "#2a63a5", Impact.MINOR: "#8f5d12", Impact.MAJOR: "#b04a08", Impact.CRITICAL: "#b3241b"}


class SubscriberMail:
    """Writes letters to subscribers."""

    def __init__(self, forms: LetterForms, base_url: str, secret_key: str) -> None:
        self._forms = forms
        self._base_url = base_url
        self._secret_key = secret_key

    def confirmation(self, page: StatusPage, subscriber: Subscriber, now: datetime) -> Letter:
        """Asks whether they want it; one for each time that they are asked."""
        locale = page.locale
        link = self._link(page, subscriber, Wish.CONFIRM, subscriber.asked_at + CONFIRM_WITHIN)
        heading = word(locale, "mail.confirm").format(name=page.name)
        form = LetterForm(
            locale=locale.value,
            heading=heading,
            footer=word(locale, "mail.confirm_else"),
            paragraphs=(
                word(locale, "mail.confirm_text").format(name=page.name),
                word(locale, "mail.confirm_link"),
            ),
            links=((word(locale, "confirm_button"), link),),
        )
        written = self._forms.write(form)
        return Letter(
            id=derive_id("confirmation", subscriber.id, subscriber.asked_at.isoformat()),
            kind=LetterKind.CONFIRMATION,
            address=subscriber.address,
            sender_name=page.name,
            subject=heading,
            text=written.text,
            html=written.html,
            requested_at=now,
        )

    def updates(self, page: StatusPage, post: Post, update: Update, readers: Sequence[Subscriber]) -> list[Letter]:
        """One update for each of these; a hundred long ones take a second: write them beside the event loop."""
        return [self.update(page, post, update, reader) for reader in readers]

    def update(self, page: StatusPage, post: Post, update: Update, subscriber: Subscriber) -> Letter:
        """One update; its id follows from update and subscriber, so it is mailed once."""
        locale, zone = page.locale, ZoneInfo(page.time_zone)
        leave = self._link(page, subscriber, Wish.UNSUBSCRIBE, None)
        url = f"{self._base_url}/status/{page.slug}/incidents/{post.id}"
        form = LetterForm(
            locale=locale.value,
            heading=post.title,
            footer=word(locale, "mail.why").format(name=page.name),
            note=status_word(locale, update.status) + word(locale, "separator") + zoned_text(update.at, zone, locale),
            paragraphs=(update.message,),
            rows=(*_plan(post, zone, locale), *((one.name, state_word(locale, one.after)) for one in update.shifts)),
            links=((word(locale, "mail.view").rstrip(":："), url),),
            small_links=((word(locale, "unsubscribe_button"), leave),),
            accent=ACCENTS[post.impact],
        )
        written = self._forms.write(form)
        return Letter(
            id=derive_id("status update", update.id, subscriber.id),
            kind=LetterKind.SUBSCRIPTION,
            address=subscriber.address,
            sender_name=page.name,
            subject=f"[{page.name}] {status_word(locale, update.status)}: {post.title}",
            text=written.text,
            html=written.html,
            thread=f"status.{post.id}.{subscriber.id[:8]}",
            headers={
                "List-Unsubscribe": f"<{leave}>",
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
                "List-Id": f"<{page.slug}.status.tocsin>",
            },
            requested_at=update.at,
        )

    def _link(self, page: StatusPage, subscriber: Subscriber, wish: Wish, expires_at: datetime | None) -> str:
        token = make_token(self._secret_key, Claim(wish, page.key, subscriber.id), expires_at)
        return f"{self._base_url}/status/{page.slug}/{wish.value}/{token}"


def _plan(post: Post, zone: ZoneInfo, locale: Locale) -> list[tuple[str, str]]:
    """When a maintenance is, and what it is about."""
    if not post.is_maintenance:
        return []
    names = word(locale, "joined").join(one.name for one in post.touched)
    rows = [(word(locale, "when"), window_text(post, zone, locale)), (word(locale, "components"), names)]
    return [(label, value) for label, value in rows if value]
