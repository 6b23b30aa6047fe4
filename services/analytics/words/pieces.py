"""A text cut into runs of one script, each with its place: identifiers and half-spaces part words too. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple
from unicodedata import combining

from services.analytics.words.letters import ZWNJ, is_cjk

MAX_WORD = 40
"""Letters of a word that count: what is longer is no word, but a key or somebody's dump."""

_PIECE = re.compile(r"[\w\u0300-\u036f\u064b-\u065f\u0670\u200c-\u200f\u00ad]+")
_PLAIN = re.compile(r"[a-z]+|[0-9]+|[A-Z][a-z]*")
"""A piece that is one run whatever follows: a lower-case word, a number, a capitalised word."""
_RUN = re.compile(
    r"""
    [A-Z]+(?![a-z])         # an acronym, also before a capitalised word: HTTPServer
    | [A-Z]?[a-z]+          # a word of an identifier: moduleNotFound
    | [0-9]+
    | [^\W\d_A-Za-z]+       # letters of another script
    | \d+                   # digits of another script
    """,
    re.VERBOSE,
)
_ACCENTED = re.compile(r"[^\W\d_][^\W\d_\u0300-\u036f]*(?:[\u0300-\u036f]+[^\W\d_]*)*|\d+")
_SHORT_NAME = re.compile(r"[A-Za-z]{1,3}[0-9]{1,4}[A-Za-z]{0,2}|[0-9]{1,3}[A-Za-z]{1,3}")
"""`k8s`, `s3`, `p99`, `x509`, `5xx`: letters and digits that are one word."""


class Run(NamedTuple):
    """Letters of one script that stand together in a text, at `[start:end]`; `cjk` where no spaces part its words."""

    text: str
    start: int
    end: int
    cjk: bool


def pieces_of(text: str) -> Iterator[tuple[int, str]]:
    """What signs and spaces part, in its order: where it starts, and its letters."""
    return ((match.start(), match.group()) for match in _PIECE.finditer(text))


def runs_in(piece: str) -> list[Run]:
    """The runs of a piece, with their places in it."""
    return [Run(piece[start:end], start, end, cjk) for start, end, cjk in _places_in(piece) if start != end]


def _places_in(piece: str) -> Iterator[tuple[int, int, bool]]:
    """(start, end, is it CJK) of each run in a piece."""
    if piece.isascii():
        # most of what engineers write
        if _PLAIN.fullmatch(piece) or _SHORT_NAME.fullmatch(piece):
            yield 0, len(piece), False
        else:
            yield from ((one.start(), one.end(), False) for one in _RUN.finditer(piece))
        return
    begin = 0
    for end in range(1, len(piece) + 1):
        if end < len(piece) and (combining(piece[end]) or _kind(piece[end]) == _kind(piece[begin])):
            continue
        kind = _kind(piece[begin])
        if kind == "latin" and piece[begin:end].isascii():
            yield from ((begin + start, begin + stop, False) for start, stop, _ in _places_in(piece[begin:end]))
        elif kind == "latin":
            words = _ACCENTED.finditer(piece, begin, end)
            yield from ((one.start(), one.end(), False) for one in words)
        elif kind != "mark":
            yield begin, end, kind == "cjk"
        begin = end


def _kind(letter: str) -> str:
    if letter.isascii() or "\u00c0" <= letter <= "\u024f":
        return "latin"
    if letter == ZWNJ:
        return "mark"
    if is_cjk(letter):
        return "cjk"
    return "digit" if letter.isdigit() else "other"
