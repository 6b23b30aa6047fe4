from typing import Any

import pytest

from incident_manager.declared.difference import says_same, shown
from incident_manager.declared.kinds import KINDS
from incident_manager.declared.plan import Action, Mark, Planned, make_plan, mark_of
from incident_manager.declared.tree import Tree, read_tree

TREE = read_tree("""
users: [{id: sara, name: Sara}]
services: [{id: pay, name: Pay, escalation_policy_id: p, depends_on: [db]}]
escalation_policies: [{id: p, name: P, steps: [{targets: [{type: user, id: sara}]}]}]
teams: []
""")
NOTHING: dict[str, dict[str, Any]] = {kind.name: {} for kind in KINDS}
MADE = Mark("", "", is_made=True)


def told(steps: list[Planned]) -> list[tuple[str, str, str]]:
    return [(step.action.value, step.kind.name, step.id) for step in steps]


def test_what_others_need_is_made_first() -> None:
    assert told(make_plan(TREE, NOTHING, {}, prune=False)) == [
        ("create", "users", "sara"), ("create", "escalation_policies", "p"), ("create", "services", "pay"),
    ]  # fmt: skip


def test_teams_and_people_that_name_each_other_are_made_in_parts() -> None:
    tree = read_tree("teams: [{id: t, name: T, members: [u]}]\nusers: [{id: u, name: U, teams: [t]}]")
    steps = make_plan(tree, NOTHING, {}, prune=False)
    assert told(steps) == [("create", "teams", "t"), ("create", "users", "u"), ("update", "teams", "t")]
    assert [step.is_rest for step in steps] == [False, False, True]
    assert "members" not in steps[0].wanted


def test_what_is_so_already_is_left_alone_and_what_is_not_is_changed() -> None:
    present = NOTHING | {
        "users": {"sara": {"id": "sara", "name": "Sara", "email": "x", "version": 3}},
        "services": {
            "pay": {"name": "Old", "escalation_policy_id": "p", "depends_on": [{"service_id": "db", "kind": "hard"}]}
        },
        "escalation_policies": {
            "p": {"name": "P", "steps": [{"targets": [{"type": "user", "id": "sara"}], "timeout_seconds": 300}]}
        },
    }
    (step,) = make_plan(TREE, present, {}, prune=True)
    assert (step.action, step.id) == (Action.UPDATE, "pay")
    assert [(one.name, one.before, one.after) for one in step.changes] == [("name", "Old", "Pay")]


def test_pruned_is_only_what_an_earlier_run_made_of_kinds_that_the_file_names() -> None:
    present = NOTHING | {"teams": {"mine": {}, "other": {}, "edited": {}}, "schedules": {"s": {}}}
    applied = {
        "teams": {"mine": MADE, "gone": MADE, "edited": Mark("", "")},
        "schedules": {"s": MADE},
    }
    tree = Tree("default", {"teams": {}})
    assert told(make_plan(tree, present, applied, prune=True)) == [("delete", "teams", "mine")]
    assert make_plan(tree, present, applied, prune=False) == []


def test_what_is_deleted_goes_in_the_other_direction() -> None:
    present = NOTHING | {"users": {"u": {}}, "services": {"s": {}}, "escalation_policies": {"p": {}}}
    applied = {kind: dict.fromkeys(ids, MADE) for kind, ids in present.items()}
    tree = Tree("default", {"users": {}, "services": {}, "escalation_policies": {}})
    assert [step.id for step in make_plan(tree, present, applied, prune=True)] == ["s", "p", "u"]


def test_what_the_gateway_writes_otherwise_is_no_change_the_next_time() -> None:
    tree = Tree("default", {"users": {"u": {"id": "u", "name": "A  B"}}})
    current = {"id": "u", "name": "A B", "version": 4}
    applied = {"users": {"u": mark_of(tree.kinds["users"]["u"], current)}}
    assert make_plan(tree, NOTHING | {"users": {"u": current}}, applied, prune=False) == []
    assert make_plan(tree, NOTHING | {"users": {"u": current | {"version": 5}}}, applied, prune=False) != []


@pytest.mark.parametrize(
    "wanted, current, same",
    [
        pytest.param({"a": 1}, {"a": 1, "b": 2}, True, id="more is there"),
        pytest.param({"a": 1}, {"b": 2}, False, id="it is not there"),
        pytest.param([1, 2], [2, 1], False, id="another order"),
        pytest.param([1], [1, 2], False, id="one more"),
        pytest.param("2026-01-01T00:00:00Z", "2026-01-01T01:00:00+01:00", True, id="the same instant"),
        pytest.param("1", "1.0", False, id="texts"),
        pytest.param(1, 1.0, True, id="numbers"),
        pytest.param(1, True, False, id="a number and a truth"),
        pytest.param(None, "", True, id="nothing"),
        pytest.param([], None, True, id="an empty list"),
        pytest.param(0, None, False, id="nought is something"),
        pytest.param("db", {"service_id": "db", "kind": "hard"}, True, id="a dependency by its id"),
        pytest.param("db", {"service_id": "db", "kind": "soft"}, False, id="a soft one"),
        pytest.param("https://x", {"href": "https://x", "text": ""}, True, id="a link by its address"),
    ],
)
def test_the_same_is_said_in_several_ways(wanted: Any, current: Any, same: bool) -> None:
    assert says_same(wanted, current) is same


def test_no_difference_shows_a_secret() -> None:
    value = {"contact_methods": [{"id": "m", "address": "https://hooks.example/secret"}], "token": "t"}
    assert shown(value) == {"contact_methods": [{"id": "m", "address": "…"}], "token": "…"}


def test_what_is_written_as_a_whole_keeps_what_the_file_does_not_say() -> None:
    tree = read_tree("runbooks: [{id: r, name: New, quiet_seconds: null}]")
    present = NOTHING | {"runbooks": {"r": {"name": "Old", "description": "d", "quiet_seconds": 9, "version": 2}}}
    (step,) = make_plan(tree, present, {}, prune=False)
    assert step.whole == {"id": "r", "name": "New", "description": "d", "version": 2}


def test_the_default_of_a_secret_parameter_is_hidden_and_no_others() -> None:
    parameters = [{"name": "a", "type": "secret", "default": "x"}, {"name": "b", "type": "string", "default": "y"}]
    assert [one["default"] for one in shown(parameters, "parameters")] == ["…", "y"]
