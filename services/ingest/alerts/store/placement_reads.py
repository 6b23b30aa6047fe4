"""Reads what decides where new occurrences belong: their groups' incidents, and what they may be effects of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from services.ingest.alerts.batch import NO_CAUSES, KeyDecision, Placement, groups_that_matter, place_all
from services.ingest.catalogue_copy.cache import CatalogueCache
from services.ingest.grouping.group import Group, GroupKey
from services.ingest.grouping.inhibition import Causes, upstream
from services.ingest.incident_copies.store import Incidents


class PlacementReads:
    """Asks the copies of incidents and of the catalogue; writes nothing."""

    def __init__(self, incidents: Incidents, directory: CatalogueCache) -> None:
        self._incidents = incidents
        self._directory = directory

    async def read_placement(
        self,
        decisions: Sequence[KeyDecision],
        keys: Mapping[str, GroupKey],
        groups: Mapping[str, Group],
        causes: Causes,
    ) -> Placement:
        """Where the new occurrences of these decisions belong; `groups` are those that were read of their `keys`."""
        incidents = await self._incidents.of_groups(groups_that_matter(decisions, keys, groups))
        reopened = await self._incidents.find_reopened([key.document for key in keys.values()], incidents)
        over = frozenset(group for group, incident in incidents.items() if incident.is_over)
        held = frozenset(incidents) - over
        return place_all(decisions, keys, groups, over, held=held, reopened=reopened, causes=causes)

    async def find_causes(self, services: frozenset[str]) -> Causes:
        """What new alerts of these services may be effects of."""
        needs = self._directory.directory.needs
        paths = {service: upstream(service, needs) for service in services if service in needs}
        wanted = {other for found in paths.values() for other in found}
        return Causes(paths, await self._incidents.causes(wanted)) if wanted else NO_CAUSES
