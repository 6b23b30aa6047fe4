"""What is noted, and that no note can be changed, taken out or put in without the chain telling."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.audit_log.note import GENESIS, Chain, Linked, Note, NoteKind, lost_note, request_note, use_note
from services.gateway.keys.key import Key, Refusal
from services.gateway.request import Call
from services.gateway.requests.routes import find_route
from shared.vocabulary import Role
from tests.unit.gateway.builders import NOW, make_key

pytestmark = pytest.mark.unit

KEY = make_key(role=Role.RESPONDER, user_id="mina")


def make_call(method: str = "POST", path: str = "/incidents/INC-1/ack", **changes: Any) -> Call:
    """A request as the gateway has read it."""
    plain = Call(
        method=method,
        path=path,
        raw_path=path.encode(),
        query=b"key=secret",
        headers=[],
        address="192.0.2.7",
        request_id=b"r1",
        traceparent=None,
        user_agent=b"",
        route=find_route(path),
    )
    return replace(plain, **changes)


@pytest.mark.parametrize(
    "call,key,status,refusal,kind",
    [
        pytest.param(make_call(), KEY, 200, None, NoteKind.WRITE, id="an accepted write"),
        pytest.param(make_call(), KEY, 409, None, None, id="a write that was not accepted"),
        pytest.param(make_call("GET"), KEY, 200, None, None, id="reading"),
        pytest.param(make_call(path="/incidents/webhook"), KEY, 202, None, None, id="a delivery"),
        pytest.param(make_call(), None, 401, Refusal.UNKNOWN_KEY, NoteKind.REFUSED, id="an unknown key"),
        pytest.param(make_call("GET"), KEY, 401, Refusal.REVOKED_KEY, NoteKind.REFUSED, id="a revoked key, reading"),
        pytest.param(
            make_call(path="/incidents/webhook"), None, 401, Refusal.UNKNOWN_KEY, NoteKind.REFUSED, id="a tool's"
        ),
        pytest.param(make_call(), KEY, 403, "csrf", NoteKind.REFUSED, id="a write from another site"),
        pytest.param(make_call(), None, 401, Refusal.NO_KEY, None, id="no key at all is nobody's attempt"),
        pytest.param(make_call(path="/a/signed"), None, 200, None, NoteKind.WRITE, id="an acknowledge link"),
        pytest.param(make_call(path="/integrations/slack/events"), None, 200, None, None, id="a vendor's callback"),
        pytest.param(make_call(path="/nowhere"), None, 404, None, None, id="no such address"),
        pytest.param(make_call(), KEY, 0, None, None, id="a client that left"),
    ],
)
def test_what_is_noted(call: Call, key: Key | None, status: int, refusal: str | None, kind: NoteKind | None) -> None:
    note = request_note(call, key, status, refusal, NOW)
    assert (note and note.kind) == kind


def test_a_note_says_who_did_what_by_ids() -> None:
    note = request_note(make_call(), KEY, 200, None, NOW)
    assert note is not None
    assert (note.key_id, note.user_id, note.role) == ("key_1", "mina", "responder")
    assert (note.method, note.path, note.status, note.request_id) == ("POST", "/incidents/INC-1/ack", 200, "r1")
    assert note.address is None
    assert "secret" not in repr(note)
    assert KEY.name not in repr(note)


def test_a_signed_link_is_not_in_its_note() -> None:
    note = request_note(make_call(path="/a/signed"), None, 200, None, NOW)
    assert note is not None
    assert note.path == "/a/{}"


def test_a_refusal_says_where_it_came_from() -> None:
    note = request_note(make_call(), None, 401, Refusal.UNKNOWN_KEY, NOW)
    assert note is not None
    assert (note.address, note.reason) == ("192.0.2.7", "unknown_key")


def make_chain(count: int = 5) -> list[Linked]:
    """So many linked notes under the secret `secret`."""
    notes = [use_note(KEY, NOW + timedelta(seconds=number)) for number in range(count - 1)]
    return Chain("secret").link([*notes, lost_note(3, NOW)], 0, GENESIS)


def test_a_chain_is_sound_whole_and_in_parts() -> None:
    linked = make_chain()
    chain = Chain("secret")
    assert [one.number for one in linked] == [1, 2, 3, 4, 5]
    assert chain.first_broken(linked, 0, GENESIS) is None
    assert chain.first_broken(linked[2:], 2, linked[1].hash) is None
    more = chain.link([lost_note(1, NOW)], 5, linked[-1].hash)
    assert chain.first_broken(linked + more, 0, GENESIS) is None


@given(st.data())
def test_a_changed_note_breaks_the_chain_at_its_place(data: st.DataObject) -> None:
    linked = make_chain()
    place = data.draw(st.integers(0, 4))
    changes: list[dict[str, Any]] = [
        {"key_id": "other"},
        {"user_id": None},
        {"at": NOW - timedelta(days=1)},
        {"status": 1},
        {"kind": NoteKind.WRITE},
        {"count": 9},
        {"path": "/x"},
    ]
    note: Note = replace(linked[place].note, **data.draw(st.sampled_from(changes)))
    if note != linked[place].note:
        linked[place] = replace(linked[place], note=note)
        assert Chain("secret").first_broken(linked, 0, GENESIS) == place + 1


@pytest.mark.parametrize("place", range(4))
def test_a_note_that_is_taken_out_breaks_the_chain(place: int) -> None:
    linked = make_chain()
    del linked[place]
    assert Chain("secret").first_broken(linked, 0, GENESIS) == place + 1


def test_two_notes_that_change_places_break_the_chain() -> None:
    linked = make_chain()
    linked[1], linked[2] = linked[2], linked[1]
    assert Chain("secret").first_broken(linked, 0, GENESIS) == 2


def test_who_does_not_have_the_secret_cannot_make_the_chain_again() -> None:
    forged = Chain("guess").link([one.note for one in make_chain()], 0, GENESIS)
    assert Chain("secret").first_broken(forged, 0, GENESIS) == 1
