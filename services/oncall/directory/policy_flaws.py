"""What can be written down and still makes no sense: policies that would page in a loop."""

from __future__ import annotations

from collections.abc import Sequence

from services.oncall.directory.policy import Policy
from services.oncall.schedules.flaws import Flaw


def policy_faults(policy: Policy) -> Sequence[Flaw]:
    """What makes no sense about a policy."""
    if policy.repeat and policy.steps and not any(step.timeout_seconds for step in policy.steps):
        return [("/repeat", "a loop: no step has a timeout, so all rounds would page at once")]
    return []
