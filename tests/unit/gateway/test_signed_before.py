"""What browsers, clients of the stream and the audit log hold of the release before stays good."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from services.gateway.audit_log.note import GENESIS, Chain, Linked, Note, NoteKind
from services.gateway.sessions.session import CSRF_HEADER, Csrf
from services.gateway.stream.sse import Position, PositionSigner

pytestmark = pytest.mark.unit

KEY = "a secret of the field"
MOMENT = datetime(2026, 11, 21, 12, 0, 0, 123_000, UTC)


def test_a_csrf_token() -> None:
    shown = b"ebd4ecb0c86cf77d86655cba3d2fd3fd6b73b31a64917265053e15f537034d8e"
    assert Csrf(KEY).is_shown("ab" * 32, [(CSRF_HEADER, shown)])


def test_a_position_in_the_stream() -> None:
    label = "7-1795262400123-4beee1b325583480acce2979e663f0b4"
    assert PositionSigner(KEY).read(label) == Position(7, MOMENT)
    assert PositionSigner(KEY).of(Position(7, MOMENT)) == label


def test_a_link_of_the_audit_log() -> None:
    note = Note(
        at=MOMENT,
        kind=NoteKind.WRITE,
        method="POST",
        path="/incidents",
        status=201,
        key_id="k1",
        user_id="سارا",
        role="admin",
        request_id="r1",
    )
    digest = "57a1ec3eb0b24a0ac5eb3011946a5f9bb057775b444d6c12f9cad5427135c9dc"
    assert Chain(KEY).first_broken([Linked(1, note, GENESIS, digest)], 0, GENESIS) is None
    assert Chain(KEY).first_broken([Linked(1, note, GENESIS, "é" * 64)], 0, GENESIS) == 1
