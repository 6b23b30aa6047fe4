"""What a status page shows the public: everything is words and figures in the page's language already.

Nothing of who wrote it, of services, or of the incident behind a post is in here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from services.comms.i18n.linked_text import Piece, isolate, pieces_of
from services.comms.status_pages.impact_periods import Period, until_now
from services.comms.status_pages.page import Component, ComponentState, Impact, Post, StatusPage, Update, impact_of
from services.comms.status_pages.public.days import past_days
from services.comms.status_pages.texts import impact_word, state_word, status_word, word
from services.comms.status_pages.uptime import DAYS, Uptime, uptime
from services.comms.status_pages.zoned_times import window_text
from shared.i18n.calendars import day_text, number_text, share_text, time_text
from shared.i18n.language import Locale

YOUNG = timedelta(days=1)
"""A share of less time than this says nothing: of a minute that was half down it would be 50 %."""
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
    description: Sequence[Piece]
    look: str
    state: str
    share: str
    label: str
    bars: Sequence[Bar]


@dataclass(frozen=True, slots=True)
class ComponentGroup:
    """Components that stand together; `name` is empty when the page has no groups."""

    name: str
    rows: Sequence[ComponentRow]


@dataclass(frozen=True, slots=True)
class Message:
    """One update."""

    status: str
    pieces: Sequence[Piece]
    """What it says; some of it leads somewhere."""
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
    names: Sequence[str]
    """Of the components that it is about."""
    window: str
    messages: Sequence[Message]
    """Newest first."""


@dataclass(frozen=True, slots=True)
class DayOfPosts:
    """A past day, what is told of under it, and what went on but is told of elsewhere on the page."""

    day: str
    posts: Sequence[PostCard]
    lasting: Sequence[PostCard]


@dataclass(frozen=True, slots=True)
class Board:
    """The front of a page."""

    mood: Mood
    banner: str
    groups: Sequence[ComponentGroup]
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
        past=[
            DayOfPosts(
                one.day,
                [post_card(post, page.locale, zone) for post in one.posts],
                [post_card(post, page.locale, zone) for post in one.lasting],
            )
            for one in past_days(page, posts, now)
        ],
        width=DAYS * (BAR + GAP) - GAP,
    )


def post_card(post: Post, locale: Locale, zone: ZoneInfo) -> PostCard:
    """A post as it is read."""
    return PostCard(
        id=post.id,
        title=post.title,
        look=_look_of(post),
        impact="" if post.is_maintenance else impact_word(locale, post.impact),
        status=status_word(locale, post.status),
        names=[one.name for one in post.touched],
        window=window_text(post, zone, locale),
        messages=[_message(one, locale, zone) for one in reversed(post.updates)],
    )


def _look_of(post: Post) -> str:
    if post.ended_at is not None:
        return "over"
    return Mood.MAINTENANCE.value if post.is_maintenance else post.impact.value


def _message(update: Update, locale: Locale, zone: ZoneInfo) -> Message:
    return Message(
        status=status_word(locale, update.status),
        pieces=pieces_of(update.message),
        at=time_text(update.at, zone, locale),
        iso=update.at.isoformat(),
    )


def _groups(page: StatusPage, periods: Sequence[Period], zone: ZoneInfo, now: datetime) -> list[ComponentGroup]:
    groups: dict[str, list[ComponentRow]] = {}
    named = any(one.group for one in page.components)
    for one in page.components:
        name = one.group or (word(page.locale, "others") if named else "")
        figures = uptime(
            [period for period in periods if period.component_id == one.id], since=one.created_at, now=now, zone=zone
        )
        groups.setdefault(name, []).append(_row(one, figures, page.locale, zone, now))
    return [ComponentGroup(name, rows) for name, rows in groups.items()]


def _row(component: Component, figures: Uptime, locale: Locale, zone: ZoneInfo, now: datetime) -> ComponentRow:
    since = component.created_at.astimezone(zone)
    young = now - component.created_at < YOUNG
    share = share_text(1.0 if figures.share is None else figures.share, locale)
    label = word(locale, "figure_of")
    if young:
        figure = word(locale, "recorded_since").format(at=time_text(since, zone, locale))
    elif figures.days[0].date < since.date():
        figure = word(locale, "uptime_since").format(share=share, day=day_text(since.date(), locale))
    else:
        figure = word(locale, "uptime").format(share=share)
        label = word(locale, "uptime_of")
    return ComponentRow(
        name=component.name,
        description=pieces_of(component.description),
        look=component.state.value,
        state=state_word(locale, component.state),
        share=figure,
        label=label.format(name=isolate(component.name), days=number_text(DAYS, locale), share=share, figure=figure),
        bars=_bars(figures, locale, figure if young else ""),
    )


def _bars(figures: Uptime, locale: Locale, instead: str) -> list[Bar]:
    """Oldest first in reading direction: from the right in Persian. `instead` of shares that are of minutes only."""
    count = len(figures.days)
    bars = []
    for number, day in enumerate(figures.days):
        place = count - 1 - number if locale is Locale.FA else number
        known = day.uptime is not None
        said = (instead or share_text(day.uptime, locale)) if day.uptime is not None else word(locale, "no_data")
        if day.worst is not ComponentState.OPERATIONAL:
            said += word(locale, "separator") + state_word(locale, day.worst)
        look = day.worst.value if known else "nothing"
        bars.append(Bar(place * (BAR + GAP), look, f"{day_text(day.date, locale)}: {said}"))
    return bars
