"""The history of a status page: three months of the readers' calendar on each leaf, the newest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from services.comms.status_pages.page import Post, StatusPage
from services.comms.status_pages.public.board import PostCard, post_card
from services.comms.status_pages.public.days import span_of
from services.comms.status_pages.uptime import midnight
from shared.i18n.calendars import first_day, month_of, month_text, months_back

MONTHS = 3
MOST_LEAVES = 100


@dataclass(frozen=True, slots=True)
class Month:
    """A month, what began in it, and what had begun before and went on."""

    name: str
    posts: list[PostCard]
    lasting: list[PostCard]


@dataclass(frozen=True, slots=True)
class Leaf:
    """One leaf of the history: [since, until), and whether there are newer and older ones."""

    number: int
    since: datetime
    until: datetime
    months: Sequence[tuple[int, int]]
    has_older: bool

    @property
    def newer(self) -> int | None:
        """The number of the leaf before, None on the first."""
        return self.number - 1 if self.number > 1 else None

    @property
    def older(self) -> int | None:
        """The number of the next leaf, None on the last."""
        return self.number + 1 if self.has_older else None


def leaf_of(page: StatusPage, number: int, now: datetime) -> Leaf:
    """The leaf with this number, counted from 1 for the newest three months."""
    zone = ZoneInfo(page.time_zone)
    year, month = month_of(now.astimezone(zone).date(), page.locale)
    months = [months_back(year, month, (number - 1) * MONTHS + back) for back in range(MONTHS)]
    since = midnight(first_day(*months[-1], page.locale), zone)
    until = midnight(first_day(*months_back(*months[0], -1), page.locale), zone)
    return Leaf(number, since, until, months, has_older=number < MOST_LEAVES and page.created_at < since)


def months_of(page: StatusPage, leaf: Leaf, posts: Sequence[Post], now: datetime) -> list[Month]:
    """The months of a leaf with their posts, as they are read: in the month in which each began, or was to begin.

    A post that lasted into later months is named there too.
    """
    zone = ZoneInfo(page.time_zone)
    by_month: dict[tuple[int, int], Month] = {
        month: Month(month_text(*month, page.locale), [], []) for month in leaf.months
    }
    for post in posts:
        begun = month_of(post.shown_at.astimezone(zone).date(), page.locale)
        span = span_of(post, now)
        last = month_of(span[1].astimezone(zone).date(), page.locale) if span is not None else begun
        card = post_card(post, page.locale, zone)
        for month, listed in by_month.items():
            if month == begun:
                listed.posts.append(card)
            elif begun < month <= last:
                listed.lasting.append(card)
    return list(by_month.values())
