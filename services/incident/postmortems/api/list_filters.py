"""What the lists of post-mortems and of action items can be asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from services.incident.postmortems.postmortem import State
from shared.events.actions import ActionState
from shared.vocabulary import Priority
from shared.web.paging import MAX_LIMIT

Word = Annotated[str, Field(max_length=100)]


class _Asked(BaseModel):
    model_config = ConfigDict(extra="ignore")

    incident_id: Word | None = None
    service_id: Word | None = None
    team: Word | None = None
    drill: bool = False
    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT, description="How many items at most")] = 50
    cursor: Annotated[str | None, Field(max_length=1000, description="`next_cursor` of the page before")] = None

    def may_be_shown(self, teams: Sequence[str]) -> bool:
        """False when a key that is limited to `teams` asks for another team's."""
        return not teams or self.team is None or self.team in teams


class PostmortemList(_Asked):
    """The query of `GET /postmortems`."""

    state: State | None = None

    def to_filter(self) -> dict[str, str | None]:
        """The fields that a listed one must equal; None restricts nothing."""
        return {
            "incident_id": self.incident_id,
            "service_id": self.service_id,
            "team": self.team,
            "state": self.state.value if self.state is not None else None,
        }


class ActionList(_Asked):
    """The query of `GET /actions`."""

    state: ActionState | None = None
    assignee_id: Word | None = None
    postmortem_id: Word | None = None
    priority: Priority | None = None
    overdue: Annotated[bool, Field(description="Those whose day (UTC) is over, the longest overdue first")] = False

    def to_filter(self) -> dict[str, str | None]:
        """The fields that a listed one must equal; None restricts nothing."""
        return {
            "incident_id": self.incident_id,
            "postmortem_id": self.postmortem_id,
            "service_id": self.service_id,
            "team": self.team,
            "assignee_id": self.assignee_id,
            "state": self.state.value if self.state is not None else None,
            "priority": self.priority.value if self.priority is not None else None,
        }
