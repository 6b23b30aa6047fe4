"""What HTTP shows of the map is text that was written by hand: it must be what its models say."""

from __future__ import annotations

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from services.incident.catalogue.service_definition import EdgeKind
from services.incident.service_map.api.views import (
    DependenciesView,
    GraphView,
    ImpactView,
    ReachedView,
    dependencies_json,
    graph_json,
    impact_json,
)
from services.incident.service_map.graph import ServiceMap, Way
from services.incident.service_map.reach import Bounds, fewest_soft, reach, weaken
from services.incident.service_map.response_cache import MapResponseCache
from shared.vocabulary import Severity
from tests.unit.incident.maps import ANY_EDGES, IDS, map_of, service_of, services_of

ANY_MAP = ANY_EDGES.map(lambda edges: ServiceMap().with_changes(services_of(edges)))


@given(ANY_MAP, st.sampled_from(IDS), st.none() | st.integers(1, 3))
def test_dependencies_are_the_walk_upstream(service_map: ServiceMap, root: str, depth: int | None) -> None:
    view = DependenciesView.model_validate_json(dependencies_json(service_map, root, depth))
    found = reach(service_map, (root,), Way.UPSTREAM, root, Bounds(depth=depth))
    assert view.items == [ReachedView.of(one) for one in found.iterate()]
    assert (view.service_id, view.total, view.complete) == (root, len(found.ids), True)


@given(ANY_MAP, st.sampled_from(IDS), st.sampled_from(Severity))
def test_impact_is_the_walk_downstream_with_what_is_left_of_the_severity(
    service_map: ServiceMap, root: str, severity: Severity
) -> None:
    view = ImpactView.model_validate_json(impact_json(service_map, root, None, severity))
    found = reach(service_map, (root,), Way.DOWNSTREAM, root, Bounds())
    soft = fewest_soft(service_map, root, Way.DOWNSTREAM)
    assert [one.path for one in view.items] == [list(one.path) for one in found.iterate()]
    assert [one.severity for one in view.items] == [weaken(severity, soft[key]) for key in found.ids]
    assert (view.severity, view.total) == (severity, len(found.ids))


@given(ANY_MAP)
def test_the_graph_has_every_service_and_edge(service_map: ServiceMap) -> None:
    view = GraphView.model_validate_json(graph_json(service_map, {"a": Severity.HIGH}, ()))
    assert [(one.id, one.severity) for one in view.nodes] == [
        (key, Severity.HIGH if key == "a" else None) for key in sorted(service_map.nodes)
    ]
    assert [(one.from_, one.to, one.kind is EdgeKind.HARD) for one in view.edges] == list(service_map.edges())


def test_words_of_people_are_written_as_they_are() -> None:
    service_map = ServiceMap().with_changes([service_of("web", name='the "front" \\ door', team="ß"), service_of("db")])
    view = GraphView.model_validate_json(graph_json(service_map, {}, ()))
    assert [(one.name, one.team) for one in view.nodes] == [("Db", None), ('the "front" \\ door', "ß")]


def test_an_answer_is_made_once_for_a_map_and_anew_for_another() -> None:
    made: list[str] = []

    async def ask() -> list[bytes]:
        answers = MapResponseCache(most_bytes=10)
        maps = map_of("web>api"), map_of("web>api")

        async def answer(which: int, asked: str, size: int) -> bytes:
            async def make() -> bytes:
                made.append(f"{which}{asked}")
                await asyncio.sleep(0)
                return asked.encode() * size

            return (await answers.answer(maps[which], asked, make)).body

        both = await asyncio.gather(answer(0, "a", 4), answer(0, "a", 4))
        await answer(0, "b", 4)
        await answer(0, "c", 4)  # the third of four bytes each is one too many
        await answer(0, "b", 4)
        await answer(0, "a", 4)
        return [*both, await answer(1, "a", 4)]

    assert asyncio.run(ask()) == [b"aaaa"] * 3
    assert made == ["0a", "0b", "0c", "0a", "1a"]
