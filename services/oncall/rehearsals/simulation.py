"""The engine run ahead: news of incidents at one instant, then each tick at the time at which it falls due.

What is decided is decided by the engine's own functions (`apply_incident`, `tick`), on the plans as they are now. Every
page is taken to be handed over, and nobody answers. Whose turn a round-robin step has goes on from the counters as they
are; the incidents of one rehearsal take their turns as the clock would have them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from services.oncall.directory.policy import Snapshot, choose, default_of
from services.oncall.directory.snapshot import Directory
from services.oncall.escalation.escalation import Attempt, Decision, Escalation, JournalEntry
from services.oncall.escalation.incident_news import apply_incident
from services.oncall.escalation.tick import tick
from shared.events.incidents import IncidentFact

MOST_PAGES = 2000
"""Pages of one rehearsal; what would come after them is not looked at."""
MOST_TICKS = 20_000
"""Decisions of one rehearsal: steps of no length and nobody can follow each other for long."""


@dataclass(frozen=True, slots=True)
class News:
    """What is told of an incident at the instant that is rehearsed, and its escalation as it is now, if it has one."""

    fact: IncidentFact
    sequence: int
    known: Escalation | None = None


@dataclass(frozen=True, slots=True)
class RehearsedPage:
    """A page that would be asked for, and the entry of the step that it belongs to, where there is one."""

    incident: int
    """The place of its incident among the news."""
    attempt: Attempt
    step: JournalEntry | None


@dataclass(slots=True)
class Course:
    """How one escalation goes, from the instant on."""

    escalation: Escalation | None
    entries: list[JournalEntry] = field(default_factory=list)
    """All that the engine would note, in order."""

    def take(self, decision: Decision) -> None:
        """Go on from this decision."""
        known = self.escalation.log if self.escalation is not None else ()
        self.entries += _entries_after(known, decision.escalation.log)
        self.escalation = decision.escalation

    def step_of(self, attempt: Attempt) -> JournalEntry | None:
        """The step that began with this page, or before it with a rule that had it wait."""
        return next(
            (
                one
                for one in reversed(self.entries)
                if one.via and attempt.user_id in one.users and (one.step, one.round) == (attempt.step, attempt.round)
            ),
            None,
        )


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What would be: pages in the order of time, and the course of each incident, in the order of the news."""

    pages: Sequence[RehearsedPage]
    courses: Sequence[Course]
    is_whole: bool
    """False when it was cut off after `MOST_PAGES` or `MOST_TICKS`."""


@dataclass
class Simulation:
    """One run; `turns` says how often each round-robin step has begun so far."""

    directory: Directory
    turns: dict[str, int]
    _ticks: int = 0

    def run(self, news: Sequence[News], at: datetime) -> Rehearsed:
        """Tell the news at `at`, one after the other, and let the clock run to the end."""
        courses = [Course(one.known) for one in news]
        for _ in self._run_on(courses, at):
            pass  # what is asked for before is no part of it
        for course in courses:
            course.entries.clear()
        pages: list[RehearsedPage] = []
        for place, (course, one) in enumerate(zip(courses, news, strict=True)):
            decision = self._decide(_applying(course.escalation, one, at))
            if decision is not None:
                course.take(decision)
                pages += _pages_of(place, course, decision)
        for place, decision in self._run_on(courses, None):
            pages += _pages_of(place, courses[place], decision)
            if len(pages) >= MOST_PAGES:
                break
        is_whole = len(pages) < MOST_PAGES and self._ticks < MOST_TICKS
        return Rehearsed(pages[:MOST_PAGES], courses, is_whole)

    def _run_on(self, courses: Sequence[Course], until: datetime | None) -> Iterator[tuple[int, Decision]]:
        """Every decision of the clock before `until` (None: ever), in the order of time; taken before it is told."""
        while self._ticks < MOST_TICKS:
            due = [
                (one.escalation.due_at, place)
                for place, one in enumerate(courses)
                if one.escalation is not None and one.escalation.due_at is not None
            ]
            at, place = min(due, default=(None, 0))
            if at is None or (until is not None and at >= until):
                return
            self._ticks += 1
            decision = self._decide(_ticking(courses[place].escalation, at))
            if decision is not None:
                courses[place].take(decision)
                yield place, decision

    def _decide(self, decide: Callable[[Directory], Decision | None]) -> Decision | None:
        """Decide as the engine does: once, and once more with a turn where a round-robin step began."""
        decision = decide(self.directory)
        if decision is None or decision.turn is None:
            return decision
        turn = self.turns.get(decision.turn, 0)
        self.turns[decision.turn] = turn + 1
        return decide(replace(self.directory, turns={decision.turn: turn}))


def policies_in_play(news: Sequence[News], directory: Directory) -> list[Snapshot]:
    """The policies that may have a part in it: what escalations have copied, what is chosen now, the default."""
    known = [one.known for one in news if one.known is not None]
    copied = [policy for one in known for policy in (one.policy, one.own_policy) if policy is not None]
    chosen = (
        choose(one.fact.escalation_policy_id, one.fact.service_id, directory.default_policy, directory.policies)[0]
        for one in news
    )
    found = [*copied, *chosen, default_of(directory.default_policy, directory.policies)]
    return [policy for policy in found if policy is not None]


def turns_in_play(news: Sequence[News], directory: Directory) -> set[str]:
    """What the turns of their round-robin steps are counted by."""
    policies = policies_in_play(news, directory)
    turns = {policy.turn_of(number) for policy in policies for number in range(1, len(policy.steps) + 1)}
    return {one for one in turns if one is not None}


def with_turns(turns: Mapping[str, int], directory: Directory) -> Simulation:
    """A run of its own, which leaves the counters as they are."""
    return Simulation(directory, dict(turns))


def _applying(known: Escalation | None, news: News, at: datetime) -> Callable[[Directory], Decision | None]:
    return lambda directory: apply_incident(known, news.fact, news.sequence, directory, at)


def _ticking(escalation: Escalation | None, at: datetime) -> Callable[[Directory], Decision | None]:
    return lambda directory: tick(escalation, directory, at) if escalation is not None else None


def _entries_after(known: Sequence[JournalEntry], log: Sequence[JournalEntry]) -> Sequence[JournalEntry]:
    """What was noted since: the log keeps its newest entries only, each the object that it was."""
    last = known[-1] if known else None
    for place in range(len(log) - 1, -1, -1):
        if log[place] is last:
            return log[place + 1 :]
    return log


def _pages_of(place: int, course: Course, decision: Decision) -> Iterator[RehearsedPage]:
    asked = {page.page_id for page in decision.pages}
    for attempt in decision.escalation.attempts[-len(asked) or None :] if asked else ():
        if attempt.page_id in asked:
            yield RehearsedPage(place, attempt, course.step_of(attempt))
