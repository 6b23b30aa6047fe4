"""`IncidentManager`: what programs do with incidents, by the names of the Elders Guild's document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Any, Self

from incident_manager.client.errors import BadAnswer
from incident_manager.client.gateway import Gateway, segment
from incident_manager.profiles.settings import Settings, check_key, check_url, read_settings

Incident = dict[str, Any]


class IncidentManager:
    """Incidents of one gateway. Without arguments it is that of `TOCSIN_URL` and `TOCSIN_API_KEY`.

    Every method raises a `TocsinError` when it was not carried out. Threads may share one.
    """

    def __init__(self, url: str | None = None, api_key: str | None = None, *, profile: str | None = None) -> None:
        if url is not None and api_key is not None:
            settings = Settings(check_url(url), check_key(api_key))
        else:
            found = read_settings(profile)
            settings = Settings(check_url(url or found.url), check_key(api_key or found.api_key))
        self.gateway = Gateway(settings)

    @classmethod
    def on(cls, gateway: Gateway) -> Self:
        """One that uses this connection."""
        made = cls.__new__(cls)
        made.gateway = gateway
        return made

    def create_incident(  # noqa: PLR0917 - their order is that of the document
        self,
        category: str | None = None,
        priority: str | None = None,
        title: str = "",
        description: str = "",
        affected_components: Sequence[str] = (),
        impact: str = "",
        **more: Any,
    ) -> str:
        """Begin an incident and give its id. `more`: `severity`, `service_id`."""
        body = {
            "category": category,
            "priority": priority,
            "title": title,
            "description": description,
            "affected_components": list(affected_components),
            "impact": impact,
        }
        return str(self.create(body | more)["id"])

    def create(self, body: dict[str, Any], *, key: str | None = None) -> Incident:
        """Begin an incident and give all of it; made once for each `key`."""
        given = {name: value for name, value in body.items() if value is not None}
        return _incident(self.gateway.post("/incidents", given, key=key))

    def resolve_incident(
        self,
        incident_id: str,
        actions_taken: Sequence[str] | None = None,
        root_cause: str | None = None,
        preventive_measures: Sequence[str] | None = None,
    ) -> Incident:
        """It is over, and why; what is not given stays as it was."""
        body: dict[str, Any] = {}
        if actions_taken is not None:
            body["actions_taken"] = list(actions_taken)
        if root_cause is not None:
            body["root_cause"] = root_cause
        if preventive_measures is not None:
            body["preventive_measures"] = list(preventive_measures)
        return _incident(self.gateway.post(f"/incidents/{segment(incident_id)}/resolve", body))

    def update_incident(
        self,
        incident_id: str,
        *,
        status: str | None = None,
        severity: str | None = None,
        priority: str | None = None,
        note: str | None = None,
    ) -> Incident:
        """Change its status or rating; `in_progress` is taken as investigating."""
        said = {"status": status, "severity": severity, "priority": priority, "note": note}
        body = {name: value for name, value in said.items() if value is not None}
        return _incident(self.gateway.write("PUT", f"/incidents/{segment(incident_id)}/status", body))

    def acknowledge(self, incident_id: str) -> Incident:
        """Somebody takes it: paging stops."""
        return _incident(self.gateway.post(f"/incidents/{segment(incident_id)}/ack"))

    def get_incident(self, incident_id: str) -> Incident:
        """All that is known of it."""
        return _incident(self.gateway.get(f"/incidents/{segment(incident_id)}"))

    def list_incidents(self, **filters: Any) -> Iterator[Incident]:
        """Incidents, the newest first; filters as `GET /incidents` has them, `from_` for `from`."""
        query = {name.rstrip("_"): value for name, value in filters.items()}
        return self.gateway.pages("/incidents", **query)

    def timeline(self, incident_id: str) -> Iterator[dict[str, Any]]:
        """What happened, the oldest first."""
        return self.gateway.pages(f"/incidents/{segment(incident_id)}/timeline")

    def add_note(self, incident_id: str, text: str, kind: str = "note") -> dict[str, Any]:
        """Write a line on the timeline."""
        return _incident(self.gateway.post(f"/incidents/{segment(incident_id)}/timeline", {"text": text, "kind": kind}))

    def close(self) -> None:
        """End the connection."""
        self.gateway.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _incident(value: Any) -> Incident:
    if not isinstance(value, dict) or "id" not in value:
        raise BadAnswer("The gateway answered something else than was asked for.")
    return value
