from __future__ import annotations

import pytest

from services.automation.scripts.capped_output import CappedOutput

pytestmark = pytest.mark.unit


class Kept:
    """Keeps what comes, until it is full."""

    def __init__(self, full_at: int = 1000) -> None:
        self.pieces: list[bytes] = []
        self._full_at = full_at

    async def write(self, chunk: bytes) -> None:
        if sum(map(len, self.pieces)) + len(chunk) > self._full_at:
            raise OSError("full")
        self.pieces.append(chunk)


@pytest.mark.parametrize(
    "pieces, kept, cut",
    [
        pytest.param([b"abc", b"de"], [b"abc", b"de"], False, id="as much as may be"),
        pytest.param([b"abc", b"def"], [b"abc", b"de"], True, id="more: cut in the middle of a piece"),
        pytest.param([b"abcdef", b"g"], [b"abcde"], True, id="nothing after the cut"),
        pytest.param([], [], False, id="nothing"),
    ],
)
async def test_output_is_kept_up_to_its_limit(pieces: list[bytes], kept: list[bytes], cut: bool) -> None:
    sink = Kept()
    output = CappedOutput(sink, 5)
    for piece in pieces:
        await output.take(piece)
    assert (sink.pieces, output.is_cut, output.is_lost) == (kept, cut, False)


async def test_a_sink_that_fails_is_asked_no_more_and_ends_nothing() -> None:
    sink = Kept(full_at=3)
    output = CappedOutput(sink, 100)
    for piece in (b"abc", b"d", b"e"):
        await output.take(piece)
    assert (sink.pieces, output.is_lost, output.is_cut) == ([b"abc"], True, False)
