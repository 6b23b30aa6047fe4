"""A runbook made of what fixed a pattern, as YAML: a draft without triggers, which nobody runs as it stands. Pure.

Automation takes the very text: its limits on names are kept here, whatever people and monitoring tools wrote.
"""

from __future__ import annotations

from services.analytics.patterns.pattern import Pattern
from shared.text.yaml_writer import write_yaml

LONGEST_NAME = 200
"""Characters of a runbook's or a step's name."""
LONGEST_DESCRIPTION = 2_000
_NOTHING_KNOWN = "Write down here what ended it"


def draft_runbook(pattern: Pattern) -> str:
    """The draft, for `PUT /runbooks/{id}.yaml` after somebody has read it. The same for the same pattern.

    It belongs to the team whose incidents these all were, if there is one.
    """
    fixes = [text for one in pattern.fixes if (text := _on_one_line(one.text))] or [_NOTHING_KNOWN]
    causes = "; ".join(_on_one_line(one.text) for one in pattern.causes)
    description = f"Draft from {len(pattern.incidents)} incidents." + (f" Causes: {causes}" if causes else "")
    teams = {one.team for one in pattern.incidents}
    draft = {
        "name": _name(pattern.name),
        "description": description[:LONGEST_DESCRIPTION],
        "team": teams.pop() if len(teams) == 1 else None,
        "steps": [_step(text) for text in fixes],
        "parameters": [],
        "triggers": [],
    }
    return write_yaml({key: value for key, value in draft.items() if value is not None})


def _step(text: str) -> dict[str, object]:
    """Something that a person does, for only people can tell what these words come to."""
    step: dict[str, object] = {"type": "manual", "name": _name(text), "timeout_seconds": 1800}
    return step if step["name"] == text else {**step, "description": text}


def _name(text: str) -> str:
    return _on_one_line(text)[:LONGEST_NAME].strip() or _NOTHING_KNOWN


def _on_one_line(text: str) -> str:
    """The text with single spaces, and without what is no letter on any screen."""
    return " ".join("".join(one if one.isprintable() or one in _JOINERS else " " for one in text).split())


_JOINERS = "\u200c\u200d"
"""Persian words are written with them; `isprintable` says no."""
