"""An incident as figures know it, and which ones count. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from incident_manager.terminal.cells import moment_of

GRAVE = frozenset({"critical", "high"})
FAILING = frozenset({"failure", "error", "security", "performance"})
OPEN = frozenset({"triggered", "acknowledged", "investigating", "identified", "monitoring"})
_CHANGING = re.compile(r"0x[0-9a-f]+|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\b(?=[a-f]*\d)[0-9a-f]{7,}\b|\d+")


@dataclass(frozen=True, slots=True)
class IncidentFact:
    """What figures need of an incident."""

    id: str
    title: str
    category: str
    is_open: bool
    is_failure: bool
    components: tuple[str, ...]
    created_at: datetime
    acknowledged_at: datetime | None
    resolved_at: datetime | None
    root_cause: str = ""
    actions_taken: tuple[str, ...] = ()
    preventive_measures: tuple[str, ...] = ()

    @property
    def pattern(self) -> tuple[str, str]:
        """What makes it the same as another: the category, and the title without what changes by itself."""
        plain = unicodedata.normalize("NFKC", self.title).casefold()
        return self.category, " ".join(_CHANGING.sub("#", plain).split())


def fact_of(incident: Mapping[str, Any]) -> IncidentFact | None:
    """An incident of the contract; None for one that counts in no figure: a drill, or one merged into another."""
    created = moment_of(incident.get("created_at"))
    if created is None or incident.get("drill") or incident.get("merged_into"):
        return None
    service_id, service_name = incident.get("service_id"), incident.get("service_name")
    named = [str(one) for one in incident.get("affected_components") or []]
    others = [one for one in named if one not in (service_id, service_name)]
    return IncidentFact(
        id=str(incident.get("id")),
        title=str(incident.get("title") or ""),
        category=str(incident.get("category") or "failure"),
        is_open=incident.get("status") in OPEN,
        is_failure=incident.get("severity") in GRAVE and incident.get("category") in FAILING,
        components=tuple(dict.fromkeys([*([str(service_id)] if service_id else []), *others])),
        created_at=created,
        acknowledged_at=moment_of(incident.get("acknowledged_at")),
        resolved_at=moment_of(incident.get("resolved_at")),
        root_cause=str(incident.get("root_cause") or ""),
        actions_taken=tuple(incident.get("actions_taken") or ()),
        preventive_measures=tuple(incident.get("preventive_measures") or ()),
    )
