"""What steps write, `execution_output`: pieces of text, each with the characters before it and up to its end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from pymongo import IndexModel

from shared.mongo import Document, upsert_newer
from shared.runtime import Runtime

OUTPUT = "execution_output"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt at one step of an execution; the step's number counts from 1."""

    execution_id: str
    n: int
    attempt: int

    @property
    def key(self) -> str:
        """What its pieces are found by."""
        return f"{self.execution_id}:{self.n}:{self.attempt}"


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of an output; `start` is how many characters come before it."""

    start: int
    text: str

    @property
    def end(self) -> int:
        """How many characters there are with it."""
        return self.start + len(self.text)


class Outputs:
    """The questions that are asked of outputs."""

    def __init__(self, runtime: Runtime) -> None:
        self._pieces = runtime.database.collection(OUTPUT)
        self._clock = runtime.clock
        self._keep_for = timedelta(days=runtime.settings.execution_days)
        runtime.indexes(
            {
                OUTPUT: [
                    IndexModel([("of", 1), ("end", 1)], name="of"),
                    IndexModel([("expire_at", 1)], name="expire_at", expireAfterSeconds=0),
                ]
            }
        )

    async def write(self, attempt: Attempt, pieces: Sequence[Piece]) -> None:
        """Keep these; one that is there already is left as it is."""
        expire_at = self._clock.now() + self._keep_for
        await upsert_newer(
            self._pieces,
            [
                (
                    {"_id": f"{attempt.key}:{piece.start:012d}"},
                    {
                        "$setOnInsert": {
                            "of": attempt.key,
                            "start": piece.start,
                            "end": piece.end,
                            "text": piece.text,
                            "expire_at": expire_at,
                        }
                    },
                )
                for piece in pieces
            ],
        )

    async def read(self, attempt: Attempt, after: int, limit: int) -> str:
        """Up to `limit` characters of an output, behind the first `after`."""
        query: Document = {"of": attempt.key, "end": {"$gt": after}}
        text, at = "", after
        async for one in self._pieces.find(query).sort("end", 1):
            # pieces follow one another: what a later process wrote begins where the one before it ended
            text += one["text"][max(0, at - one["start"]) :]
            at = max(at, one["end"])
            if len(text) >= limit:
                break
        return text[:limit]
