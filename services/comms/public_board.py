"""What a status page shows the public: everything is words and figures in the page's language already.

Nothing of who wrote it, of services, or of the incident behind a post is in here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from services.comms.impact_periods import Period, until_now
from services.comms.public_times import day_text, number_text, share_text, time_text
from services.comms.public_words import impact_word, state_word, status_word, word
from services.comms.status_page import Component, ComponentState, Impact, Locale, Post, StatusPage, Update, impact_of
from services.comms.uptime import DAYS, Uptime, midnight, uptime

PAST_DAYS = 7
BAR, GAP = 4, 2
"""Width of a day in the drawing, and the space to the next."""


class Mood(StrEnum):
    """How the page stands as a whole; the words of Statuspage's `status.indicator`."""

    NONE = "none"
    MINOR = "minor"
    MAJOR = "major"
    CRITICAL = "critical"
    MAINTENANCE = "maintenance"


@dataclass(frozen=True, slots=True)
class Bar:
    """One day in the drawing of a component."""

    x: int
    look: str
    title: str


@dataclass(frozen=True, slots=True)
class ComponentRow:
    """One component."""

    name: str
    description: str
    look: str
    state: str
    share: str
    label: str
    bars: Sequence[Bar]


@dataclass(frozen=True, slots=True)
class Group:
    """Components that stand together; `name` is empty when the page has no groups."""

    name: str
    rows: Sequence[ComponentRow]


@dataclass(frozen=True, slots=True)
class Message:
    """One update."""

    status: str
    text: str
    at: str
    iso: str


@dataclass(frozen=True, slots=True)
class PostCard:
    """One incident or maintenance."""

    id: str
    title: str
    look: str
    impact: str
    status: str
    affected: str
    window: str
    messages: Sequence[Message]
    """Newest first."""


@dataclass(frozen=True, slots=True)
class DayOfPosts:
    """A past day and what began on it."""

    day: str
    posts: Sequence[PostCard]


@dataclass(frozen=True, slots=True)
class Board:
    """The front of a page."""

    mood: Mood
    banner: str
    groups: Sequence[Group]
    incidents: Sequence[PostCard]
    maintenances: Sequence[PostCard]
    past: Sequence[DayOfPosts]
    width: int


def mood_of(page: StatusPage) -> Mood:
    """How a page stands: its worst component, or the worst impact of an open incident, else maintenance."""
    states = [one.state for one in page.components]
    impacts = [one.impact for one in page.open if not one.is_maintenance]
    bad = max([*(impact_of(state) for state in states), *impacts], key=lambda impact: impact.rank, default=Impact.NONE)
    if bad is not Impact.NONE:
        return Mood(bad.value)
    return Mood.MAINTENANCE if ComponentState.UNDER_MAINTENANCE in states else Mood.NONE


def board(page: StatusPage, posts: Sequence[Post], periods: Sequence[Period], now: datetime) -> Board:
    """The front of a page; `posts` are those of the last days, `periods` those that ended within 90 days."""
    zone = ZoneInfo(page.time_zone)
    mood = mood_of(page)
    every = [*periods, *until_now(page.key, page.components, now)]
    still = sorted(page.open, key=lambda post: post.shown_at, reverse=True)
    planned = sorted((one for one in still if one.is_maintenance), key=lambda post: post.shown_at)
    return Board(
        mood=mood,
        banner=word(page.locale, f"banner.{mood.value}"),
        groups=_groups(page, every, zone, now),
        incidents=[post_card(one, page.locale, zone) for one in still if not one.is_maintenance],
        maintenances=[post_card(one, page.locale, zone) for one in planned],
        past=_past(page, posts, zone, now),
        width=DAYS * (BAR + GAP) - GAP,
    )


def post_card(post: Post, locale: Locale, zone: ZoneInfo) -> PostCard:
    """A post as it is read."""
    names = word(locale, "joined").join(one.name for one in post.touched)
    return PostCard(
        id=post.id,
        title=post.title,
        look=_look_of(post),
        impact="" if post.is_maintenance else impact_word(locale, post.impact),
        status=status_word(locale, post.status),
        affected=word(locale, "affected").format(names=names) if names else "",
        window=_window(post, locale, zone),
        messages=[_message(one, locale, zone) for one in reversed(post.updates)],
    )


def _look_of(post: Post) -> str:
    if post.ended_at is not None:
        return "over"
    return Mood.MAINTENANCE.value if post.is_maintenance else post.impact.value


def _window(post: Post, locale: Locale, zone: ZoneInfo) -> str:
    if post.scheduled_for is None:
        return ""
    start = time_text(post.scheduled_for, zone, locale)
    if post.scheduled_until is None:
        return word(locale, "from").format(start=start)
    return word(locale, "window").format(start=start, end=time_text(post.scheduled_until, zone, locale))


def _message(update: Update, locale: Locale, zone: ZoneInfo) -> Message:
    return Message(
        status=status_word(locale, update.status),
        text=update.message,
        at=time_text(update.at, zone, locale),
        iso=update.at.isoformat(),
    )


def _groups(page: StatusPage, periods: Sequence[Period], zone: ZoneInfo, now: datetime) -> list[Group]:
    groups: dict[str, list[ComponentRow]] = {}
    named = any(one.group for one in page.components)
    for one in page.components:
        name = one.group or (word(page.locale, "others") if named else "")
        figures = uptime(
            [period for period in periods if period.component_id == one.id], since=one.created_at, now=now, zone=zone
        )
        groups.setdefault(name, []).append(_row(one, figures, page.locale))
    return [Group(name, rows) for name, rows in groups.items()]


def _row(component: Component, figures: Uptime, locale: Locale) -> ComponentRow:
    share = share_text(1.0 if figures.share is None else figures.share, locale)
    days = number_text(DAYS, locale)
    return ComponentRow(
        name=component.name,
        description=component.description,
        look=component.state.value,
        state=state_word(locale, component.state),
        share=word(locale, "uptime").format(share=share),
        label=word(locale, "uptime_of").format(name=component.name, days=days, share=share),
        bars=_bars(figures, locale),
    )


def _bars(figures: Uptime, locale: Locale) -> list[Bar]:
    """Oldest first in reading direction: from the right in Persian."""
    count = len(figures.days)
    bars = []
    for number, day in enumerate(figures.days):
        place = count - 1 - number if locale is Locale.FA else number
        known = day.uptime is not None
        said = share_text(day.uptime, locale) if day.uptime is not None else word(locale, "no_data")
        if day.worst is not ComponentState.OPERATIONAL:
            said = f"{said} · {state_word(locale, day.worst)}"
        look = day.worst.value if known else "nothing"
        bars.append(Bar(place * (BAR + GAP), look, f"{day_text(day.date, locale)}: {said}"))
    return bars


def _past(page: StatusPage, posts: Sequence[Post], zone: ZoneInfo, now: datetime) -> list[DayOfPosts]:
    today = now.astimezone(zone).date()
    by_day: dict[date, list[PostCard]] = {today - timedelta(days=back): [] for back in range(PAST_DAYS)}
    for post in posts:
        day = post.shown_at.astimezone(zone).date()
        if post.ended_at is not None and day in by_day:
            by_day[day].append(post_card(post, page.locale, zone))
    return [DayOfPosts(day_text(day, page.locale), cards) for day, cards in by_day.items()]


def past_since(page: StatusPage, now: datetime) -> datetime:
    """Since when the front of the page shows what is over."""
    zone = ZoneInfo(page.time_zone)
    return midnight(now.astimezone(zone).date() - timedelta(days=PAST_DAYS - 1), zone)
