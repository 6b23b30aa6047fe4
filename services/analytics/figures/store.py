"""What is shown of incidents beside their figures, out of the copies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from services.analytics.figures.incident_text import IncidentText
from services.analytics.table.store.copies import INCIDENTS
from shared.mongo import find_by_ids
from shared.runtime import Runtime

_SHOWN = [f"data.{name}" for name in IncidentText.model_fields]


class IncidentTexts:
    """Titles and the like, by id."""

    def __init__(self, runtime: Runtime) -> None:
        self._incidents = runtime.database.collection(INCIDENTS)

    async def of(self, incident_ids: Sequence[str]) -> Mapping[str, IncidentText]:
        """Those that are known."""
        found = await find_by_ids(self._incidents, list(incident_ids), projection=_SHOWN)
        return {key: IncidentText.model_validate(document["data"]) for key, document in found.items()}
