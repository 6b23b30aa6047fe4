"""Which posts stand under which past day of a status page, and in which month of its history."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.comms.status_pages.page import ComponentState, Post, StatusPage, UpdateStatus
from services.comms.status_pages.post_update import take_update
from services.comms.status_pages.public.days import past_days
from services.comms.status_pages.public.history import leaf_of, months_of
from services.comms.status_pages.public.html_pages import PublicHtml
from services.comms.status_pages.texts import WORDS
from shared.i18n.language import Locale
from tests.unit.comms.status_pages.pages import NOON, ask, make_page

pytestmark = pytest.mark.unit

DAY = timedelta(days=1)
CARE, DOWN = ComponentState.UNDER_MAINTENANCE, ComponentState.MAJOR_OUTAGE
BERLIN = ZoneInfo("Europe/Berlin")


def incident(began: datetime, ended: datetime | None = None, page: StatusPage | None = None) -> tuple[StatusPage, Post]:
    posted = take_update(page or make_page(), ask(UpdateStatus.INVESTIGATING, ("api", DOWN), title="It broke"), began)
    if ended is not None:
        posted = take_update(posted.page, ask(UpdateStatus.RESOLVED, id="u2", post_id=posted.post.id), ended)
    return posted.page, posted.post


def maintenance(began: datetime, ended: datetime, page: StatusPage | None = None) -> tuple[StatusPage, Post]:
    plan = ask(UpdateStatus.SCHEDULED, ("api", CARE), title="New disks", scheduled_for=began, scheduled_until=ended)
    planned = take_update(page or make_page(), plan, began - 7 * DAY)
    begun = take_update(planned.page, ask(UpdateStatus.IN_PROGRESS, id="m2", post_id=planned.post.id), began)
    done = take_update(begun.page, ask(UpdateStatus.COMPLETED, id="m3", post_id=planned.post.id), ended)
    return done.page, done.post


def listed(page: StatusPage, posts: list[Post], now: datetime) -> list[tuple[int, int]]:
    return [(len(day.posts), len(day.lasting)) for day in past_days(page, posts, now)]


NOTHING = (0, 0)


@pytest.mark.parametrize(
    "began, ended, expected",
    [
        pytest.param(0, None, [(0, 1)], id="opened today"),
        pytest.param(2, None, [(0, 1)] * 3, id="open for three days"),
        pytest.param(0, 0, [(1, 0)], id="over today"),
        pytest.param(3, 1, [NOTHING, (0, 1), (0, 1), (1, 0)], id="over after three days"),
        pytest.param(10, 5, [NOTHING] * 5 + [(0, 1), (1, 0)], id="begun before the days that are shown"),
        pytest.param(12, 11, [], id="over before them"),
    ],
)
def test_a_post_stands_under_every_day_on_which_it_lasted(
    began: int, ended: int | None, expected: list[tuple[int, int]]
) -> None:
    page, post = incident(NOON - began * DAY, None if ended is None else NOON - ended * DAY + timedelta(hours=1))
    found = listed(page, [post], NOON + timedelta(hours=2))
    assert found == expected + [NOTHING] * (7 - len(expected))


def test_a_maintenance_of_four_days_stands_under_each() -> None:
    page, post = maintenance(NOON - 4 * DAY, NOON - DAY)
    assert listed(page, [post], NOON) == [NOTHING, (0, 1), (0, 1), (0, 1), (1, 0), NOTHING, NOTHING]
    drawn = PublicHtml().front(page, [post], [], NOON)
    assert drawn.count("New disks") == 4
    assert drawn.count(WORDS[Locale.EN]["nothing_on_day"]) == 3


def test_a_maintenance_that_waits_stands_under_no_day() -> None:
    plan = ask(UpdateStatus.SCHEDULED, ("api", CARE), scheduled_for=NOON + DAY)
    posted = take_update(make_page(), plan, NOON)
    assert listed(posted.page, [posted.post], NOON) == [NOTHING] * 7


@pytest.mark.parametrize("locale", ["en", "ja", "fa"])
def test_no_day_says_that_nothing_was_reported_while_something_was_open(locale: str) -> None:
    page, post = incident(NOON, page=make_page(locale=locale))
    drawn = PublicHtml().front(page, [post], [], NOON + timedelta(hours=1))
    assert drawn.count(WORDS[Locale(locale)]["nothing_on_day"]) == 6


def test_a_day_is_one_of_the_pages_zone() -> None:
    began = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)  # the 21st in Berlin
    page, post = incident(began, page=make_page(time_zone=str(BERLIN)))
    assert listed(page, [post], NOON)[0] == (0, 1)
    assert listed(page, [post], NOON)[1] == NOTHING


def test_what_ends_at_midnight_ends_with_the_day_before() -> None:
    midnight = NOON - timedelta(hours=12)
    page, post = maintenance(midnight - 2 * DAY, midnight)
    assert listed(page, [post], NOON) == [NOTHING, (0, 1), (1, 0), *[NOTHING] * 4]


def test_a_post_is_named_in_each_month_into_which_it_lasted() -> None:
    page, post = incident(NOON - 50 * DAY, NOON)  # from the 2nd of October to the 21st of November
    leaf = leaf_of(page, 1, NOON)
    found = [(len(month.posts), len(month.lasting)) for month in months_of(page, leaf, [post], NOON)]
    assert found == [(0, 1), (1, 0), NOTHING]
    assert PublicHtml().history(page, leaf, [post], NOON).count(WORDS[Locale.EN]["nothing_in_month"]) == 1
