"""A runbook made of what fixed a pattern, as YAML: a draft without triggers, which nobody runs as it stands. Pure."""

from __future__ import annotations

from services.analytics.patterns.pattern import Pattern
from shared.text.yaml_writer import write_yaml

LONGEST_STEP = 200
_NOTHING_KNOWN = "Write down here what ended it"


def draft_runbook(pattern: Pattern) -> str:
    """The draft, for `PUT /runbooks/{id}.yaml` after somebody has read it. The same for the same pattern."""
    fixes = [one.text for one in pattern.fixes] or [_NOTHING_KNOWN]
    causes = "; ".join(one.text for one in pattern.causes)
    names = [" ".join(text.split())[:LONGEST_STEP] for text in fixes]
    steps = [{"type": "manual", "name": name, "timeout_seconds": 1800} for name in names]
    description = f"Draft from {len(pattern.incidents)} incidents." + (f" Causes: {causes}" if causes else "")
    draft = {"name": pattern.name, "description": description, "steps": steps, "parameters": [], "triggers": []}
    return write_yaml(draft)
