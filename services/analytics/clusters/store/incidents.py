"""The copies of incidents and of their action items, as each process follows them for its clusters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.analytics.clusters.clustered_incident import LONGEST_TEXT, MOST_FIXES, ClusteredIncident
from services.analytics.clusters.masking import MAX_TITLE
from shared.copies.following import Following
from shared.copies.replica import WRITTEN_AT
from shared.events.actions import ActionFact
from shared.mongo import Document
from shared.runtime import Runtime

INCIDENTS, ACTIONS = "incidents", "actions"
"""Written by the service's own handlers."""
_FIELDS = (
    "id", "title", "created_at", "service_id", "service_name", "team", "severity", "category", "drill_id",
    "merged_into", "resolved_at", "affected_components", "root_cause", "actions_taken", "preventive_measures",
)  # fmt: skip


class IncidentCopies:
    """What is followed of the copies."""

    def __init__(self, runtime: Runtime) -> None:
        self._database = runtime.database
        self._clock = runtime.clock
        runtime.indexes({name: [WRITTEN_AT] for name in (INCIDENTS, ACTIONS)})

    def follow(self) -> tuple[Following, Following]:
        """The incidents and the action items, each from its beginning."""
        incidents, actions = (self._database.collection(name) for name in (INCIDENTS, ACTIONS))
        of_incident = {f"data.{field}": True for field in _FIELDS}
        return Following(incidents, self._clock, wanted=of_incident), Following(actions, self._clock)


def read_incident(document: Document) -> ClusteredIncident:
    """A copy of an incident as clusters know it."""
    data: Mapping[str, Any] = document["data"]
    return ClusteredIncident.model_validate(
        {field: data.get(field) for field in _FIELDS}
        | {
            "title": data["title"][:MAX_TITLE],
            "counts": data.get("drill_id") is None and data.get("merged_into") is None,
            "components": _cut(data.get("affected_components", ())),
            "cause": data.get("root_cause", "")[:LONGEST_TEXT].strip(),
            "fixes": _cut(data.get("actions_taken", ())),
            "preventive": _cut(data.get("preventive_measures", ())),
        }
    )


def read_action(document: Document) -> ActionFact:
    """A copy of an action item."""
    return ActionFact.model_validate(document["data"])


def _cut(texts: list[str]) -> list[str]:
    return [text[:LONGEST_TEXT].strip() for text in texts[:MOST_FIXES] if text.strip()]
