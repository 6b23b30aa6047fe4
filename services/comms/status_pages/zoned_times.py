"""Times with the name of their zone: for mails and feeds, which are read far from the page. Pure."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from services.comms.status_pages.page import Post
from services.comms.status_pages.texts import word
from shared.i18n.calendars import time_text
from shared.i18n.language import Locale


def zoned_text(at: datetime, zone: ZoneInfo, locale: Locale) -> str:
    """An instant with the name of its zone: for mails and feeds, which are read far from the page."""
    return word(locale, "in_zone").format(text=time_text(at, zone, locale), zone=zone.key)


def window_text(post: Post, zone: ZoneInfo, locale: Locale) -> str:
    """From when to when a maintenance is planned, with the zone's name; empty for what was not planned."""
    if post.scheduled_for is None:
        return ""
    start = time_text(post.scheduled_for, zone, locale)
    if post.scheduled_until is None:
        text = word(locale, "from").format(start=start)
    else:
        text = word(locale, "window").format(start=start, end=time_text(post.scheduled_until, zone, locale))
    return word(locale, "in_zone").format(text=text, zone=zone.key)
