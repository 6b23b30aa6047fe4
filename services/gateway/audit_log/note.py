"""Who did what: which requests are noted, and the chain that shows when a note was changed or taken out.

Noted are accepted writes, refused keys, and once an hour that a tool's key was used (its deliveries are not). A note
holds ids, never a body, a query, a name or a key. Each note's hash covers the note and the hash before it, under a key
derived from `TOCSIN_SECRET_KEY`: whoever can write to the database but does not have the secret can't mend the chain.
What a chain can't show is its own end: the newest hash, noted elsewhere, does.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum

from services.gateway.keys.key import Key, Refusal
from services.gateway.request import Call
from services.gateway.requests.routes import READING, Need, Service
from shared.clocks.epoch import to_millis
from shared.secrecy.signing import derive_keys, is_same, sign

GENESIS = "0" * 64
"""What the first note's hash follows."""
PATH_LENGTH = 300


class NoteKind(StrEnum):
    """What a note tells of."""

    WRITE = "write"
    REFUSED = "refused"
    KEY_USED = "key_used"
    LOST = "lost"
    """Notes that could not be kept: `count` of them."""


@dataclass(frozen=True, slots=True)
class Note:
    """One line of the log, before it has its place in the chain."""

    at: datetime
    kind: NoteKind
    method: str = ""
    path: str = ""
    status: int = 0
    reason: str = ""
    key_id: str | None = None
    user_id: str | None = None
    role: str | None = None
    address: str | None = None
    """Where a refused request came from."""
    request_id: str = ""
    count: int = 1


@dataclass(frozen=True, slots=True)
class Linked:
    """A note in its place: `number` counts from 1 without gaps."""

    number: int
    note: Note
    before: str
    """The hash of the note before it."""
    hash: str


class Chain:
    """Links notes and checks links."""

    def __init__(self, secret: str) -> None:
        self._keys = derive_keys(secret, "tocsin audit log")

    def link(self, notes: Iterable[Note], number: int, before: str) -> list[Linked]:
        """The notes behind the one with this number and hash (0 and `GENESIS`: the first ones)."""
        linked: list[Linked] = []
        for note in notes:
            number += 1
            own = self._hash(number, note, before, self._keys[0])
            linked.append(Linked(number, note, before, own))
            before = own
        return linked

    def first_broken(self, linked: Iterable[Linked], number: int, before: str) -> int | None:
        """The number of the first place that is missing or does not follow from what is before it; None: all is sound.

        `number` and `before` are those of the note in front of the first one.
        """
        for one in linked:
            number += 1
            sound = one.number == number and one.before == before
            right = (self._hash(number, one.note, before, key) for key in self._keys)
            if not sound or not any(is_same(one.hash.encode("utf-8", "replace"), each.encode()) for each in right):
                return number
            before = one.hash
        return None

    def _hash(self, number: int, note: Note, before: str, key: bytes) -> str:
        fields = {**asdict(note), "at": to_millis(note.at), "number": number, "before": before}
        text = json.dumps(fields, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
        return sign(key, text.encode()).hex()


def request_note(call: Call, key: Key | None, status: int, refusal: str | None, now: datetime) -> Note | None:
    """What is to be noted of an answered request; None when nothing is.

    `key` is the caller's, where it is known; `refusal` the code of the problem when who called was the reason.
    """
    route = call.route
    if route is None:
        return None
    need = route.need(call.method)
    note = Note(
        at=now,
        kind=NoteKind.WRITE,
        method=call.method[:20],
        # the path of a page that asks for no key may hold a signed link
        path=route.pattern if need is Need.ANYONE else call.path[:PATH_LENGTH],
        status=status,
        key_id=key.id if key else None,
        user_id=key.user_id if key else None,
        role=key.role.value if key else None,
        request_id=call.request_id.decode(),
    )
    if refusal is not None and refusal != Refusal.NO_KEY:
        return replace(note, kind=NoteKind.REFUSED, reason=refusal, address=call.address)
    if call.method in READING or status >= 400 or status == 0 or route.is_webhook:
        return None
    # vendors' callbacks carry no key of ours and are no deeds of people
    return None if need is Need.ANYONE and route.service is Service.COMMS else note


def use_note(key: Key, now: datetime) -> Note:
    """The note that an API key was used within this hour."""
    return Note(at=now, kind=NoteKind.KEY_USED, key_id=key.id, user_id=key.user_id, role=key.role.value)


def lost_note(count: int, now: datetime) -> Note:
    """The note that `count` notes were lost."""
    return Note(at=now, kind=NoteKind.LOST, count=count)
