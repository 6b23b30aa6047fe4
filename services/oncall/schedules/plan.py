"""The plan of a schedule, as people write it and as it is stored: layers of rotations, restrictions and overrides.

Local times are wall-clock times of the schedule's zone and carry no offset. A schedule keeps the plans it had before:
each plan holds from the instant of its edit on, so an edit never changes what has been.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from functools import cached_property
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, AwareDatetime, Field, ValidationInfo, field_validator

from shared.clocks.epoch import EPOCH
from shared.clocks.wallclock import find_zone
from shared.clocks.weekly_hours import WeeklyHours
from shared.stored import Stored

EARLIEST, LATEST = EPOCH, datetime(2200, 1, 1, tzinfo=UTC)
"""Plans, and questions about them, stay within these instants."""

UserId = Annotated[str, Field(min_length=1, max_length=128)]
Name = Annotated[str, Field(min_length=1, max_length=200)]


class Unit(StrEnum):
    """What a rotation counts in."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class Rotation(Stored):
    """`turn_length` n: each person holds n units. `every` n: the layer is on only every n-th unit."""

    unit: Unit = Unit.WEEK
    turn_length: Annotated[int, Field(ge=1, le=1000)] = 1
    every: Annotated[int, Field(ge=1, le=1000)] = 1


class Layer(Stored):
    """People who take turns. A null participant is a deliberate gap: in its turn this layer names nobody."""

    name: Name = "layer"
    priority: Annotated[int, Field(ge=-1000, le=1000)] = 1
    """The higher one wins; on equal priority both are on call."""
    starts_at: datetime
    """Wall clock of the schedule's zone; before it the layer is off."""
    rotation: Rotation = Rotation()
    participants: Annotated[list[UserId | None], Field(max_length=500)] = []
    """One of them at least is a person: see `flaws`."""
    restrictions: Annotated[list[WeeklyHours], Field(max_length=50)] = []

    @field_validator("starts_at")
    @classmethod
    def _is_wall_clock(cls, value: datetime) -> datetime:
        if value.tzinfo is not None:
            raise ValueError("a wall-clock time of the schedule's zone, without an offset")
        if not EARLIEST.year <= value.year < LATEST.year:
            raise ValueError(f"a year from {EARLIEST.year} to {LATEST.year - 1}")
        return value.replace(microsecond=0)


class Plan(Stored):
    """The layers of a schedule and the zone whose wall clock they follow."""

    time_zone: str
    layers: Annotated[list[Layer], Field(max_length=20)]

    @field_validator("time_zone")
    @classmethod
    def _is_known(cls, value: str) -> str:
        if find_zone(value) is None:
            raise ValueError("not the name of an IANA time zone, such as Europe/Berlin")
        return value

    @cached_property
    def zone(self) -> ZoneInfo:
        """The zone of `time_zone`. Raises `ValueError` when this machine no longer knows it."""
        zone = find_zone(self.time_zone)
        if zone is None:
            raise ValueError(f"unknown time zone {self.time_zone!r}")
        return zone


class Revision(Plan):
    """A plan, and since when it holds; the first one has no beginning."""

    since: datetime | None = None
    turns_ahead: Annotated[tuple[Annotated[int, Field(ge=0)], ...], Field(max_length=20)] = ()
    """By layer, how many turns its order is shifted, so that an edit takes nobody off duty: see `continuing`. Of a
    layer that it does not reach: none."""

    def ahead(self, number: int) -> int:
        """How many turns the order of this layer is shifted."""
        return self.turns_ahead[number] if number < len(self.turns_ahead) else 0

    @cached_property
    def in_turn(self) -> Sequence[Layer]:
        """The layers with their people from the one on who has the first turn, counted from the layer's start."""
        if not self.turns_ahead:
            return self.layers
        return [
            layer.changed(participants=_from(layer.participants, self.ahead(number)))
            for number, layer in enumerate(self.layers)
        ]


def _from(people: list[UserId | None], ahead: int) -> list[UserId | None]:
    first = ahead % len(people) if people else 0
    return [*people[first:], *people[:first]]


class OverrideKind(StrEnum):
    """What an override does with its span."""

    REPLACE = "replace"
    ADD = "add"
    REMOVE = "remove"


def _within_reach(value: datetime) -> datetime:
    if not EARLIEST <= value < LATEST:
        raise ValueError(f"an instant from {EARLIEST.year} to {LATEST.year - 1}")
    return value.astimezone(UTC)


Instant = Annotated[AwareDatetime, AfterValidator(_within_reach)]
"""An instant, given with its offset, kept in UTC."""


class TimeSpan(Stored):
    """The time [start, end)."""

    start: Instant
    end: Instant

    @field_validator("end")
    @classmethod
    def _after_start(cls, value: datetime, info: ValidationInfo) -> datetime:
        if "start" in info.data and value <= info.data["start"]:
            raise ValueError("after start")
        return value


class OverrideRequest(TimeSpan):
    """An exception to the plan for [start, end)."""

    kind: OverrideKind
    user_id: UserId
    replaces: UserId | None = None
    """With it, `replace` takes the span from this person only, else from everybody."""

    @field_validator("replaces")
    @classmethod
    def _only_when_replacing(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is not None and info.data.get("kind") is not OverrideKind.REPLACE:
            raise ValueError("only an override of kind replace names whom it replaces")
        return value


class Override(OverrideRequest):
    """An override that was made; its place in the list of its schedule tells the order they were made in."""

    id: str
    number: int = 0
    """Counts the overrides of a schedule in the order they were made, also when the list was taken apart."""


class SwapRequest(TimeSpan):
    """Somebody would give their place for [start, end) to whoever takes it."""

    user_id: UserId
    note: Annotated[str, Field(max_length=1000)] = ""


class SwapState(StrEnum):
    """What became of an offer."""

    OFFERED = "offered"
    TAKEN = "taken"
    WITHDRAWN = "withdrawn"


class Swap(SwapRequest):
    """An offer. While it is not taken it changes nobody; taken, it is an override."""

    id: str
    state: SwapState = SwapState.OFFERED
    offered_at: datetime
    taken_by: UserId | None = None
    override_id: str | None = None


class Schedule(Stored):
    """Everything that decides who is on call: the plans by the time they began to hold, and the overrides as made;
    beside them the swaps that people offered, which decide nothing. A long past is elsewhere: see `history`.
    """

    name: Name
    team: str | None = None
    revisions: Annotated[list[Revision], Field(min_length=1)]
    overrides: list[Override] = []
    overrides_made: int = 0
    swaps: list[Swap] = []
    known_from: datetime | None = None
    """All that holds from then on is here; None: all there is."""
    series: str | None = None
    """What the volumes of its past are found by; None while there are none."""

    @property
    def plan(self) -> Revision:
        """The plan that holds from now on."""
        return self.revisions[-1]


def people_named(schedule: Schedule) -> set[str]:
    """Everybody whom the schedule has, had or could have on call, by its plans and its overrides."""
    planned = {user for one in schedule.revisions for layer in one.layers for user in layer.participants if user}
    return planned | {override.user_id for override in schedule.overrides}
