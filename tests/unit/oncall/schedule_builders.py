"""Builders of plans: what a test does not name is the plainest there is."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from services.oncall.schedules.plan import Layer, Override, OverrideKind, Revision, Schedule


def utc(text: str) -> datetime:
    """An instant, written `2026-03-29 01:00`, in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def make_layer(
    *participants: str | None,
    unit: str = "week",
    turn_length: int = 1,
    every: int = 1,
    starts_at: str = "2026-01-05T09:00:00",
    **rest: Any,
) -> Layer:
    """A weekly layer from Monday 5 January 2026, 09:00, of `a` and `b` unless said otherwise."""
    rotation = {"unit": unit, "turn_length": turn_length, "every": every}
    people = list(participants or ("a", "b"))
    return Layer.model_validate({"starts_at": starts_at, "rotation": rotation, "participants": people, **rest})


def make_schedule(*layers: Layer, zone: str = "Europe/Berlin", overrides: tuple[Override, ...] = ()) -> Schedule:
    """A schedule with one plan."""
    plan = Revision.model_validate({"time_zone": zone, "layers": list(layers or (make_layer(),))})
    return Schedule(name="plan", revisions=[plan], overrides=list(overrides))


def make_override(
    kind: str, user: str, start: str, end: str, *, replaces: str | None = None, name: str = "o1"
) -> Override:
    """An override for [start, end), both in UTC."""
    return Override(id=name, kind=OverrideKind(kind), user_id=user, replaces=replaces, start=utc(start), end=utc(end))
