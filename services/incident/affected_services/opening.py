"""What an incident is given when it opens, whoever opens it: the blast radius of the services that it is tied to.

It is tied to its service, and to those whose id or name is one of its affected components.
"""

from __future__ import annotations

from dataclasses import replace

from services.incident.incidents.edit import Edit
from services.incident.incidents.incident import Incident
from services.incident.service_map.blast_radius import radius_around
from services.incident.service_map.graph import ServiceMap

MOST_TIED = 20
"""The services that affected components tie an incident to."""


def with_blast_radius(edit: Edit, service_map: ServiceMap) -> Edit:
    """The edit that opens an incident, with its blast radius; any other edit as it is."""
    if edit.before is not None:
        return edit
    tied = services_tied_to(edit.after, service_map)
    own = edit.after.service_id if edit.after.service_id in tied else None
    radius = radius_around(tied, own, service_map)
    if not radius.upstream.ids and not radius.downstream.ids:
        return edit
    known = {"blast_radius": radius, "radius_size": radius.size()}
    return replace(edit, after=edit.after.changed(**known))


def services_tied_to(incident: Incident, service_map: ServiceMap) -> tuple[str, ...]:
    """The services that an incident is about, its own first."""
    words = [incident.service_id] if incident.service_id in service_map.nodes else []
    meant = [service_map.find_by_word(component) for component in incident.affected_components]
    tied = dict.fromkeys(one for one in (*words, *meant) if one is not None)
    return tuple(tied)[: MOST_TIED + 1]
