"""The catalogue as a file: what is read, refused, changed by an import, and that exports round trip."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.incident.catalogue.export import FileEntry, export_row, write_row, write_yaml
from services.incident.catalogue.service_definition import Service
from services.incident.catalogue_import.plan import Action, Plan, differences, plan_import, read_rows
from shared.problem import Problem
from shared.text.yaml_reader import read_yaml
from tests.unit.incident.builders import NOW, after
from tests.unit.incident.maps import service_of

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=30)


def plan(file: Any, *known: Service, teams: tuple[str, ...] = (), prune: bool = False) -> Plan:
    return plan_import(read_rows(file), known, teams, after(5), prune=prune)


def told(one: Plan) -> list[tuple[Action, str]]:
    return [(change.action, change.after.id) for change in one.changes]


def refusal(file: Any, *known: Service, **more: Any) -> tuple[int, list[str]]:
    with pytest.raises(Problem) as raised:
        plan(file, *known, **more)
    return raised.value.status, [fault.pointer for fault in raised.value.errors]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**17), 10**17) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


@given(VALUES)
def test_what_is_written_is_read_as_it_was(value: Any) -> None:
    assert read_yaml(("services:\n" + write_row({"id": value})).encode()) == {"services": [{"id": value}]}


@pytest.mark.parametrize(
    "text, value",
    [
        ("", None),
        ("a: no", {"a": "no"}),
        ("a: 2026-01-01", {"a": "2026-01-01"}),
        ("a: 0.999", {"a": 0.999}),
        ("a: '1'", {"a": "1"}),
        ("a: !!str 1", {"a": "1"}),
        ("- ~\n- true\n- 7", [None, True, 7]),
    ],
    ids=["nothing", "norway", "date", "share", "quoted", "said_text", "plain"],
)
def test_words_are_what_they_look_like(text: str, value: Any) -> None:
    assert read_yaml(text.encode()) == value


@pytest.mark.parametrize(
    "text",
    [
        b"a: *x",
        b"a: &x [*x]",
        b"a: &x {b: *x}",
        b"a: &x [1]\nb: {*x : 1}",
        b"a: &x [1]\nb: {<<: *x}",
        b"&a [x]: 1",
        b"a: &a " + b"[" * 15 + b"]" * 15 + b"\nb: " + b"[" * 10 + b"*a" + b"]" * 10,
        b"!!python/object/apply:os.system [ls]",
        b"a: 1\na: 2",
        b"? [a]\n: b",
        b"--- a\n--- b",
        b"[" * 100_000,
        b"- " * 1000 + b"a",
        b"a: b: c",
        b"\x00",
        b"\xff",
    ],
    ids=[
        "unknown_alias",
        "alias_in_itself",
        "alias_in_its_mapping",
        "alias_as_key",
        "merged_list",
        "anchored_key",
        "deep_alias",
        "tag",
        "twice",
        "key",
        "documents",
        "deep",
        "deep_block",
        "syntax",
        "control",
        "encoding",
    ],
)
def test_what_is_no_plain_document_is_refused(text: bytes) -> None:
    with pytest.raises(Problem) as raised:
        read_yaml(text)
    assert raised.value.status == 400


@pytest.mark.parametrize(
    "text, value",
    [
        pytest.param("a: &x [1, &y two]\nb: *x\nc: *y", {"a": [1, "two"], "b": [1, "two"], "c": "two"}, id="aliases"),
        pytest.param("- &x 1\n- &x 2\n- *x", [1, 2, 2], id="a name given anew"),
        pytest.param("- &x {a: 1, b: 1}\n- {<<: *x, b: 2}", [{"a": 1, "b": 1}, {"b": 2, "a": 1}], id="merged"),
        pytest.param(
            "- &x {a: 1}\n- &y {a: 2, b: 2}\n- <<: [*x, *y]", [{"a": 1}, {"a": 2, "b": 2}, {"a": 1, "b": 2}], id="two"
        ),
        pytest.param("- &x {a: 1}\n- &y {<<: *x}\n- <<: *y", [{"a": 1}] * 3, id="merged by way of another"),
        pytest.param("'<<': {a: 1}", {"<<": {"a": 1}}, id="quoted"),
        pytest.param("<<: {a: 1}\nb: 2", {"b": 2, "a": 1}, id="merged where it stands"),
    ],
)
def test_anchors_and_aliases_are_followed(text: str, value: Any) -> None:
    assert read_yaml(text.encode()) == value


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            "- &a0 [x]\n" + "".join(f"- &a{n + 1} [{', '.join([f'*a{n}'] * 10)}]\n" for n in range(15)), id="laughs"
        ),
        pytest.param(
            "- &a0 {k: x}\n" + "".join(f"- &a{n + 1} {{l: *a{n}, r: *a{n}}}\n" for n in range(18)), id="doubling"
        ),
        pytest.param("- &a " + "x" * 100_000 + "\n" + "- *a\n" * 1000, id="a long text again and again"),
        pytest.param("- &a [" + "x, " * 10_000 + "]\n" + "- *a\n" * 100, id="a long list again and again"),
    ],
)
def test_what_aliases_repeat_stays_small(text: str) -> None:
    with pytest.raises(Problem) as raised:
        read_yaml(text.encode())
    assert (raised.value.status, "aliases make more of it" in raised.value.detail) == (400, True)


@pytest.mark.parametrize(
    "file, pointers",
    [
        (None, [""]),
        ({"services": {}}, ["/services"]),
        ({"services": [], "teams": [], "x-teams": []}, ["/teams"]),
        ([{"id": "a", "name": "A", "owner/er": 1}], ["/0/owner~1er"]),
        ({"services": [{"id": "a", "name": "A", "slo": {"goal": 1}}]}, ["/services/0/slo/goal"]),
        ({"services": [{"id": "a", "name": "A"}, {"id": "b", "tier": 9}, 7]}, ["/services/1/tier", "/services/2"]),
        (
            {"services": [{"id": "a", "name": "A", "support_hours": {"time_zone": "Mars", "hours": [{"till": "9"}]}}]},
            [f"/services/0/support_hours/{n}" for n in ("time_zone", "hours/0/from", "hours/0/to", "hours/0/till")],
        ),
        ({"services": [{"id": "new"}]}, ["/services/0/name"]),
        ({"services": [{"tier": 1}]}, ["/services/0/name"]),
        ({"services": [{"id": "graph", "name": "G"}]}, ["/services/0/id"]),
        ({"services": [{"id": "a", "name": "A"}, {"id": "a", "name": "B"}]}, ["/services/1/id"]),
        (
            {"services": [{"id": "a", "name": "A", "depends_on": ["b", "a"]}]},
            [f"/services/0/depends_on/{n}" for n in (0, 1)],
        ),
    ],
    ids=[
        "nothing",
        "no_list",
        "key",
        "row_key",
        "inner_key",
        "several",
        "support_hours",
        "nameless",
        "nothing_said",
        "reserved",
        "twice",
        "edges",
    ],
)
def test_a_fault_refuses_the_file_with_its_place(file: Any, pointers: list[str]) -> None:
    assert refusal(file) == (422, pointers)


FILE = {
    "services": [
        {"id": "web", "name": "Web", "tier": 1, "depends_on": ["api", {"service_id": "cdn", "kind": "soft"}]},
        {"id": "api", "name": "API", "links": ["https://wiki.example.org/api"]},
        {"name": "CDN", "depends_on": ["WEB"]},
    ]
}


def test_a_file_makes_what_it_names_and_nothing_the_second_time() -> None:
    first = plan(FILE)
    assert told(first) == [(Action.CREATE, "web"), (Action.CREATE, "api"), (Action.CREATE, "cdn")]
    assert first.changes[0].after.depends_on == service_of("web", "api", "~cdn").depends_on
    assert first.changes[2].after.depends_on == service_of("cdn", "web").depends_on
    second = plan(FILE, *(change.after for change in first.changes))
    assert (told(second), second.unchanged) == ([], 3)


def test_what_a_row_leaves_out_stays_and_null_clears() -> None:
    known = service_of("web", "api", tier=1, team="web"), service_of("api")
    edited = plan([{"id": "web", "tier": None}], *known)
    assert differences(edited.changes[0]) == [("tier", 1, None)]
    assert edited.changes[0].after.depends_on == known[0].depends_on
    bare = plan([{"id": "web", "depends_on": []}], *known)
    assert differences(bare.changes[0]) == [("depends_on", [{"service_id": "api", "kind": "hard"}], [])]


def test_only_a_pruning_import_deletes_and_never_the_built_in_one() -> None:
    known = service_of("unrouted"), service_of("web"), service_of("old")
    assert told(plan([{"id": "web"}], *known)) == []
    assert told(plan([{"id": "web"}], *known, prune=True)) == [(Action.DELETE, "old")]
    assert refusal([{"id": "web", "depends_on": ["old"]}], *known, prune=True) == (422, ["/0/depends_on/0"])


def test_a_deleted_service_comes_back_at_its_next_version() -> None:
    (change,) = plan([{"id": "web", "name": "Web"}], service_of("web", deleted=True, tier=1)).changes
    assert (change.action, change.after.tier, change.after.deleted) == (Action.CREATE, None, False)
    assert change.before is not None


def test_a_name_alone_never_takes_the_id_of_another_service() -> None:
    (change,) = plan([{"name": "Payments"}], service_of("payments", name="Old money")).changes
    assert change.action is Action.CREATE
    assert change.after.id.startswith("svc_")


def test_a_team_imports_its_own_services_only() -> None:
    known = service_of("web", team="web"), service_of("db", team="data")
    assert told(plan([{"id": "web", "tier": 2}], *known, teams=("web",), prune=True)) == [(Action.UPDATE, "web")]
    assert refusal([{"id": "db", "tier": 2}], *known, teams=("web",))[0] == 403
    assert refusal([{"id": "web", "team": "data"}], *known, teams=("web",))[0] == 403
    assert refusal([{"id": "new", "name": "New"}], *known, teams=("web",))[0] == 403


HOURS = st.fixed_dictionaries(
    {
        "time_zone": st.sampled_from(["UTC", "Europe/Berlin"]),
        "hours": st.just(
            [{"weekdays": ["mon", "fri"], "from": "00:00", "to": "24:00"}, {"from": "22:00", "to": "06:00"}]
        ),
        "holidays": st.lists(st.dates().map(date.isoformat), max_size=2),
    }
)


@given(
    st.lists(
        st.builds(
            lambda key, name, **more: service_of(key, name=name, **more),
            st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,9}", fullmatch=True),
            TEXT.filter(str.strip).map(str.strip),
            description=TEXT,
            tier=st.none() | st.integers(1, 4),
            tags=st.lists(TEXT.filter(str.strip).map(str.strip), max_size=3),
            change_window_seconds=st.integers(60, 7200),
            resolved_grace_seconds=st.integers(0, 7200),
            support_hours=st.none() | HOURS,
            match=st.fixed_dictionaries({"labels": st.dictionaries(TEXT.filter(bool), TEXT, max_size=3)}),
        ),
        unique_by=lambda one: one.id,
        max_size=4,
    )
)
def test_an_export_is_read_back_as_what_is_there(services: list[Service]) -> None:
    known = [one for one in services if one.id not in ("graph", "import", "export")]
    text = write_yaml([FileEntry.of(one) for one in known], {one.id for one in known})
    found = plan_import(read_rows(read_yaml(text.encode())), known, (), NOW)
    assert (found.changes, found.unchanged) == ([], len(known))
    made = plan_import(read_rows(read_yaml(text.encode())), (), (), NOW)
    assert [export_row(change.after) for change in made.changes] == [export_row(one) for one in known]


def test_an_export_leaves_out_what_is_needed_of_services_that_are_gone() -> None:
    web = service_of("web", "api", "~cdn")
    text = write_yaml([FileEntry.of(web)], {"web", "cdn"})
    assert read_yaml(text.encode())["services"][0]["depends_on"] == [{"service_id": "cdn", "kind": "soft"}]
    assert read_yaml(write_yaml([FileEntry.of(web)], {"web"}).encode())["services"][0]["depends_on"] == []
    assert read_yaml(write_yaml([], {"web"}).encode()) == {"services": []}
