"""What people write on pages and in mails, safe to read: bare https links, and what turns the writing around. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from urllib.parse import urlsplit

LONGEST_LINK = 2000
_LINK = re.compile(r"https://[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+")
_TRAILING = ".,:;!?'\"*_~"
_BRACKETS = {")": "(", "]": "["}
_TURNING = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_WIDE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uff00-\uffef]")
"""Scripts that are written without blanks: a link ends where they begin."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a text; `href` is where it leads, empty for plain text."""

    text: str
    href: str = ""


def pieces_of(text: str) -> list[Piece]:
    """The text, cut where bare https links begin and end; together the pieces are the text."""
    return list(_pieces(text))


def linked_html(text: str) -> str:
    """The text as HTML in which bare https links lead somewhere; its line ends stay as they are."""
    return "".join(
        f'<a href="{escape(one.href)}">{escape(one.text)}</a>' if one.href else escape(one.text)
        for one in pieces_of(text)
    )


def isolate(text: str) -> str:
    """A name or title for where no markup can stand; what turns the direction of writing ends with it.

    U+202E and its like are closed in (U+2068 … U+2069), so that they turn nothing of ours.
    """
    return f"\u2068{text}\u2069" if _TURNING.search(text) else text


def _pieces(text: str) -> Iterator[Piece]:
    place = 0
    for match in _LINK.finditer(text):
        link = _without_trailing(match.group())
        end = match.start() + len(link)
        if not _leads_somewhere(link, text[match.end() : match.end() + 1]):
            continue
        if match.start() > place:
            yield Piece(text[place : match.start()])
        yield Piece(link, link)
        place = end
    if place < len(text):
        yield Piece(text[place:])


def _without_trailing(link: str) -> str:
    """The link without the marks of the sentence that it stands in, such as a full stop or the bracket around it."""
    counts = {bracket: link.count(bracket) for bracket in "()[]"}
    end = len(link)
    while end:
        last = link[end - 1]
        if last in _BRACKETS and counts[last] > counts[_BRACKETS[last]]:
            counts[last] -= 1
        elif last not in _TRAILING:
            break
        end -= 1
    return link[:end]


def _leads_somewhere(link: str, following: str) -> bool:
    """Whether a link is whole: a name that goes on in letters that are no part of an address would lead elsewhere."""
    try:
        parts = urlsplit(link)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    if not host or "." not in host.strip(".") or parts.username is not None or len(link) > LONGEST_LINK:
        return False
    cut_short = following.isalpha() and not _WIDE.match(following)
    return not (cut_short and link == f"https://{parts.netloc}")
