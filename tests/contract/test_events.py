"""What an event looks like on the wire is a promise: to other services, to the stream, to the release before."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import pytest
from pydantic import BaseModel, create_model

from shared.events import CATALOGUE, TYPES, Event, Fact, Undecodable, UnknownType, make, read
from shared.events.envelope import decode
from shared.events.incidents import IncidentFact, Paging, PagingAlert, Position
from shared.events.oncall import UserErased
from shared.testing.examples import EXAMPLES, example
from shared.testing.golden import FOLDER, PREVIOUS, Differences, compare, document, load, release, update
from shared.testing.story import at

NAMES = [kind.name for kind in CATALOGUE]
ENVELOPE_OPTIONAL = ("traceparent", "correlationid", "causationid", "datacontenttype", "specversion", "id")


def models_in(value: Any, pointer: str = "") -> Iterator[tuple[str, BaseModel]]:
    """Every pydantic model inside a value, with the pointer to it."""
    if isinstance(value, BaseModel):
        yield pointer, value
        for name in type(value).model_fields:
            yield from models_in(getattr(value, name), f"{pointer}/{name}")
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from models_in(item, f"{pointer}/{index}")


def member(parsed: Any, pointer: str) -> Any:
    """What a JSON pointer leads to."""
    for part in pointer.split("/")[1:]:
        parsed = parsed[int(part) if isinstance(parsed, list) else part]
    return parsed


def fields_of(event: Event, *, required: bool) -> list[tuple[str, str]]:
    """(pointer to the model, field) of every field of an event's data that is required, or that is optional."""
    return [
        (f"/data{pointer}", name)
        for pointer, model in models_in(event.data)
        for name, field in type(model).model_fields.items()
        if field.is_required() is required
    ]


def encoded(parsed: Any) -> bytes:
    return json.dumps(parsed).encode()


# --- the golden files -------------------------------------------------------------------------------------------------


def test_every_event_has_an_example_and_a_golden_file() -> None:
    assert list(EXAMPLES) == NAMES
    assert sorted(load(FOLDER)) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_the_example_sets_every_field(name: str) -> None:
    for pointer, model in models_in(example(name)):
        for field in type(model).model_fields:
            value = getattr(model, field)
            assert field in model.model_fields_set or pointer == "", f"{pointer}/{field} is left at its default"
            assert value not in (None, "", [], {}), f"{pointer}/{field} is empty"


@pytest.mark.parametrize("name", NAMES)
def test_producing_the_example_gives_the_golden_document(name: str) -> None:
    assert compare(load(FOLDER)[name], document(example(name))) == Differences()


@pytest.mark.parametrize("name", NAMES)
def test_reading_the_golden_file_gives_the_example(name: str) -> None:
    event = read((FOLDER / f"{name}.json").read_bytes())
    assert event == example(name)
    assert type(event.data) is TYPES[name].data
    assert event.encode() == example(name).encode()


@pytest.mark.parametrize("path", [*FOLDER.glob("*.json"), *(FOLDER / PREVIOUS).glob("*.json")], ids=str)
def test_todays_consumers_read_the_events_of_this_release_and_of_the_one_before(path: Path) -> None:
    event = read(path.read_bytes())
    assert event.type == path.stem
    assert compare(json.loads(path.read_bytes()), document(event)).broken == ()


def test_the_previous_release_has_golden_files() -> None:
    assert load(FOLDER / PREVIOUS)


# --- tolerant consumers -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_members_that_are_not_known_are_ignored_wherever_they_stand(name: str) -> None:
    golden = document(example(name))
    for pointer, _ in models_in(example(name)):
        member(golden, pointer)["from_a_later_release"] = {"deep": [1, None, "x"]}
    golden["anotherextension"] = "x"
    assert read(encoded(golden)) == example(name)


@pytest.mark.parametrize("name", NAMES)
def test_any_optional_member_may_be_missing(name: str) -> None:
    event = example(name)
    for pointer, field in [("", field) for field in ENVELOPE_OPTIONAL] + fields_of(event, required=False):
        golden = document(event)
        del member(golden, pointer)[field]
        assert read(encoded(golden)).subject == event.subject, f"{pointer}/{field}"


@pytest.mark.parametrize("name", NAMES)
def test_all_optional_members_may_be_missing_at_once(name: str) -> None:
    event = example(name)
    golden = document(event)
    # the deepest first: an optional member may hold others
    for pointer, field in sorted(fields_of(event, required=False), key=lambda one: -one[0].count("/")):
        del member(golden, pointer)[field]
    assert read(encoded(golden)).subject == event.subject


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_required_member_is_undecodable_and_named(name: str) -> None:
    event = example(name)
    for pointer, field in fields_of(event, required=True):
        golden = document(event)
        del member(golden, pointer)[field]
        with pytest.raises(Undecodable, match=field):
            read(encoded(golden))


@pytest.mark.parametrize("field", ["source", "subject", "time", "sequence", "data"])
def test_a_missing_required_attribute_is_undecodable_and_named(field: str) -> None:
    golden = document(example("incident.opened.v1"))
    del golden[field]
    with pytest.raises(Undecodable, match=r"incident\.opened\.v1: "):
        read(encoded(golden))


GOOD = example("user.erased.v1").encode()


@pytest.mark.parametrize(
    "body, reason",
    [
        pytest.param(b"", "not JSON", id="nothing"),
        pytest.param(b"\xff\xfe\x00", "not JSON", id="no text"),
        pytest.param(GOOD[:-3], "not JSON", id="cut short"),
        pytest.param(b"[" * 100_000, "not JSON", id="absurdly deep"),
        pytest.param(b"[1, 2]", "not a JSON object", id="a list"),
        pytest.param(b"null", "not a JSON object", id="null"),
        pytest.param(b'"alert.opened.v1"', "not a JSON object", id="a text"),
        pytest.param(b"{}", "no event type", id="no type"),
        pytest.param(b'{"type": null}', "no event type", id="a type that is null"),
        pytest.param(b'{"type": ["user.erased.v1"]}', "no event type", id="a type that is a list"),
        pytest.param(GOOD.replace(b"erased.v1", b"erased.v9"), "unknown event type 'user.erased.v9'", id="unknown"),
        pytest.param(b'{"type": "user.erased.v1"}', "user.erased.v1: ", id="no data"),
        pytest.param(b'{"type": "user.erased.v1", "data": "sara"}', "user.erased.v1: ", id="data that is a text"),
        pytest.param(GOOD.replace(b'"sequence":7', b'"sequence":-1'), "sequence", id="a sequence below zero"),
        pytest.param(GOOD.replace(b'"sequence":7', b'"sequence":"new"'), "sequence", id="a sequence in words"),
        pytest.param(GOOD.replace(b'"subject":"sara"', b'"subject":""'), "subject", id="an empty subject"),
        pytest.param(GOOD.replace(b"2026-03-29T", b"yesterday "), "time", id="a time that is none"),
    ],
)
def test_bytes_that_are_no_event_say_what_is_wrong_with_them(body: bytes, reason: str) -> None:
    with pytest.raises(Undecodable) as refused:
        read(body)
    assert reason in str(refused.value)
    assert isinstance(refused.value, UnknownType) is reason.startswith("unknown")


# --- strict producers -------------------------------------------------------------------------------------------------


def test_an_event_is_made_with_the_data_that_the_catalogue_says_and_no_other() -> None:
    with pytest.raises(TypeError, match="carries IncidentFact, not UserErased"):
        make("incident.opened.v1", subject="a", sequence=1, time=at(0), data=UserErased(id="a"))
    with pytest.raises(KeyError):
        make("incident.exploded.v1", subject="a", sequence=1, time=at(0), data=UserErased(id="a"))


def test_an_event_takes_correlation_and_trace_from_its_cause() -> None:
    cause = example("alert.opened.v1")
    event = make("user.erased.v1", subject="sara", sequence=1, time=at(0), data=UserErased(id="sara"), cause=cause)
    assert (event.causationid, event.correlationid, event.traceparent) == (
        cause.id,
        cause.correlationid,
        cause.traceparent,
    )


def test_no_event_but_two_carries_a_name_or_an_address() -> None:
    assert {kind.name for kind in CATALOGUE if kind.personal} == {"user.changed.v1", "page.requested.v1"}
    for kind in CATALOGUE:
        text = example(kind.name).encode().decode()
        assert ("sara@example.org" in text) is kind.personal, kind.name


# --- the golden files notice ------------------------------------------------------------------------------------------


def variant(**changes: Any) -> type[Fact]:
    """IncidentFact with fields replaced, added, or (None) removed: what an edit of the class would make."""
    fields: dict[str, Any] = {name: (field.annotation, field) for name, field in IncidentFact.model_fields.items()}
    fields |= changes
    return create_model(
        "IncidentFact", __base__=Fact, **{name: field for name, field in fields.items() if field is not None}
    )


class OtherPaging(Fact):
    """Paging with one member fewer."""

    generation: int = 1
    answered: int = 0
    cause: str = ""
    cause_at: datetime | None = None
    alert: PagingAlert | None = None
    moved_on_from: Position | None = None


@pytest.mark.parametrize(
    "changes, broken",
    [
        pytest.param({}, (), id="the same"),
        pytest.param({"impact": None}, ("/data/impact",), id="removed"),
        pytest.param({"impact": None, "effect": (str, "")}, ("/data/impact",), id="renamed"),
        pytest.param({"title": None}, ("/data/title",), id="a required one removed"),
        pytest.param({"impact": (list[str] | str, ...)}, (), id="widened, still reading the old"),
        pytest.param({"paging": (OtherPaging, ...)}, ("/data/paging/reason",), id="removed inside"),
        pytest.param({"alerts": (dict[str, float], {})}, ("/data/alerts/count", "/data/alerts/firing"), id="float now"),
        pytest.param({"team": (tuple[str, ...] | int, ...)}, None, id="retyped, the old is refused"),
        pytest.param({"status": (Literal["open", "shut"], ...)}, None, id="other words"),
        pytest.param({"owner": (str, ...)}, None, id="a new required one"),
        pytest.param({"owner": (str | None, None)}, (), id="a new optional one"),
    ],
)
def test_an_edit_that_breaks_a_reader_is_noticed(changes: Mapping[str, Any], broken: tuple[str, ...] | None) -> None:
    """`broken` None: the golden file can't be read any more, which the tests above see."""
    golden = load(FOLDER)["incident.opened.v1"]
    types = {"incident.opened.v1": variant(**changes)}
    if broken is None:
        with pytest.raises(Undecodable):
            decode(encoded(golden), types)
        return
    assert compare(golden, document(decode(encoded(golden), types))).broken == broken


def test_a_field_that_only_changes_its_words_is_noticed_by_the_example() -> None:
    produced = document(example("incident.opened.v1"))
    produced["data"]["paging"]["reason"] = Paging(cause="x").reason.upper()
    assert compare(load(FOLDER)["incident.opened.v1"], produced).broken == ("/data/paging/reason",)


# --- updating them ----------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for path in FOLDER.glob("*.json"):
        shutil.copy(path, tmp_path / path.name)
    return tmp_path


def test_updating_writes_what_is_missing_and_nothing_else(folder: Path) -> None:
    assert update(folder) == ([], [])
    (folder / "key.changed.v1.json").unlink()
    assert update(folder) == (["key.changed.v1: new"], [])
    assert load(folder) == load(FOLDER)


def test_updating_adds_new_optional_members_and_says_so(folder: Path) -> None:
    older = load(FOLDER)["team.changed.v1"]
    del older["data"]["deleted"]
    (folder / "team.changed.v1.json").write_text(json.dumps(older))
    assert update(folder) == (["team.changed.v1: /data/deleted"], [])
    assert load(folder) == load(FOLDER)


def test_updating_never_rewrites_what_would_break(folder: Path) -> None:
    path = folder / "team.changed.v1.json"
    older = load(FOLDER)["team.changed.v1"]
    older["data"]["motto"] = "once there was"
    del older["data"]["deleted"]
    path.write_text(before := json.dumps(older))
    assert update(folder) == ([], ["team.changed.v1: /data/motto"])
    assert path.read_text() == before


def test_a_release_keeps_todays_files_as_the_previous_ones(folder: Path) -> None:
    (folder / PREVIOUS).mkdir()
    (folder / PREVIOUS / "long.gone.v1.json").write_text("{}")
    release(folder)
    assert load(folder / PREVIOUS) == load(folder)
