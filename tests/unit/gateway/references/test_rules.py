from __future__ import annotations

import pytest

from services.gateway.references.rules import (
    MOST_FAULTS,
    Reference,
    ReferenceKind,
    is_import,
    names_others,
    references_in,
    references_of_import,
    rule_for,
    unknown_reference,
    without_stored,
)
from services.gateway.requests.json_body import read_object

pytestmark = pytest.mark.unit

POLICY = Reference("/escalation_policy_id", ReferenceKind.POLICY, "p1")
USER = Reference("/user_id", ReferenceKind.USER, "sara")
DOES = Reference("/assignee_id", ReferenceKind.USER, "sara")


@pytest.mark.parametrize(
    "method,path,body,named",
    [
        pytest.param("POST", "/services", b'{"escalation_policy_id":"p1"}', POLICY, id="a new service"),
        pytest.param("PATCH", "/services/pay", b'{"escalation_policy_id":"p1"}', POLICY, id="a changed one"),
        pytest.param("PUT", "/services/pay/", b'{"escalation_policy_id":"p1"}', POLICY, id="one that is replaced"),
        pytest.param("POST", "/incidents/INC-1/roles", b'{"role":"x","user_id":"sara"}', USER, id="a role"),
        pytest.param("POST", "/incidents/INC-1/participants", b'{"user_id":"sara"}', USER, id="who takes part"),
        pytest.param("POST", "/incidents/INC-1/tasks", b'{"title":"x","assignee_id":"sara"}', DOES, id="a task"),
        pytest.param("PATCH", "/incidents/INC-1/tasks/t1", b'{"assignee_id":"sara"}', DOES, id="a task of another"),
        pytest.param("POST", "/postmortems/pm_1/actions", b'{"assignee_id":"sara"}', DOES, id="an action item"),
        pytest.param("PATCH", "/postmortems/pm_1/actions/a1", b'{"assignee_id":"sara"}', DOES, id="one of another"),
        pytest.param("PATCH", "/actions/a1", b'{"assignee_id":"sara"}', DOES, id="the same by its id alone"),
        pytest.param("PATCH", "/services/pay", b'{"name":"Pay"}', None, id="a new name"),
        pytest.param("PATCH", "/services/pay", b'{"escalation_policy_id":null}', None, id="no policy any more"),
        pytest.param("POST", "/services", b'{"escalation_policy_id":7}', None, id="no id"),
        pytest.param("POST", "/services", b"[1]", None, id="no object"),
        pytest.param("POST", "/services", b'{"escalation_policy_id":', None, id="no JSON"),
        pytest.param("POST", "/services", b"[" * 100_000, None, id="very deep"),
        pytest.param("POST", "/services", b'{"escalation_policy_id":"p1","x":NaN}', POLICY, id="as the service reads"),
    ],
)
def test_what_a_write_names(method: str, path: str, body: bytes, named: Reference | None) -> None:
    rule = rule_for(method, path)
    assert rule is not None
    assert names_others(method, path)
    assert references_in(rule, read_object(body)) == ([named] if named else [])


@pytest.mark.parametrize(
    "method,path",
    [
        ("GET", "/services"),
        ("DELETE", "/services/pay"),
        ("POST", "/services/pay/dependencies"),
        ("POST", "/incidents"),
        ("DELETE", "/incidents/INC-1/roles/commander"),
        ("POST", "/incident-roles"),
        ("POST", "/postmortems"),
        ("GET", "/actions/a1"),
        ("POST", "/postmortems/pm_1/publish"),
    ],
)
def test_other_requests_name_nothing(method: str, path: str) -> None:
    assert rule_for(method, path) is None
    assert not names_others(method, path)


def test_each_of_a_list_is_asked_about_and_what_is_stored_stays() -> None:
    rule = rule_for("POST", "/postmortems/pm_1/review")
    assert rule is not None
    named = references_in(rule, {"reviewers": ["sara", 7, "", "gone"]})
    assert named == [
        Reference("/reviewers/0", ReferenceKind.USER, "sara"),
        Reference("/reviewers/3", ReferenceKind.USER, "gone"),
    ]
    assert without_stored(named, rule, {"reviewers": ["gone"]}) == named[:1]
    assert without_stored(named, rule, {"reviewers": "gone"}) == named[:1]
    assert without_stored(named, rule, {}) == named


def test_a_catalogue_as_a_file_is_asked_about_as_a_whole() -> None:
    assert is_import("POST", "/services/import")
    assert names_others("POST", "/services/import/")
    answer = {"policies": [{"pointer": "/services/3/escalation_policy_id", "id": "p1"}]}
    assert references_of_import(answer) == [Reference("/services/3/escalation_policy_id", ReferenceKind.POLICY, "p1")]
    assert references_of_import({}) == []


def test_each_unknown_id_is_told_where_it_stands() -> None:
    assert unknown_reference([POLICY, USER], {ReferenceKind.POLICY: set(), ReferenceKind.USER: {"p1"}}) is None
    problem = unknown_reference([POLICY, USER], {ReferenceKind.POLICY: {"p1"}, ReferenceKind.USER: {"sara"}})
    assert problem is not None
    assert problem.status == 422
    assert [fault.pointer for fault in problem.errors] == ["/escalation_policy_id", "/user_id"]
    many = unknown_reference([POLICY] * 1000, {ReferenceKind.POLICY: {"p1"}})
    assert many is not None
    assert len(many.errors) == MOST_FAULTS
