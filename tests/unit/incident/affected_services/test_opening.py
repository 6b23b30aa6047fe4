"""What an incident is tied to when it opens, and the blast radius that this gives it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from services.incident.affected_services.opening import with_blast_radius
from services.incident.incidents.edit import Edit
from services.incident.service_map.blast_radius import BOUNDS
from services.incident.service_map.graph import ServiceMap
from tests.unit.incident.builders import NOW, make_incident
from tests.unit.incident.maps import map_of, service_of

MAP = map_of("web>api", "api>db", "jobs>db")


@pytest.mark.parametrize(
    "service, components, upstream, downstream",
    [
        ("api", (), ["db"], ["web"]),
        (None, ("Db",), [], ["api", "jobs", "web"]),
        ("api", ("jobs", "JOBS", "stranger"), ["db"], ["web"]),
        ("db", ("web",), ["api"], ["api", "jobs", "web"]),
        ("gone", (), None, None),
        (None, ("stranger",), None, None),
    ],
    ids=["service", "component_by_name", "both", "component_among_them", "deleted_service", "nothing_known"],
)
def test_the_blast_radius_of_what_an_incident_is_tied_to(
    service: str | None, components: Sequence[str], upstream: list[str] | None, downstream: list[str] | None
) -> None:
    opened = make_incident(service_id=service, affected_components=list(components))
    radius = with_blast_radius(Edit(None, opened, NOW), MAP).after.blast_radius
    assert (list(radius.upstream.ids) if radius else None) == upstream
    assert (list(radius.downstream.ids) if radius else None) == downstream


def test_an_incident_that_is_there_keeps_what_it_has() -> None:
    incident = make_incident(service_id="api")
    edit = Edit(incident, incident.model_copy(update={"title": "other"}), NOW)
    assert with_blast_radius(edit, MAP) is edit


def test_what_everything_depends_on_keeps_the_nearest_and_says_that_there_are_more() -> None:
    many = [service_of(f"s{n}", "db") for n in range(BOUNDS.services + 5)]
    service_map = ServiceMap().with_changes([service_of("db"), *many])
    after = with_blast_radius(Edit(None, make_incident(service_id="db"), NOW), service_map).after
    assert after.radius_size is not None
    assert (after.radius_size.downstream, after.radius_size.complete) == (BOUNDS.services, False)
    assert "blast_radius" not in after.model_dump()
