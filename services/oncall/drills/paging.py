"""What the engine is told of a drill's incidents: as of any other, but for those of a drill that was stopped, which
page nobody, and for drills that page people of their own.
"""

from __future__ import annotations

from services.oncall.directory.policy import Policy, Step, Target, TargetType
from services.oncall.drills.drill import Drill
from shared.events.incidents import IncidentFact
from shared.vocabulary import IncidentStatus

TIMEOUT_SECONDS = 300


def to_page(drill: Drill, fact: IncidentFact) -> IncidentFact:
    """The fact as the engine is to read it."""
    if drill.ends_incidents and fact.status.is_open:
        return fact.changed(status=IncidentStatus.RESOLVED)
    paged = drill.plan.paged
    if paged is None:
        return fact
    return fact.changed(escalation_policy_id=policy_id(drill), urgency=paged.urgency or fact.urgency)


def own_policy(drill: Drill) -> Policy | None:
    """The policy of a drill that pages people of its own; None: that of the service counts."""
    if drill.plan.paged is None:
        return None
    targets = tuple(Target(type=TargetType.USER, id=user) for user in drill.plan.paged.user_ids)
    return Policy(name=drill.plan.name, steps=(Step(targets=targets, timeout_seconds=TIMEOUT_SECONDS),))


def policy_id(drill: Drill) -> str:
    """What that policy is called; nobody can give a policy such an id."""
    return f"drill/{drill.id}"
