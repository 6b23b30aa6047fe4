import pytest

from incident_manager.client.errors import BadInput
from incident_manager.declared.tree import read_tree
from incident_manager.declared.yaml_reader import read_yaml


@pytest.mark.parametrize(
    "text, value",
    [
        pytest.param("a: 09:00", {"a": "09:00"}, id="a time of day is no number"),
        pytest.param("a: 17:30", {"a": "17:30"}, id="nor this one"),
        pytest.param("a: no", {"a": "no"}, id="a country is no false"),
        pytest.param("a: 2026-01-05T09:00:00", {"a": "2026-01-05T09:00:00"}, id="a time stays as it is written"),
        pytest.param("a: 007", {"a": "007"}, id="no octal"),
        pytest.param("a: [1, -2, 0.999, true, null, ~]", {"a": [1, -2, 0.999, True, None, None]}, id="values"),
        pytest.param("a:", {"a": None}, id="nothing"),
        pytest.param("x-a: &a {b: 1}\nc: {<<: *a, d: 2}", {"x-a": {"b": 1}, "c": {"b": 1, "d": 2}}, id="an alias"),
    ],
)
def test_values_are_what_people_mean(text: str, value: object) -> None:
    assert read_yaml(text) == value


BOMB = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9)
)


@pytest.mark.parametrize(
    "text, words",
    [
        pytest.param("a: 1\nb: 2\na: 3", "line 3: 'a' stands twice", id="twice"),
        pytest.param("a: [1", "line", id="cut"),
        pytest.param("a: !!python/object/apply:os.system [ls]", "could not determine a constructor", id="a tag"),
        pytest.param(BOMB, "more than 200000 values", id="a bomb"),
        pytest.param("a: " + "[" * 60 + "]" * 60, "nested deeper", id="deep"),
        pytest.param("a: " + "[" * 5000 + "]" * 5000, "nested|no YAML", id="very deep"),
        pytest.param("a: \x00", "no YAML|special characters", id="a control character"),
        pytest.param("a: &a [*a]", "nested deeper", id="in itself"),
    ],
)
def test_what_is_no_tree_of_values_is_refused(text: str, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        read_yaml(text)


def test_things_are_known_by_their_ids_and_kinds_by_being_named() -> None:
    tree = read_tree("services: [{id: a, name: A}]\nteams:\nstatus_pages: [{slug: s, name: S}]")
    assert (tree.name, {kind: list(ids) for kind, ids in tree.kinds.items()}) == (
        "default", {"services": ["a"], "teams": [], "status_pages": ["s"]},
    )  # fmt: skip


@pytest.mark.parametrize(
    "text, words",
    [
        pytest.param("servics: []", "/servics: there is no such member", id="an unknown kind"),
        pytest.param("services: {a: 1}", "/services: must be a list", id="no list"),
        pytest.param("services: [{name: x}]", "/services/0/id: is required", id="no id"),
        pytest.param("services: [{id: 3}]", "/services/0/id: is required", id="a number"),
        pytest.param("services: [{id: a}, {id: a}]", "/services/1/id: 'a' stands here twice", id="twice"),
        pytest.param("services: [a]", "/services/0: must have members", id="no object"),
        pytest.param("tree: []\nservices: []", "/tree: must be a name", id="no name"),
        pytest.param("[]", "must have members", id="a list"),
        pytest.param("", "must have members", id="nothing"),
    ],
)
def test_each_fault_has_its_place(text: str, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        read_tree(text)
