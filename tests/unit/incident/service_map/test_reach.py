"""Walks of the map: which services are reached, by which path, and how badly they suffer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.incident.catalogue.service_definition import EdgeKind
from services.incident.service_map.graph import ServiceMap, Way
from services.incident.service_map.reach import Bounds, Reach, fewest_soft, reach, weaken
from shared.vocabulary import Severity
from tests.unit.incident.maps import ANY_EDGES, IDS, map_of, services_of

Directed = Mapping[tuple[str, str], bool]


def told(found: Reach) -> list[str]:
    """Each path as `a>b~c`, the last sign for its kind."""
    return ["".join(one.path) + (">" if one.kind is EdgeKind.HARD else "~") for one in found.iterate()]


@pytest.mark.parametrize(
    "edges, root, way, paths",
    [
        ((), "a", Way.UPSTREAM, []),
        (("a>b", "b>c"), "a", Way.UPSTREAM, ["ab>", "abc>"]),
        (("a>b", "b>c"), "c", Way.DOWNSTREAM, ["cb>", "cba>"]),
        (("a>b", "b>c"), "a", Way.DOWNSTREAM, []),
        (("a>b", "b~c", "c>d"), "a", Way.UPSTREAM, ["ab>", "abc~", "abcd~"]),
        # two paths of one length: the hard one counts, wherever it stands in the order of ids
        (("a~b", "b>d", "a>c", "c>d"), "a", Way.UPSTREAM, ["ac>", "ab~", "acd>"]),
        # the shorter path counts, also where a longer one is hard
        (("a~c", "a>b", "b>c"), "a", Way.UPSTREAM, ["ab>", "ac~"]),
        (("a>b", "b>a"), "a", Way.UPSTREAM, ["ab>"]),
        (("a>b", "b>c", "c>a"), "b", Way.DOWNSTREAM, ["ba>", "bac>"]),
    ],
    ids=["alone", "chain_up", "chain_down", "nothing_below", "soft_stays", "hard_of_two", "short", "pair", "circle"],
)
def test_the_paths_of_a_walk(edges: Sequence[str], root: str, way: Way, paths: Sequence[str]) -> None:
    service_map = map_of(*edges)
    assert told(reach(service_map, (root,), way, root, Bounds())) == paths


def test_a_walk_from_several_services_leaves_out_only_the_first_and_counts_from_the_nearest() -> None:
    service_map = map_of("web>api", "api>db", "jobs>db")
    found = reach(service_map, ("db", "api"), Way.DOWNSTREAM, "db", Bounds())
    assert {one.service_id: one.path for one in found.iterate()} == {
        "api": ("db", "api"),
        "jobs": ("db", "jobs"),
        "web": ("api", "web"),
    }


@pytest.mark.parametrize(
    "bounds, reached, complete",
    [
        (Bounds(), "bcd", True),
        (Bounds(depth=2), "bc", True),
        (Bounds(services=3), "bcd", True),
        (Bounds(services=2), "bc", False),
        (Bounds(path_ids=5), "bc", False),
        (Bounds(path_ids=0), "", False),
    ],
    ids=["none", "depth", "just_enough", "services", "path_ids", "nothing"],
)
def test_a_walk_stops_at_its_bounds_and_says_when_there_is_more(bounds: Bounds, reached: str, complete: bool) -> None:
    found = reach(map_of("a>b", "b>c", "c>d"), ("a",), Way.UPSTREAM, "a", bounds)
    assert ("".join(found.ids), found.complete) == (reached, complete)


@pytest.mark.parametrize(
    "severity, soft, left",
    [
        (Severity.CRITICAL, 0, Severity.CRITICAL),
        (Severity.CRITICAL, 1, Severity.HIGH),
        (Severity.HIGH, 2, Severity.LOW),
        (Severity.MEDIUM, 7, Severity.LOW),
    ],
    ids=str,
)
def test_each_soft_edge_takes_a_step_of_the_severity(severity: Severity, soft: int, left: Severity) -> None:
    assert weaken(severity, soft) is left


def test_a_severity_goes_the_way_on_which_it_loses_least() -> None:
    service_map = map_of("shop~db", "shop>api", "api>db")
    assert fewest_soft(service_map, "db", Way.DOWNSTREAM) == {"db": 0, "api": 0, "shop": 0}


@given(ANY_EDGES, st.sampled_from(IDS), st.sampled_from(Way))
def test_every_path_is_real_shortest_and_hard_when_one_that_short_can_be(
    edges: dict[tuple[str, str], bool], root: str, way: Way
) -> None:
    service_map = ServiceMap().with_changes(services_of(edges))
    directed = edges if way is Way.UPSTREAM else {(other, one): hard for (one, other), hard in edges.items()}
    expected = _by_every_walk(directed, root)
    found = list(reach(service_map, (root,), way, root, Bounds()).iterate())
    assert {one.service_id for one in found} == expected.keys() - {root}
    assert len(found) == len({one.service_id for one in found})
    assert [one.distance for one in found] == sorted(one.distance for one in found)
    for one in found:
        steps = list(zip(one.path, one.path[1:], strict=False))
        assert (one.path[0], one.path[-1], len(steps)) == (root, one.service_id, one.distance)
        assert set(steps) <= directed.keys()
        assert (one.kind is EdgeKind.HARD) == all(directed[step] for step in steps)
        distance, hard, soft = expected[one.service_id]
        assert (one.distance, one.kind is EdgeKind.HARD) == (distance, hard)
        assert fewest_soft(service_map, root, way)[one.service_id] == soft


@given(ANY_EDGES, st.lists(st.sampled_from(IDS), min_size=1, max_size=3, unique=True), st.sampled_from(Way))
def test_several_roots_reach_what_any_of_them_does_by_the_shortest_of_their_paths(
    edges: dict[tuple[str, str], bool], roots: list[str], way: Way
) -> None:
    service_map = ServiceMap().with_changes(services_of(edges))
    directed = edges if way is Way.UPSTREAM else {(other, one): hard for (one, other), hard in edges.items()}
    reached = [_by_every_walk(directed, root) for root in roots]
    shortest: dict[str, int] = {}
    for begun, walks in zip(roots, reached, strict=True):
        for key, (distance, _, _) in walks.items():
            if key not in (begun, roots[0]):
                shortest[key] = min(distance, shortest.get(key, distance))
    found = list(reach(service_map, roots, way, roots[0], Bounds()).iterate())
    distances = {one.service_id: one.distance for one in found}
    assert {key: steps for key, steps in distances.items() if key not in roots} == {
        key: steps for key, steps in shortest.items() if key not in roots
    }
    assert all(steps >= shortest[key] for key, steps in distances.items())
    assert all(one.path[0] in roots and one.path[0] != one.service_id for one in found)
    assert all(step in directed for one in found for step in zip(one.path, one.path[1:], strict=False))


def _by_every_walk(directed: Directed, root: str) -> dict[str, tuple[int, bool, int]]:
    """By relaxing every edge until nothing changes: (fewest steps, a hard path that short, fewest soft edges)."""
    walks: dict[str, set[tuple[int, int]]] = {root: {(0, 0)}}
    for _ in IDS:
        for (one, other), hard in directed.items():
            for steps, soft in walks.get(one, set()):
                if steps < len(IDS):
                    walks.setdefault(other, set()).add((steps + 1, soft + (not hard)))
    return {
        key: (
            min(steps for steps, _ in found),
            min((steps, soft) for steps, soft in found)[1] == 0,
            min(soft for _, soft in found),
        )
        for key, found in walks.items()
    }
