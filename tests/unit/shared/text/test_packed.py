"""Packed bodies: unpacked whatever pieces they come in, within the limit, or told apart."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.problem import Problem
from shared.text.packed import PIECE, Coding, coding_of, pieces, require_unpacked, unpack

pytestmark = pytest.mark.unit

LIMIT = 1024 * 1024


def bare(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(body) + packer.flush()


PACKERS: dict[str, tuple[Coding, Callable[[bytes], bytes]]] = {
    "gzip": (Coding.GZIP, gzip.compress),
    "zlib": (Coding.DEFLATE, zlib.compress),
    "bare deflate": (Coding.DEFLATE, bare),
}
packings = pytest.mark.parametrize("coding, pack", PACKERS.values(), ids=PACKERS)


@packings
@given(body=st.binary(max_size=2000), times=st.sampled_from([1, 50, 400]))
def test_what_was_packed_comes_out(coding: Coding, pack: Callable[[bytes], bytes], body: bytes, times: int) -> None:
    whole = body * times
    assert unpack(pack(whole), coding, LIMIT) == whole
    assert all(len(piece) <= PIECE for piece in pieces(pack(whole), coding, LIMIT))


@packings
def test_a_bomb_is_refused_after_the_limit_and_a_piece(coding: Coding, pack: Callable[[bytes], bytes]) -> None:
    bomb = pack(bytes(50 * LIMIT))
    assert len(unpack(pack(bytes(LIMIT)), coding, LIMIT)) == LIMIT
    some = pieces(bomb, coding, LIMIT)
    tracemalloc.start()
    came = sum(len(next(some)) for _ in range(LIMIT // PIECE))
    with pytest.raises(Problem) as refused:
        next(some)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (refused.value.status, refused.value.code) == (413, "too_large")
    assert came == LIMIT
    assert most < LIMIT


@packings
@given(data=st.data())
def test_what_is_broken_is_said(coding: Coding, pack: Callable[[bytes], bytes], data: st.DataObject) -> None:
    whole = pack(b'{"title": "disk is full"}' * 40)
    cut = data.draw(st.integers(1, len(whole) - 1), label="bytes that came")
    for body in (whole[:cut], whole + b"more"):
        with pytest.raises(Problem) as refused:
            unpack(body, coding, LIMIT)
        assert (refused.value.status, refused.value.code) == (400, "malformed")
        assert f"can't be unpacked as {coding}" in refused.value.detail


def test_a_changed_byte_is_found_by_the_check_sum() -> None:
    whole = bytearray(gzip.compress(b"a" * 100 + b"b" * 100))
    whole[-5] ^= 1
    with pytest.raises(Problem, match="data check"):
        unpack(bytes(whole), Coding.GZIP, LIMIT)


def test_gzip_of_several_members_and_padding_is_one_body() -> None:
    assert unpack(gzip.compress(b"one ") + gzip.compress(b"two") + bytes(600), Coding.GZIP, LIMIT) == b"one two"


def test_a_flood_of_empty_members_ends_soon() -> None:
    with pytest.raises(Problem, match="behind its end"):
        unpack(gzip.compress(b"") * 200_000, Coding.GZIP, LIMIT)


@pytest.mark.parametrize(
    "said, coding",
    [
        ("", None),
        ("identity", None),
        ("UTF-8", None),
        ("none", None),
        ("gzip", Coding.GZIP),
        ("X-GZip", Coding.GZIP),
        ("deflate", Coding.DEFLATE),
        (" identity, GZIP ,", Coding.GZIP),
    ],
)
def test_the_header_says_how(said: str, coding: Coding | None) -> None:
    assert coding_of(said) is coding


@pytest.mark.parametrize("said", ["br", "zstd", "gzip, gzip", "deflate,gzip", "gzip;q=1", "\xff"])
def test_what_is_not_taken_is_415_and_names_what_is(said: str) -> None:
    with pytest.raises(Problem, match="gzip or deflate") as refused:
        coding_of(said)
    assert (refused.value.status, refused.value.headers) == (415, {"Accept-Encoding": "gzip, deflate"})


def test_where_nothing_packed_is_taken_that_is_said() -> None:
    require_unpacked("identity")
    with pytest.raises(Problem, match="as it is"):
        require_unpacked("gzip")
