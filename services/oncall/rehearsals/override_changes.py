"""What overrides change of a rehearsal: each that is active when a step begins is taken away, and all is run again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from services.oncall.directory.policy import TargetType
from services.oncall.directory.snapshot import Directory
from services.oncall.rehearsals.differences import only_in
from services.oncall.rehearsals.simulation import News, Rehearsed, RehearsedPage, policies_in_play, with_turns
from services.oncall.schedules.plan import Override

MOST_OVERRIDES = 20
"""As many are looked at; each costs another run."""


@dataclass(frozen=True, slots=True)
class OverrideChange:
    """An override, the pages that are there because of it, and those that would be there instead."""

    schedule_id: str
    override: Override
    adds: tuple[RehearsedPage, ...]
    takes: tuple[RehearsedPage, ...]


def find_override_changes(
    rehearsed: Rehearsed, news: Sequence[News], directory: Directory, turns: Mapping[str, int], at: datetime
) -> list[OverrideChange]:
    """The overrides that make a difference, by schedule, in the order in which they were made."""
    found: list[OverrideChange] = []
    begun = sorted({entry.at for course in rehearsed.courses for entry in course.entries})
    for schedule_id, override in list(_active(schedules_in_play(news, directory), directory, begun))[:MOST_OVERRIDES]:
        other = with_turns(turns, _without(directory, schedule_id, override)).run(news, at)
        adds, takes = only_in(rehearsed.pages, other.pages), only_in(other.pages, rehearsed.pages)
        if adds or takes:
            found.append(OverrideChange(schedule_id, override, tuple(adds), tuple(takes)))
    return found


def schedules_in_play(news: Sequence[News], directory: Directory) -> list[str]:
    """The schedules that the steps of the policies may ask, by id."""
    policies = policies_in_play(news, directory)
    targets = (target for policy in policies for step in policy.steps for target in step.targets)
    return sorted({one.id for one in targets if one.type is TargetType.SCHEDULE and one.id in directory.schedules})


def _active(
    schedules: Iterable[str], directory: Directory, instants: Sequence[datetime]
) -> Iterator[tuple[str, Override]]:
    for key in schedules:
        for override in directory.schedules[key].overrides:
            if any(override.start <= at < override.end for at in instants):
                yield key, override


def _without(directory: Directory, schedule_id: str, override: Override) -> Directory:
    schedule = directory.schedules[schedule_id]
    left = schedule.changed(overrides=[one for one in schedule.overrides if one.id != override.id])
    return replace(directory, schedules={**directory.schedules, schedule_id: left})
