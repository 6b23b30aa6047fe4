"""A runbook made of what fixed a pattern, as YAML: a draft without triggers, which nobody runs as it stands. Pure."""

from __future__ import annotations

import yaml

from services.analytics.patterns.pattern import Pattern

LONGEST_STEP = 200
_NOTHING_KNOWN = "Write down here what ended it"


def draft_runbook(pattern: Pattern) -> str:
    """The draft, for `PUT /runbooks/{id}.yaml` after somebody has read it. The same for the same pattern."""
    fixes = [one.text for one in pattern.fixes] or [_NOTHING_KNOWN]
    causes = "; ".join(one.text for one in pattern.causes)
    document = {
        "name": pattern.name,
        "description": f"Draft from {len(pattern.incidents)} incidents." + (f" Causes: {causes}" if causes else ""),
        "steps": [
            {"type": "manual", "name": " ".join(text.split())[:LONGEST_STEP], "timeout_seconds": 1800} for text in fixes
        ],
        "parameters": [],
        "triggers": [],
    }
    text: str = yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=120)
    return text
