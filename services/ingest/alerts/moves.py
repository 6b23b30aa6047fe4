"""The moves of one key, played in the order of their stamps: this is what decides whether an alert is open.

| move                          | nothing yet      | open                          | over                           |
| ----------------------------- | ---------------- | ----------------------------- | ------------------------------ |
| trigger                       | opens            | the same occurrence           | opens another                  |
| trigger of a start that is over | over, and held | it is heard, nothing else     | held, quiet or another: below  |
| acknowledge                   | nothing          | acknowledged                  | nothing                        |
| resolve                       | its start is over | over                         | its start is over, ends a hold |
| resolve of an earlier start   | its start is over | nothing                      | its start is over              |
| edit                          | nothing          | nothing: it changes the text  | nothing                        |
| lapse of the last promise     | nothing          | stale, after `FORGIVEN` over  | nothing                        |
| lapse of a hold               | nothing          | nothing                       | what was held opens another    |
| reopen                        | nothing          | nothing                       | no start is over any more      |

A start that is over and is said to fire again is one of two things. It may be a copy that two Alertmanagers sent across
each other; or it fires again, for Alertmanager says the same start after its Prometheus was silent. So within
`COPIES_FOR` of the sender's resolve the first one is held: a second one, or `HELD_FOR` without another resolve, opens
an occurrence, and a resolve ends the hold. Later ones open one at once. After a person's resolve they are quiet for as
long as the service wants (the resolve's `until`), since the sender goes on for a while; then they open one. When a
person reopens the incident, they do so from then on, and what is held does at once.

A trigger may promise to be said again by a time (`until`). When that passes without a word the alert is stale: it may
be the sender that is down. The next trigger makes it fire again, also when it says the same start; so a lapse ends no
start.
A start is named by a token (Alertmanager's `startsAt`); without tokens only the stamps speak. In one occurrence the
earliest start wins and the last text wins. The head of a key keeps its last moves, so that a move that comes late is
put in its place and all are played again: the order in which messages arrive decides nothing. A resolve that comes
before its trigger is such a move: when the trigger comes, it is born resolved.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import reduce

from services.ingest.normalisation.alert import Action
from shared.ids import stamp_time

KEPT = 12
"""As many moves as a head keeps; older ones become the standing they led to."""
FORGIVEN = timedelta(hours=1)
"""How long a stale alert waits for its sender before it is over."""
COPIES_FOR = timedelta(minutes=5)
"""So long after a sender's resolve a start that is over may be a copy, and is held."""
HELD_FOR = timedelta(seconds=60)
"""What is held this long without another resolve fires."""


class Phase(StrEnum):
    """Where a key stands."""

    NOTHING = "nothing"
    OPEN = "open"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Move:
    """One message, as far as it moves a key."""

    stamp: str
    action: Action
    at: datetime
    """Of a trigger: when the alert began; of a resolve: when it ended; of a lapse: when it was due."""
    token: int | None = None
    until: datetime | None = None
    """Of a trigger: what it promises; of a lapse: the promise that was not kept; of a resolve: it is a person's, and
    up to then starts that are over are quiet."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What the moves so far have led to."""

    phase: Phase = Phase.NOTHING
    opened: str = ""
    """Stamp of the trigger that opened the occurrence."""
    starts_at: datetime | None = None
    token: int | None = None
    """The start that the last trigger named; the text of the last trigger of this token is the one shown."""
    latest: int | None = None
    """The latest start that this occurrence named."""
    over: int | None = None
    """Starts up to this one are over."""
    acknowledged: bool = False
    resolved: str = ""
    """Stamp of the resolve that ended the occurrence."""
    ends_at: datetime | None = None
    until: datetime | None = None
    """What the last trigger promised."""
    stale: bool = False
    hold_until: datetime | None = None
    """Over: up to then a start that is over is held."""
    quiet_until: datetime | None = None
    """Over by a person: before then a start that is over is nothing."""
    held: Move | None = None
    """The trigger of a start that is over which waits for what comes next."""

    @property
    def lapses_at(self) -> datetime | None:
        """When its next lapse is due; None: it makes no promise, and nothing is held."""
        if self.held is not None:
            held_at = stamp_time(self.held.stamp)
            return held_at + HELD_FOR if held_at is not None else None
        if self.phase is not Phase.OPEN or self.until is None:
            return None
        return self.until + FORGIVEN if self.stale else self.until


NOTHING_YET = Standing()


def play(standing: Standing, move: Move) -> Standing:
    """One move; see the table above."""
    if move.action is Action.TRIGGER:
        return _trigger(standing, move)
    if move.action is Action.RESOLVE:
        return _resolve(standing, move)
    if move.action is Action.LAPSE:
        return _expire(standing, move)
    if move.action is Action.REOPEN:
        return _reopen(standing, move)
    if move.action is Action.ACKNOWLEDGE and standing.phase is Phase.OPEN and not standing.acknowledged:
        return replace(standing, acknowledged=True)
    return standing


def play_all(base: Standing, moves: Sequence[Move]) -> Standing:
    """All moves, one after the other."""
    return reduce(play, moves, base)


def insert(moves: Sequence[Move], move: Move) -> tuple[Move, ...] | None:
    """The moves with this one in its place; None when it is among them."""
    if not moves or moves[-1].stamp < move.stamp:
        return (*moves, move)
    place = bisect_left(moves, move.stamp, key=lambda one: one.stamp)
    if moves[place].stamp == move.stamp:
        return None
    return (*moves[:place], move, *moves[place:])


def shorten(base: Standing, moves: Sequence[Move]) -> tuple[Standing, str, tuple[Move, ...]]:
    """At most `KEPT` moves: (the standing before them, the stamp up to which moves are forgotten or "", the moves).

    Of a run of the same word only the first and the last matter, so the middle goes first; then the oldest. Whoever
    acknowledges or edits many times what is still to come does not make it come too late.
    """
    kept = list(moves)
    place = 1
    while len(kept) > KEPT and place < len(kept) - 1:
        before, one, after = kept[place - 1 : place + 2]
        if one.action is not Action.LAPSE and _says(before) == _says(one) == _says(after):
            if one.action is Action.TRIGGER:
                kept[place - 1] = replace(before, at=min(before.at, one.at))
            del kept[place]
        else:
            place += 1
    forgotten = kept[: max(0, len(kept) - KEPT)]
    return play_all(base, forgotten), forgotten[-1].stamp if forgotten else "", tuple(kept[len(forgotten) :])


def _says(move: Move) -> tuple[Action, int | None, bool]:
    return move.action, move.token, move.action is Action.RESOLVE and move.until is not None


def _trigger(standing: Standing, move: Move) -> Standing:
    if move.token is not None and standing.over is not None and move.token <= standing.over:
        return _hear(standing, move) if standing.phase is Phase.OPEN else _say_again(standing, move)
    if standing.phase is not Phase.OPEN:
        return _open(standing, move)
    if standing.stale or move.until != standing.until:
        standing = replace(standing, stale=False, until=move.until)
    starts_at = move.at if standing.starts_at is None else min(standing.starts_at, move.at)
    if starts_at == standing.starts_at and move.token == standing.token:
        return standing
    return replace(standing, starts_at=starts_at, token=move.token, latest=_later(standing.latest, move.token))


def _open(standing: Standing, move: Move, *, opened: str = "") -> Standing:
    """Another occurrence, which `move` tells of and the message with the stamp `opened` (else `move`) begins."""
    over = standing.over
    if move.token is not None and over is not None:
        over = min(over, move.token - 1)
    return Standing(
        phase=Phase.OPEN,
        opened=opened or move.stamp,
        starts_at=move.at,
        token=move.token,
        latest=move.token,
        over=over,
        until=move.until,
    )


def _hear(standing: Standing, move: Move) -> Standing:
    """The sender lives, and says that it fires; the promise that lasts longer counts."""
    if standing.stale:
        return replace(standing, stale=False, until=move.until)
    if standing.until is None or move.until is None or move.until <= standing.until:
        return standing
    return replace(standing, until=move.until)


def _say_again(standing: Standing, move: Move) -> Standing:
    """A start that is over fires: it is quiet, held, or opens another occurrence."""
    at = stamp_time(move.stamp)
    if at is not None and standing.quiet_until is not None and at < standing.quiet_until:
        return standing
    if standing.held is not None:
        return _open(standing, replace(move, at=min(move.at, standing.held.at)))
    if at is not None and standing.hold_until is not None and at <= standing.hold_until:
        over = _open_resolved(standing, move) if standing.phase is Phase.NOTHING else standing
        return replace(over, held=move)
    return _open(standing, move)


def _open_resolved(standing: Standing, move: Move) -> Standing:
    return replace(
        standing,
        phase=Phase.OVER,
        opened=move.stamp,
        starts_at=move.at,
        token=move.token,
        latest=move.token,
        resolved=move.stamp,
    )


def _resolve(standing: Standing, move: Move) -> Standing:
    if standing.phase is not Phase.OPEN:
        return _resolve_again(standing, move)
    if _is_earlier(move, standing.token):
        return standing
    return replace(
        standing,
        phase=Phase.OVER,
        over=_later(_later(standing.over, standing.latest), move.token),
        resolved=move.stamp,
        ends_at=move.at,
        until=None,
        stale=False,
        hold_until=_copies_until(move) if move.until is None else None,
        quiet_until=move.until,
    )


def _resolve_again(standing: Standing, move: Move) -> Standing:
    """It is over already: a hold ends, and what the sender itself says of the end counts more than a person's word."""
    ended = move.at if standing.phase is Phase.NOTHING else standing.ends_at
    after = replace(standing, over=_later(standing.over, move.token), ends_at=ended)
    if _is_earlier(move, standing.held.token if standing.held is not None else standing.token):
        return after
    if move.until is not None:
        return replace(after, held=None)
    if standing.held is None and standing.hold_until is not None:
        return after
    return replace(after, held=None, quiet_until=None, hold_until=_copies_until(move))


def _is_earlier(move: Move, token: int | None) -> bool:
    return move.token is not None and token is not None and move.token < token


def _copies_until(move: Move) -> datetime | None:
    at = stamp_time(move.stamp)
    return at + COPIES_FOR if at is not None else None


def _expire(standing: Standing, move: Move) -> Standing:
    due = standing.lapses_at
    if due is None or standing.until != move.until or move.at < due:
        return standing
    if standing.held is not None:
        return _open(standing, standing.held, opened=move.stamp)
    if not standing.stale:
        return replace(standing, stale=True)
    return replace(standing, phase=Phase.OVER, resolved=move.stamp, ends_at=standing.until, until=None, stale=False)


def _reopen(standing: Standing, move: Move) -> Standing:
    if standing.phase is not Phase.OVER:
        return standing
    if standing.held is not None:
        return _open(standing, standing.held, opened=move.stamp)
    return replace(standing, hold_until=None, quiet_until=None)


def _later(one: int | None, other: int | None) -> int | None:
    if one is None or other is None:
        return other if one is None else one
    return max(one, other)
