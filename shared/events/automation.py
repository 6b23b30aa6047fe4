"""What automation tells: runbooks, and their executions. People are named by their ids only; no output is in it."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from shared.events.envelope import Fact
from shared.text.patterns import LONGEST_PATTERN, require_pattern
from shared.vocabulary import Category, Severity


def _optional_pattern(text: str | None) -> str | None:
    return text if text is None else require_pattern(text)


Word = Annotated[str, Field(min_length=1, max_length=1000)]


class Trigger(Fact):
    """When a runbook starts by itself: all of what is given must hold of one incident, or of one of its alerts.

    `shared.triggers.matching` says what is held against it.
    """

    service_id: Annotated[str | None, Field(max_length=128)] = None
    category: Category | None = None
    severity: Severity | None = None
    labels: Annotated[dict[Word, Annotated[str, Field(max_length=1000)]], Field(max_length=20)] = {}
    """Each of them must be a label of one alert, with this value."""
    title_regex: Annotated[str | None, Field(max_length=LONGEST_PATTERN), AfterValidator(_optional_pattern)] = None
    """In the syntax of RE2; it is looked for in the first 1 000 characters."""


class RunbookFact(Fact):
    """A runbook, as far as others need to know it: what starts it, and what that holds up."""

    id: str
    name: str
    team: str | None = None
    """A runbook of a team starts by itself for that team's incidents only; of nobody for all."""
    triggers: list[Trigger] = []
    quiet_seconds: int = 0
    """After it began by itself for a service it does not for so long."""
    hold_pages_seconds: int = 0
    """So much later than else the first step of an incident's escalation begins, where a trigger matches."""
    deleted: bool = False
