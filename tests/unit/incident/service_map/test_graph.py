"""The map as services change, what may be said of dependencies, and the mark by which replicas follow."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.incident.catalogue.change_mark import MOST_IDS, ChangeMark, move_of
from services.incident.catalogue.service_definition import Service
from services.incident.service_map.edges import MAX_DEPENDENCIES, DependenciesIn, add_edges, edges_of, remove_edge
from services.incident.service_map.graph import ServiceFilter, ServiceMap
from shared.problem import Problem
from tests.unit.incident.builders import NOW, after
from tests.unit.incident.maps import ANY_EDGES, IDS, map_of, service_of, services_of

Edges = dict[tuple[str, str], bool]


@given(st.lists(st.tuples(ANY_EDGES, st.sets(st.sampled_from(IDS))), min_size=1, max_size=4))
def test_a_map_that_followed_every_change_is_the_map_of_what_there_is_now(
    changes: list[tuple[Edges, set[str]]],
) -> None:
    followed = ServiceMap()
    now: dict[str, Service] = {}
    for edges, gone in changes:
        changed = [one.model_copy(update={"deleted": one.id in gone}) for one in services_of(edges)]
        followed = followed.with_changes(changed)
        now |= {one.id: one for one in changed}
    read = ServiceMap().with_changes(now.values())
    assert followed.nodes == read.nodes
    assert list(followed.edges()) == list(read.edges())
    assert {key: value for key, value in followed.named.items() if value} == read.named


def test_a_deleted_service_vanishes_and_is_needed_again_when_it_comes_back() -> None:
    whole = map_of("web>api", "api>db")
    without = whole.with_changes([service_of("api", deleted=True)])
    assert list(without.edges()) == []
    assert list(without.with_changes([service_of("api")]).edges()) == [("web", "api", True)]


@pytest.mark.parametrize(
    "word, meant",
    [("pay", "pay"), ("PAYMENTS", "pay"), ("Wallet", "a-wallet"), ("nothing", None)],
    ids=["id", "name", "first_of_two", "nobody"],
)
def test_a_word_means_the_service_with_that_id_else_with_that_name(word: str, meant: str | None) -> None:
    service_map = ServiceMap().with_changes(
        [
            service_of("pay", name="Payments"),
            service_of("b-wallet", name="wallet"),
            service_of("a-wallet", name="Wallet"),
        ]
    )
    assert service_map.find_by_word(word) == meant


LISTED = ServiceMap().with_changes(
    [
        service_of("api", name="Front door", team="web", tier=1, tags=["pci"]),
        service_of("db", name="Store", team="data", tier=1),
        service_of("jobs", name="Night work", team="web", tier=3),
    ]
)


@pytest.mark.parametrize(
    "wanted, ids",
    [
        (ServiceFilter(), ["api", "db", "jobs"]),
        (ServiceFilter(teams=("web",)), ["api", "jobs"]),
        (ServiceFilter(teams=("web",), team="data"), []),
        (ServiceFilter(team="data"), ["db"]),
        (ServiceFilter(tier=1), ["api", "db"]),
        (ServiceFilter(tag="pci"), ["api"]),
        (ServiceFilter(text="DOOR"), ["api"]),
        (ServiceFilter(text="job"), ["jobs"]),
        (ServiceFilter(text="zzz"), []),
    ],
    ids=["all", "scope", "beyond_scope", "team", "tier", "tag", "name", "id", "nothing"],
)
def test_a_list_shows_what_was_asked_for(wanted: ServiceFilter, ids: Sequence[str]) -> None:
    assert LISTED.list_ids(wanted, "", 10) == ids


def test_a_list_goes_on_behind_the_last_that_was_shown() -> None:
    assert LISTED.list_ids(ServiceFilter(), "api", 1) == ["db"]


def test_edges_are_added_and_an_edge_that_is_there_gets_the_new_kind() -> None:
    before = service_of("web", "api", "~cdn")
    body = DependenciesIn.model_validate({"depends_on": ["cdn", "db"]})
    edited = add_edges(before, body, {"api", "cdn", "db"}, after(5))
    assert edges_of(edited) == {"api": True, "cdn": True, "db": True}
    assert edited.updated_at == after(5)
    assert add_edges(edited, body, {"api", "cdn", "db"}, after(9)) is edited


@pytest.mark.parametrize(
    "ids, code, pointers",
    [
        (["api", "web"], "depends_on_itself", ["/depends_on/1"]),
        (["no", "api", "nor"], "unknown_service", ["/depends_on/0", "/depends_on/2"]),
        ([f"s{n}" for n in range(MAX_DEPENDENCIES)], "too_many", ["/depends_on"]),
    ],
    ids=["itself", "unknown", "too_many"],
)
def test_edges_that_can_not_be_are_refused_with_their_place(ids: list[str], code: str, pointers: list[str]) -> None:
    known = {"api", "web", *(f"s{n}" for n in range(MAX_DEPENDENCIES))}
    with pytest.raises(Problem) as raised:
        add_edges(service_of("web", "db"), DependenciesIn(depends_on=ids), known, NOW)
    assert (raised.value.status, raised.value.code) == (422, code)
    assert [fault.pointer for fault in raised.value.errors] == pointers


def test_an_edge_is_taken_back_once() -> None:
    less = remove_edge(service_of("web", "api", "db"), "api", NOW)
    assert edges_of(less) == {"db": True}
    with pytest.raises(Problem) as raised:
        remove_edge(less, "api", NOW)
    assert raised.value.status == 404


@pytest.mark.parametrize(
    "moved, changed",
    [(4, set()), (3, {"c"}), (2, {"b", "c"}), (1, {"a", "b", "c"}), (0, None), (9, None), (-1, None)],
    ids=["up_to_date", "one", "two", "all_kept", "too_far_behind", "ahead_of_a_lost_mark", "new"],
)
def test_the_mark_says_what_changed_since(moved: int, changed: set[str] | None) -> None:
    assert ChangeMark(4, (["a"], ["b"], ["c"])).since(moved) == changed


def test_a_change_of_very_many_is_one_of_all() -> None:
    assert move_of(["a"] * MOST_IDS) == ["a"] * MOST_IDS
    assert ChangeMark(2, (["a"], move_of(["a"] * (MOST_IDS + 1)))).since(0) is None
