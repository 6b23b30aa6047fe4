"""How many strangers one key may have mailed a day: addresses that are in no group, and invited subscribers. Pure.

Mail to people who did not ask for it is how a stolen key, or a loop in somebody's script, has a mail server put on
block lists; then pages by mail do not arrive either. A day is one of UTC.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from shared.problem import Problem

DAY = timedelta(days=1)


def day_of(now: datetime) -> datetime:
    """When the day of `now` began."""
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def over_quota(limit: int, now: datetime) -> Problem:
    """The 429 for a key that reached its limit; it says when the next day begins."""
    seconds = max(1, round((day_of(now) + DAY - now).total_seconds()))
    return Problem(
        429,
        "daily_mail_limit",
        f"A key may have mail sent to {limit} addresses a day that are in no group (TOCSIN_STRANGERS_PER_DAY). "
        "Keep addresses that are often written to in a group.",
        headers={"Retry-After": str(seconds)},
        limit=limit,
    )
