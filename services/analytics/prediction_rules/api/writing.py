"""How rules are written by people, and shown to them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from fastapi import Response

from services.analytics.prediction_rules.rule import Rule
from services.analytics.prediction_rules.rule_cache import RuleCache
from services.analytics.prediction_rules.selector import read_selector
from services.analytics.prediction_rules.store import MOST_RULES, Poll, Rules
from services.analytics.predictions.accuracy import LATEST, PERIOD, is_muted, sum_up
from services.analytics.predictions.store import PredictionStore
from shared.callers.identity import Identity
from shared.clocks.clock import Now
from shared.kept.editing import KeptId, Stamped, stamp, stamp_response
from shared.kept.entries import Entry
from shared.problem import Problem, invalid
from shared.team_scope import require_team

PATH = "/predictions/rules"
MOST_GRADES = 1000


class RuleRequest(Rule):
    """A new rule."""

    id: KeptId | None = None


class RuleView(Stamped, Rule):
    """A rule as people see it."""

    meets_pushed: bool
    """Its query is a plain selector: it meets series that are pushed without a limit."""
    polled_at: datetime | None = None
    series: int = 0
    """How many series the last poll gave."""
    problem: str = ""
    """Why the last poll gave nothing, or not all."""
    graded: int
    """Its predictions of the last 30 days that have a grade."""
    precision: float | None
    recall: float | None
    muted: bool
    """It was wrong too often of late: nobody is told of its predictions until they become right again."""


class RuleWriting:
    """Checks what comes in, and puts together what is shown."""

    def __init__(self, rules: Rules, cache: RuleCache, predictions: PredictionStore, clock: Now) -> None:
        self._rules = rules
        self._cache = cache
        self._predictions = predictions
        self._clock = clock

    async def check(self, caller: Identity, rule: Rule) -> Rule:
        """The rule as it may be kept: a key that is limited to one team makes rules of that team.

        Raises a `Problem`: 403 for another team's, 422 for a service that nobody knows or that is another team's.
        """
        if rule.team is None and len(caller.teams) == 1:
            rule = Rule.model_validate({**rule.model_dump(), "team": caller.teams[0]})
        require_team(caller, rule.team)
        service_id, team = await self._rules.service(rule.service)
        if rule.service and (service_id is None or (caller.teams and team not in caller.teams)):
            raise invalid("/service", "there is no service with this id or name")
        return rule

    async def create(self, caller: Identity, body: RuleRequest) -> Entry[Rule]:
        """Keep a new one. Raises a 409 `Problem` when there are too many, or the id is taken; see `check`."""
        rule = await self.check(caller, Rule.model_validate(body.model_dump(exclude={"id"})))
        if len(await self._rules.all()) >= MOST_RULES:
            raise Problem(409, "too_many_rules", f"There may be {MOST_RULES} rules.", limit=MOST_RULES)
        return await self._rules.entries.create(body.id, rule)

    async def show_written(self, response: Response, entry: Entry[Rule], *, at: str | None = None) -> RuleView:
        """What was written just now; this process knows of it at once."""
        await self._cache.refresh()
        stamp_response(response, entry, at=at)
        return (await self.show([entry]))[0]

    async def forget(self) -> None:
        """Have this process know at once that a rule is gone."""
        await self._cache.refresh()

    async def show(self, found: Sequence[Entry[Rule]]) -> list[RuleView]:
        """Rules with how they were polled, and how right they were."""
        polls = await self._rules.polls([(one.id, one.version) for one in found])
        since = self._clock.now() - PERIOD
        shown = []
        for one in found:
            grades = await self._predictions.newest_grades(one.id, since, MOST_GRADES)
            accuracy, poll = sum_up(grades), polls.get(one.id, Poll())
            shown.append(
                RuleView(
                    **stamp(one),
                    meets_pushed=read_selector(one.content.query) is not None,
                    polled_at=poll.at,
                    series=poll.series,
                    problem=poll.problem,
                    graded=len(grades),
                    precision=accuracy.precision,
                    recall=accuracy.recall,
                    muted=is_muted(grades[: 2 * LATEST]),
                )
            )
        return shown
