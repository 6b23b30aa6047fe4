"""Roles change hands: one holder of an exclusive one at any time, nothing lost, each change said and told once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.incident.incidents.commands import Actor
from services.incident.incidents.edit import Edit
from services.incident.incidents.incident import Incident
from services.incident.incidents.participants import add, note_entry, remove
from services.incident.response.role_definition import (
    BUILT_IN,
    Definition,
    DefinitionIn,
    DefinitionPatch,
    define,
    redefine,
    require_own,
)
from services.incident.response.roles import MAX_ASSIGNMENTS, assign, end
from shared.events.command import RoleAssigned
from shared.problem import Problem
from shared.vocabulary import IncidentStatus
from tests.unit.incident.builders import NOW, after, make_incident

MONA = Actor("mona", "mona")
COMMANDER, EXPERT = BUILT_IN["commander"], BUILT_IN["subject_matter_expert"]


def texts(edit: Edit) -> list[str]:
    return [line.text for line in edit.lines]


def told(edit: Edit) -> list[RoleAssigned]:
    return [one.data for one in edit.news if isinstance(one.data, RoleAssigned)]


def test_the_first_holder_is_told_with_the_duties_and_takes_part() -> None:
    edit = assign(make_incident(), COMMANDER, "sara", MONA, NOW)
    (fact,) = told(edit)
    assert (fact.user_id, fact.previous_user_id, fact.by) == ("sara", None, "mona")
    assert fact.role_name == "Incident commander"
    assert fact.duties == COMMANDER.duties
    assert texts(edit) == ["Incident commander: sara from now on"]
    assert edit.after.participants == ["sara"]
    assert [one.user_id for one in edit.after.fact().roles] == ["sara"]


def test_an_exclusive_role_changes_hands_and_both_are_on_the_timeline() -> None:
    first = assign(make_incident(), COMMANDER, "sara", MONA, NOW).after
    edit = assign(first, COMMANDER, "kenji", MONA, after(60))
    assert [(one.user_id, one.since, one.ended_at) for one in edit.after.roles] == [
        ("sara", NOW, after(60)),
        ("kenji", after(60), None),
    ]
    assert texts(edit) == [
        "Incident commander: sara until now",
        "Incident commander: kenji from now on, handed over by sara",
    ]
    assert told(edit)[0].previous_user_id == "sara"


def test_of_an_open_role_there_are_several_holders() -> None:
    first = assign(make_incident(), EXPERT, "sara", MONA, NOW).after
    edit = assign(first, EXPERT, "kenji", MONA, after(60))
    assert [one.ended_at for one in edit.after.roles] == [None, None]
    assert told(edit)[0].previous_user_id is None


@pytest.mark.parametrize("role", [COMMANDER, EXPERT], ids=lambda role: role.id)
def test_whoever_holds_it_is_not_assigned_again(role: Definition) -> None:
    first = assign(make_incident(), COMMANDER, "sara", MONA, NOW).after
    first = assign(first, EXPERT, "sara", MONA, NOW).after
    assert assign(first, role, "sara", MONA, after(9)).is_empty


def test_a_role_ends_for_one_holder_or_for_all() -> None:
    both = assign(assign(make_incident(), EXPERT, "sara", MONA, NOW).after, EXPERT, "kenji", MONA, NOW).after
    one = end(both, EXPERT.id, "sara", MONA, after(5))
    assert [holder.user_id for holder in one.after.fact().roles] == ["kenji"]
    assert texts(one) == ["Subject-matter expert: sara until now"]
    assert end(both, EXPERT.id, None, MONA, after(5)).after.fact().roles == []
    with pytest.raises(Problem) as refused:
        end(one.after, EXPERT.id, "sara", MONA, after(6))
    assert refused.value.status == 404


def test_a_closed_incident_is_final_and_an_incident_has_no_endless_assignments() -> None:
    with pytest.raises(Problem) as refused:
        assign(make_incident(status=IncidentStatus.CLOSED), COMMANDER, "sara", MONA, NOW)
    assert refused.value.status == 409
    incident = make_incident()
    for number in range(MAX_ASSIGNMENTS):
        incident = assign(incident, COMMANDER, f"u{number}", MONA, after(number)).after
    with pytest.raises(Problem) as full:
        assign(incident, COMMANDER, "one-more", MONA, after(999))
    assert full.value.code == "too_many"


STEPS = st.lists(
    st.tuples(st.sampled_from([*BUILT_IN]), st.sampled_from(["sara", "kenji", "mona"]), st.booleans()), max_size=30
)


@given(STEPS)
def test_whatever_is_assigned_and_ended_an_exclusive_role_has_one_holder_and_history_stays(
    steps: list[tuple[str, str, bool]],
) -> None:
    incident: Incident = make_incident()
    for second, (role, user, ends) in enumerate(steps):
        before = incident
        held = {(one.role, one.user_id) for one in before.roles if one.ended_at is None}
        if ends and (role, user) not in held:
            continue
        edit = (
            end(before, role, user, MONA, after(second))
            if ends
            else assign(before, BUILT_IN[role], user, MONA, after(second))
        )
        incident = edit.after
        holding = {(one.role, one.user_id) for one in incident.roles if one.ended_at is None}
        assert ((role, user) in holding) is not ends
        assert edit.is_empty == (before == incident)
        # what was ended stays as it was, and only this role is touched
        assert all(one in incident.roles for one in before.roles if one.ended_at)
        assert {pair for pair in held ^ holding if pair[0] != role} == set()
        for name, definition in BUILT_IN.items():
            holders = [one for one in incident.roles if one.role == name and one.ended_at is None]
            assert len(holders) <= 1 or not definition.exclusive
            assert len({one.user_id for one in holders}) == len(holders)
        assert all(one.ended_at is None or one.ended_at >= one.since for one in incident.roles)
        assert {one.user_id for one in incident.roles} <= set(incident.participants)


def test_an_own_role_is_named_after_its_name_and_can_not_take_an_id_that_is_there() -> None:
    made = define(DefinitionIn(name="Customer liaison", duties=["Call them"]), "role_x", [])
    assert (made.id, made.exclusive) == ("customer_liaison", True)
    assert define(DefinitionIn(name="窓口"), "role_x", []).id == "role_x"
    for body, known in ((DefinitionIn(id="scribe", name="x"), []), (DefinitionIn(name="a b"), ["a_b"])):
        with pytest.raises(Problem) as refused:
            define(body, "role_x", known)
        assert refused.value.code == "already_exists"
    with pytest.raises(Problem) as full:
        define(DefinitionIn(name="one more"), "role_x", [f"r{n}" for n in range(100)])
    assert full.value.code == "too_many"
    assert redefine(made, DefinitionPatch(exclusive=False)).duties == ["Call them"]
    with pytest.raises(Problem):
        require_own("commander")


def test_people_take_part_once_and_who_holds_a_role_stays() -> None:
    there = add(make_incident(), "sara", "mona", NOW)
    assert texts(there) == ["sara was added"]
    assert add(there.after, "sara", "mona", NOW).is_empty
    assert note_entry(there.after, None, "key", NOW).is_empty
    assert not note_entry(there.after, "kenji", "kenji", NOW).lines
    gone = remove(there.after, "sara", "mona", NOW)
    assert (gone.after.participants, texts(gone)) == ([], ["sara was taken out"])
    assert remove(gone.after, "sara", "mona", NOW).is_empty
    leading = assign(there.after, COMMANDER, "sara", MONA, NOW).after
    with pytest.raises(Problem) as refused:
        remove(leading, "sara", "mona", NOW)
    assert refused.value.code == "holds_a_role"
