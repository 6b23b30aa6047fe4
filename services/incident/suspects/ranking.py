"""Suspects: which changes may have caused an incident, the likeliest first, each with a reason that people can check.

A change on the service, or on one that it depends on, is a suspect when it was made within the window before the
incident's start. The score falls by half over the window, by three tenths with each step of the dependency map, and by
half where the way is soft: at one distance hard comes before soft however old. A person's mark outweighs all of it:
who was found guilty stands first with a score of 1, who is innocent last with 0. What was changed since the start is
kept apart: it caused nothing, though it may have made things worse or better.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.incident.incidents.suspect_mark import SuspectVerdict, Verdict
from services.incident.suspects.change import FOLLOWED_WITHIN, Change
from services.incident.suspects.neighbourhood import Neighbour
from shared.events.changes import ChangeKind

MOST = 50
"""As many suspects, and as many later changes, as are shown."""
BY_AGE = 0.5
BY_STEP = 0.7
BY_SOFTNESS = 0.5


@dataclass(frozen=True, slots=True)
class BaseRate:
    """How many of a service's deploys that are remembered were followed by an incident soon after."""

    followed: int
    deploys: int

    def words(self, service: str) -> str:
        """As people read it."""
        deploys = "deploy" if self.deploys == 1 else "deploys"
        were = "was" if self.followed == 1 else "were"
        within = int(FOLLOWED_WITHIN.total_seconds() // 60)
        return (
            f"{self.followed} of {self.deploys} {deploys} of {service} {were} followed by an incident "
            f"within {within} minutes"
        )


@dataclass(frozen=True, slots=True)
class Suspect:
    """A change, and how near it is to the incident in time and on the map."""

    change: Change
    seconds_before: float
    """Below zero for one that was made after the start."""
    near: Neighbour | None
    """None: a person named a change of a service that the incident's does not depend on."""
    score: float
    verdict: Verdict | None
    reason: str

    @property
    def minutes_before(self) -> int:
        """To the nearest minute."""
        return round(self.seconds_before / 60)


@dataclass(frozen=True, slots=True)
class Lineup:
    """Suspects, the likeliest first, and what was changed after the start, the earliest first."""

    suspects: tuple[Suspect, ...] = ()
    later: tuple[Suspect, ...] = ()

    @property
    def top(self) -> Suspect | None:
        """The likeliest that nobody has cleared."""
        first = self.suspects[0] if self.suspects else None
        return first if first is not None and first.verdict is not Verdict.INNOCENT else None


def line_up(
    changes: Iterable[Change],
    started_at: datetime,
    window: timedelta,
    near: Iterable[Neighbour],
    marks: Iterable[SuspectVerdict],
) -> Lineup:
    """The suspects among these changes, in whatever order they come. `near` are the services that count."""
    known = {one.service_id: one for one in near}
    verdicts = {mark.change_id: mark.verdict for mark in marks}
    suspects: list[Suspect] = []
    later: list[Suspect] = []
    for change in {one.id: one for one in changes}.values():
        verdict = verdicts.get(change.id)
        place = known.get(change.service)
        age = started_at - change.at
        if verdict is None and (place is None or age > window):
            continue
        suspect = _suspect(change, age, window, place, verdict)
        (later if age < timedelta() and verdict is not Verdict.GUILTY else suspects).append(suspect)
    suspects.sort(key=_order)
    later.sort(key=lambda one: (one.change.at, one.change.id))
    return Lineup(tuple(suspects[:MOST]), tuple(later[:MOST]))


def _order(suspect: Suspect) -> tuple[bool, bool, float, float, str]:
    guilty, innocent = suspect.verdict is Verdict.GUILTY, suspect.verdict is Verdict.INNOCENT
    return not guilty, innocent, -suspect.score, suspect.seconds_before, suspect.change.id


def _suspect(
    change: Change, age: timedelta, window: timedelta, near: Neighbour | None, verdict: Verdict | None
) -> Suspect:
    seconds = age.total_seconds()
    if verdict is not None:
        score = float(verdict is Verdict.GUILTY)
    elif near is None or age < timedelta():
        score = 0.0
    else:
        score = 1 - BY_AGE * seconds / window.total_seconds()
        score *= BY_STEP**near.distance * (1 if near.hard else BY_SOFTNESS)
    return Suspect(change, seconds, near, round(score, 4), verdict, reason(change, seconds, near))


_DONE = {
    ChangeKind.DEPLOY: "was deployed",
    ChangeKind.ROLLBACK: "was rolled back",
    ChangeKind.RELEASE: "was released",
    ChangeKind.REMOVAL: "was removed",
}


def reason(change: Change, seconds_before: float, near: Neighbour | None) -> str:
    """Why it is suspected: "payments 2.4.1 was deployed 5 minutes before, on the same service"."""
    done = _DONE.get(change.kind)
    version = f" {change.version}" if change.version else ""
    what = f"{change.named}{version} {done}" if done else f"“{change.summary[:200].rstrip('. ')}”"
    return f"{what} {_how_long(seconds_before)}, {_place(near, change.named)}"


def describe_suspect(suspect: Suspect) -> str:
    """The line that a post-mortem's draft has of a suspect."""
    found = " (found guilty)" if suspect.verdict is Verdict.GUILTY else ""
    return f"{suspect.reason}{found}"


def first_suspect(suspect: Suspect) -> str:
    """What the timeline says of the change that stands first by itself."""
    return f"first suspect: {suspect.reason}"


def describe_new_order(before: Lineup, after: Lineup) -> str | None:
    """What the timeline says once an incident began at another time; None where what it said still holds.

    What a person found guilty stays first whenever the incident began, and was said when it was found.
    """
    old, new = before.top, after.top
    if new is None:
        return "no first suspect any more: nothing was changed shortly before it" if old is not None else None
    if new.verdict is not None or (old is not None and old.reason == new.reason and old.change.id == new.change.id):
        return None
    return first_suspect(new)


def _place(near: Neighbour | None, service: str) -> str:
    if near is None:
        return f"on {service}, which nothing here is known to depend on"
    if near.distance == 0:
        return "on the same service"
    kind = "hard" if near.hard else "soft"
    away = "" if near.distance == 1 else f", {near.distance} steps away"
    return f"on {service}, a {kind} dependency{away}"


def _how_long(seconds_before: float) -> str:
    word = "before" if seconds_before >= 0 else "after"
    minutes = round(abs(seconds_before) / 60)
    if minutes == 0:
        return f"less than a minute {word}"
    if minutes < 120:
        return f"{minutes} {'minute' if minutes == 1 else 'minutes'} {word}"
    return f"{round(minutes / 60)} hours {word}"


def apply_mark(marks: Sequence[SuspectVerdict], mark: SuspectVerdict | None, change_id: str) -> list[SuspectVerdict]:
    """The marks with this one in the place of what was said of the change before; None takes that back."""
    kept = [one for one in marks if one.change_id != change_id]
    return kept if mark is None else [*kept, mark]


def services_to_rate(lineup: Lineup) -> frozenset[str]:
    """The services whose deploys are among the suspects."""
    return frozenset(one.change.service for one in lineup.suspects if one.change.is_deploy)


def rate_of(suspect: Suspect, rates: Mapping[str, BaseRate]) -> BaseRate | None:
    """The base rate that a deploy must be seen against."""
    return rates.get(suspect.change.service) if suspect.change.is_deploy else None
