"""Takes what one attempt at a step writes, and keeps it piece by piece while it grows."""

from __future__ import annotations

import asyncio

from services.automation.executions.execution import TAIL
from services.automation.executions.output_text import OutputText
from services.automation.executions.store.output import Attempt, Outputs, Piece

MOST_CHARACTERS = 1024 * 1024
"""Of one attempt's output so much is kept."""
PIECE_CHARACTERS = 16 * 1024
"""So much is written at once, and no more waits to be."""


class StepOutput:
    """The output of one attempt. What it holds is written by `keep`, or when enough has come."""

    def __init__(self, outputs: Outputs, attempt: Attempt, secrets: list[str]) -> None:
        self._outputs = outputs
        self._attempt = attempt
        self._text = OutputText(secrets, MOST_CHARACTERS)
        self._waiting = ""
        self._writing = asyncio.Lock()
        self.size = 0
        """Characters that are kept."""
        self.tail = ""

    @property
    def is_cut(self) -> bool:
        """True when there was more than is kept."""
        return self._text.is_cut

    async def write(self, chunk: bytes) -> None:
        """Take a piece in; whoever writes much waits here until it is kept."""
        self._take(self._text.read(chunk))
        if len(self._waiting) >= PIECE_CHARACTERS:
            await self.keep()

    async def keep(self) -> None:
        """Keep what has come. Raises what the driver raises; then it still waits."""
        async with self._writing:
            text = self._waiting
            if not text:
                return
            starts = range(0, len(text), PIECE_CHARACTERS)
            pieces = [Piece(self.size + at, text[at : at + PIECE_CHARACTERS]) for at in starts]
            await self._outputs.write(self._attempt, pieces)
            self.size += len(text)
            self._waiting = self._waiting[len(text) :]

    async def end(self) -> None:
        """Keep all of it: nothing more comes."""
        self._take(self._text.read(b"", is_last=True))
        await self.keep()

    def _take(self, text: str) -> None:
        self._waiting += text
        self.tail = (self.tail + text)[-TAIL:]
