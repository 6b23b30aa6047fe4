"""Team scope where the service that is asked does not know whose a thing is: its owner is asked first, as the caller.

A service or incident that the owner does not show to the caller is not there for reading (404) and not theirs to change
(403).
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from services.gateway.proxy.upstream import Upstream
from services.gateway.requests.json_body import read_object
from services.gateway.requests.routes import READING, Service
from shared.callers.identity import HEADER
from shared.problem import forbidden, not_found, unavailable

SECONDS = 3.0


class Owners:
    """Asks the incident service, and on-call about people, with the caller's own token."""

    def __init__(self, upstreams: Mapping[Service, Upstream]) -> None:
        self._incident = upstreams[Service.INCIDENT]
        self._oncall = upstreams[Service.ONCALL]

    async def require_incident(self, id: str, token: bytes, method: str) -> None:
        """Raise a `Problem` unless the caller may see this incident: 404 when reading, else 403."""
        if await self.is_incident_seen(id, token):
            return
        if method in READING:
            raise not_found("incident", id)
        raise forbidden("This belongs to a team that the key is not for.")

    async def teams_of_person(self, user_id: str, token: bytes) -> frozenset[str]:
        """The teams that a person is in; none for who is not there. Raises a 503 `Problem` when that can't be told."""
        path = f"/users/{quote(user_id, safe='')}"
        status, answer = await self._oncall.get(path, SECONDS, [(HEADER.lower().encode(), token)])
        if status >= 500:
            raise unavailable("Whose this is can't be told just now; nothing was done.")
        teams = read_object(answer).get("teams") if status == 200 else None
        return frozenset(teams) if isinstance(teams, list) else frozenset()

    async def is_incident_seen(self, id: str, token: bytes) -> bool:
        """True when the caller may see this incident. Raises a 503 `Problem` when that can't be told."""
        return await self._is_shown(f"/incidents/{quote(id, safe='')}", token)

    async def is_service_seen(self, id: str, token: bytes) -> bool:
        """True when the caller may see this service. Raises a 503 `Problem` when that can't be told."""
        return await self._is_shown(f"/services/{quote(id, safe='')}", token)

    async def _is_shown(self, path: str, token: bytes) -> bool:
        status, _ = await self._incident.get(path, SECONDS, [(HEADER.lower().encode(), token)])
        if status >= 500:
            raise unavailable("Whose this is can't be told just now; nothing was done.")
        return status == 200
