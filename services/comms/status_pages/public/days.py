"""The past days of a status page, and which posts stand on each: every day on which a post lasted. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from services.comms.status_pages.page import Post, StatusPage, UpdateStatus
from services.comms.status_pages.uptime import midnight
from shared.i18n.calendars import day_text

PAST_DAYS = 7


@dataclass(frozen=True, slots=True)
class PastDay:
    """A past day. `posts` are told whole, `lasting` by their titles: they are told under another day, or above."""

    day: str
    posts: Sequence[Post]
    lasting: Sequence[Post]


def past_since(page: StatusPage, now: datetime) -> datetime:
    """Since when the front of the page shows what is over."""
    zone = ZoneInfo(page.time_zone)
    return midnight(now.astimezone(zone).date() - timedelta(days=PAST_DAYS - 1), zone)


def past_days(page: StatusPage, posts: Sequence[Post], now: datetime) -> list[PastDay]:
    """The last days, today first; `posts` are those that lasted into them.

    A post that is over is told whole under the day on which it began, or the first one here; an open one is not, since
    it stands at the top of the page.
    """
    zone = ZoneInfo(page.time_zone)
    today = now.astimezone(zone).date()
    whole: dict[date, list[Post]] = {today - timedelta(days=back): [] for back in range(PAST_DAYS)}
    lasting: dict[date, list[Post]] = {day: [] for day in whole}
    for post in _every(page, posts):
        days = [day for day in sorted(whole) if was_on(post, day, zone, now)]
        for day in days:
            told_whole = post.ended_at is not None and day == days[0]
            (whole if told_whole else lasting)[day].append(post)
    return [PastDay(day_text(day, page.locale), whole[day], lasting[day]) for day in whole]


def was_on(post: Post, day: date, zone: ZoneInfo, now: datetime) -> bool:
    """Whether any of a post's time fell on this day of the zone; a maintenance that only waits has none."""
    span = span_of(post, now)
    if span is None:
        return False
    start, end = span
    last = max(start, end - timedelta(microseconds=1))  # what ends at midnight ends with the day before
    return start.astimezone(zone).date() <= day <= last.astimezone(zone).date()


def span_of(post: Post, now: datetime) -> tuple[datetime, datetime] | None:
    """From when to when a post was going on, up to `now`; None for a maintenance that has not begun."""
    if post.status is UpdateStatus.SCHEDULED:
        return None
    end = post.ended_at or now
    return (min(post.shown_at, end) if post.shown_at <= now else end, end)


def _every(page: StatusPage, posts: Sequence[Post]) -> list[Post]:
    """These posts and the open ones of the page, each once, the newest first."""
    known = {one.id: one for one in (*posts, *page.open)}
    return sorted(known.values(), key=lambda one: (one.shown_at, one.id), reverse=True)
