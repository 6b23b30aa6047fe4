"""Whether the first step of a generation waits for runbooks that start by themselves, and until when. Pure.

It waits where an incident opens, or where an alert joins for which people are paged again, and a runbook that holds
pages up starts for that: by the rule by which automation starts it (`shared.triggers.matching`). Each runbook starts
once for an incident, so a step waits for it once. In a drill whose runbooks are but shown nothing waits for them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from services.oncall.escalation.escalation import Hold, HoldingRunbook
from shared.events.automation import RunbookFact
from shared.events.incidents import IncidentFact
from shared.events.oncall import runs_runbooks
from shared.triggers.matching import find_start, paging_alerts
from shared.vocabulary import PageReason

STARTING = (PageReason.ESCALATION, PageReason.NEW_ALERT)
"""Why a generation begins for which runbooks start: an alert, or a person who opened the incident."""
LONGEST = 600
"""Seconds that a runbook may hold pages up; whatever is told, no page waits for longer."""


def find_hold(
    fact: IncidentFact, runbooks: Sequence[RunbookFact], held_for: Sequence[str], now: datetime
) -> Hold | None:
    """The hold of a generation that would begin at `now`; None where it begins at once.

    `held_for` are the ids of the runbooks that a step of this incident waited for before.
    """
    found = [one for one in find_starting(fact, runbooks) if one.seconds > 0 and one.id not in held_for]
    if not found:
        return None
    longest_first = tuple(sorted(found, key=lambda one: (-one.seconds, one.id)))
    return Hold(runbooks=longest_first, since=now, until=now + timedelta(seconds=longest_first[0].seconds))


def find_starting(fact: IncidentFact, runbooks: Sequence[RunbookFact]) -> list[HoldingRunbook]:
    """The runbooks that start for this generation, unless they did before, also those for which nothing waits."""
    if fact.drill_id is not None and not runs_runbooks(fact.drill_id):
        return []
    if fact.paging.reason not in STARTING or fact.paging.moved_on_from is not None:
        return []
    alerts = paging_alerts(fact)
    found: list[HoldingRunbook] = []
    for runbook in runbooks:
        match = find_start(runbook.team, runbook.triggers, fact, alerts)
        if match is not None:
            criteria = tuple(f"{name}={value}" for name, value in match.criteria)
            seconds = min(max(runbook.hold_pages_seconds, 0), LONGEST)
            found.append(HoldingRunbook(id=runbook.id, name=runbook.name, seconds=seconds, criteria=criteria))
    return found
