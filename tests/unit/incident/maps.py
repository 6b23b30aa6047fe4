"""Maps for tests: from edges in one word (`web>api`, soft: `web~api`), and any map at all, for properties."""

from __future__ import annotations

import re

from hypothesis import strategies as st

from services.incident.catalogue.service_definition import Service
from services.incident.service_map.graph import ServiceMap
from shared.events.incidents import Dependency
from tests.unit.incident.builders import make_service


def service_of(id: str, *needs: str, **more: object) -> Service:
    """A service; `needs` are ids, `~id` for a soft edge."""
    edges = [Dependency(service_id=one.lstrip("~"), hard=not one.startswith("~")) for one in needs]
    return make_service(id, depends_on=edges, **more)


def map_of(*edges: str) -> ServiceMap:
    """The map with these edges and the services at their ends."""
    needs: dict[str, list[str]] = {}
    for edge in edges:
        match = re.fullmatch(r"([^>~]+)([>~])([^>~]+)", edge)
        assert match, edge
        one, sign, other = match.groups()
        needs.setdefault(one, []).append(other if sign == ">" else f"~{other}")
        needs.setdefault(other, [])
    return ServiceMap().with_changes(service_of(one, *of) for one, of in needs.items())


IDS = "abcdefgh"
ANY_EDGES = st.dictionaries(
    st.tuples(st.sampled_from(IDS), st.sampled_from(IDS)).filter(lambda pair: pair[0] != pair[1]), st.booleans()
)
"""(who needs, what is needed) → hard, circles and islands too."""


def services_of(edges: dict[tuple[str, str], bool]) -> list[Service]:
    """Every service of `IDS`, with these edges."""
    return [
        service_of(own, *(other if hard else f"~{other}" for (one, other), hard in edges.items() if one == own))
        for own in IDS
    ]
