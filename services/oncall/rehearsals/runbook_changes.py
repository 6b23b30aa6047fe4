"""What runbooks change of a rehearsal: which would start by themselves, and what pages would be without the wait for
each, for which all is run again. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from services.oncall.directory.snapshot import Directory
from services.oncall.escalation.escalation import HoldingRunbook
from services.oncall.escalation.hold import find_starting
from services.oncall.rehearsals.differences import only_in
from services.oncall.rehearsals.simulation import News, Rehearsed, RehearsedPage, with_turns

MOST_RUNBOOKS = 20
"""As many are looked at; each costs another run."""


@dataclass(frozen=True, slots=True)
class RunbookChange:
    """A runbook for which pages wait, those that are as they are because of that, and those that would be instead."""

    runbook: HoldingRunbook
    adds: tuple[RehearsedPage, ...]
    takes: tuple[RehearsedPage, ...]


def starting_runbooks(news: News, directory: Directory) -> list[HoldingRunbook]:
    """The runbooks that would start for this incident by themselves, as far as is known here: when it opens, or when an
    alert joins it for which people are paged again. What ran for it before does not start again.
    """
    known = news.known
    if known is not None and news.fact.paging.generation <= known.generation:
        return []
    before = known.held_for if known is not None else ()
    return [one for one in find_starting(news.fact, directory.runbooks) if one.id not in before]


def find_runbook_changes(
    rehearsed: Rehearsed, news: Sequence[News], directory: Directory, turns: Mapping[str, int], at: datetime
) -> list[RunbookChange]:
    """The runbooks that make a difference, by id; they are taken to start, and nobody to answer meanwhile."""
    holding = {
        runbook.id: runbook for one in news for runbook in starting_runbooks(one, directory) if runbook.seconds > 0
    }
    found: list[RunbookChange] = []
    for key in sorted(holding)[:MOST_RUNBOOKS]:
        left = tuple(one for one in directory.runbooks if one.id != key)
        other = with_turns(turns, replace(directory, runbooks=left)).run(news, at)
        adds, takes = only_in(rehearsed.pages, other.pages), only_in(other.pages, rehearsed.pages)
        if adds or takes:
            found.append(RunbookChange(holding[key], tuple(adds), tuple(takes)))
    return found
