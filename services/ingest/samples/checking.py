"""What a sender of samples said, as samples that may be kept: what can't be right is left out and told. Pure."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from services.ingest.samples.limits import (
    LARGEST_NUMBER,
    LONGEST_AHEAD_SECONDS,
    LONGEST_HORIZON_SECONDS,
    LONGEST_NAME,
    MOST_POINTS,
    MOST_SERIES,
    OLDEST_SECONDS,
)
from shared.problem import Fault, Problem, invalid, malformed
from shared.samples.message import HORIZON_SECONDS, Limit, Point, Samples
from shared.vocabulary import LimitKind

Dropped = Counter[str]
"""How many points were left out, by reason: `not_a_number`, `too_old`, `in_the_future`, `doubled`."""


def read_samples(body: Any, now: datetime) -> tuple[list[Samples], Dropped]:
    """The samples of a parsed body: an object or a list of them, each a series with its points.

    Raises a `Problem`: 400 where the body is neither, 413 for too many, 422 that names the member.
    """
    if not isinstance(body, dict | list):
        raise malformed("The body is neither an object nor a list of objects.")
    listed = body if isinstance(body, list) else [body]
    if len(listed) > MOST_SERIES:
        raise too_many("series", MOST_SERIES)
    dropped: Dropped = Counter()
    found = []
    left = MOST_POINTS
    for place, one in enumerate(listed):
        at = f"/{place}" if isinstance(body, list) else ""
        if not isinstance(one, dict):
            raise malformed("A series is an object.", at)
        samples = _read_one(one, at, left, now, dropped)
        left -= len(samples.points)
        found.append(samples)
    return found, dropped


def too_many(what: str, limit: int) -> Problem:
    """413: one request may hold so many."""
    return Problem(413, "too_many_samples", f"One request may hold {limit} {what}.", limit=limit)


def keep_points(points: Sequence[tuple[float, float]], now: datetime, dropped: Dropped) -> list[Point]:
    """These points (seconds since 1970 and value) as far as they can be right, in order, each instant once: the last
    that was given.
    """
    present = now.timestamp()
    kept: dict[int, float] = {}
    for at, value in points:
        if not abs(value) <= LARGEST_NUMBER or not math.isfinite(at):
            dropped["not_a_number"] += 1
        elif at < present - OLDEST_SECONDS:
            dropped["too_old"] += 1
        elif at > present + LONGEST_AHEAD_SECONDS:
            dropped["in_the_future"] += 1
        else:
            millis = round(at * 1000)
            dropped["doubled"] += millis in kept
            kept[millis] = value
    return sorted(kept.items())


def _read_one(one: dict[str, Any], at: str, left: int, now: datetime, dropped: Dropped) -> Samples:
    host, metric = _name(one, "host", at), _name(one, "metric", at)
    points = one.get("points")
    if not isinstance(points, list):
        raise invalid(f"{at}/points", "a list of pairs of time and value")
    if len(points) > left:
        raise too_many("points", MOST_POINTS)
    pairs = [_point(point, f"{at}/points/{place}") for place, point in enumerate(points)]
    return Samples(
        host=host,
        metric=metric,
        points=keep_points(pairs, now, dropped),
        limit=_limit(one, at),
        service=_optional_name(one, "service", at),
    )


def _limit(one: dict[str, Any], at: str) -> Limit:
    value = one.get("limit")
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= LARGEST_NUMBER:
        raise invalid(f"{at}/limit", f"a number from -{LARGEST_NUMBER:g} to {LARGEST_NUMBER:g}")
    kind = one.get("limit_kind", LimitKind.UPPER)
    if kind not in list(LimitKind):
        raise invalid(f"{at}/limit_kind", "upper or lower")
    horizon = one.get("horizon_seconds", HORIZON_SECONDS)
    if (
        isinstance(horizon, bool)
        or not isinstance(horizon, int | float)
        or not 60 <= horizon <= LONGEST_HORIZON_SECONDS
    ):
        raise invalid(f"{at}/horizon_seconds", f"a number of seconds from 60 to {LONGEST_HORIZON_SECONDS}")
    return Limit(float(value), LimitKind(kind), int(horizon))


def _point(point: Any, at: str) -> tuple[float, float]:
    if not isinstance(point, list) or len(point) != 2:
        raise invalid(at, "a pair of time and value")
    return _seconds(point[0], f"{at}/0"), _value(point[1], f"{at}/1")


def _value(value: Any, at: str) -> float:
    """A number; null and the words that JSON has no numbers for are none."""
    if value is None or (isinstance(value, str) and value.strip().lower().lstrip("+-") in ("nan", "inf", "infinity")):
        return math.nan
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise invalid(at, "a number")
    try:
        return float(value)
    except OverflowError:
        return math.nan


def _seconds(value: Any, at: str) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            return float(value)
        except OverflowError:
            return math.nan
    if isinstance(value, str):
        try:
            found = datetime.fromisoformat(value)
        except ValueError:
            pass
        else:
            if found.tzinfo is not None:
                return found.timestamp()
    raise invalid(at, "a time: RFC 3339 with its offset, or seconds since 1970")


def _name(one: dict[str, Any], member: str, at: str) -> str:
    found = _optional_name(one, member, at)
    if found is None:
        raise Problem(
            422, "invalid", f"{at}/{member}: a series needs it", errors=[Fault(f"{at}/{member}", "a series needs it")]
        )
    return found


def _optional_name(one: dict[str, Any], member: str, at: str) -> str | None:
    value = one.get(member)
    if value is None:
        return None
    if not isinstance(value, str):
        raise invalid(f"{at}/{member}", "a text")
    text = clean_name(value)
    if not text or len(text) > LONGEST_NAME:
        raise invalid(f"{at}/{member}", f"a text of 1 to {LONGEST_NAME} characters")
    return text


def clean_name(value: str) -> str:
    """A name that can be stored and shown: without what is no character, and without space around it."""
    printable = "".join(one if one.isprintable() else " " for one in value)
    return printable.encode("utf-8", "replace").decode().strip()
