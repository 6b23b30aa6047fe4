"""Markdown of an organisation's own templates as HTML: no raw HTML, and bare https links lead somewhere. Pure.

It may take a second: write it beside the event loop.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from services.comms.i18n.linked_text import linked_html, pieces_of

MARKDOWN_LIMIT = 20_000
"""Characters of Markdown that are rendered, which takes up to 30 µs each; a longer text stands as written."""


def markdown_html(markdown: str, plain: str) -> str:
    """The HTML of a text; `plain` is the same text as its reader sees it where it stands as written."""
    if len(markdown) > MARKDOWN_LIMIT:
        return f'<p class="what">{linked_html(plain)}</p>'
    rendered: str = _MARKDOWN.render(markdown)
    return rendered


def _link_bare(state: StateCore) -> None:
    for block in state.tokens:
        if block.children:
            block.children = list(_link_urls(block.children))


def _link_urls(words: Sequence[Token]) -> Iterator[Token]:
    depth = 0
    for one in words:
        depth += one.nesting if one.type in ("link_open", "link_close") else 0
        if one.type != "text" or depth:
            yield one
            continue
        for piece in pieces_of(one.content):
            text = Token("text", "", 0, content=piece.text)
            around = Token("link_open", "a", 1, attrs={"href": piece.href}), Token("link_close", "a", -1)
            yield from (around[0], text, around[1]) if piece.href else (text,)


def _reader() -> MarkdownIt:
    reader = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable("table")
    reader.core.ruler.push("bare links", _link_bare)  # behind what joins pieces of text that belong together
    return reader


_MARKDOWN = _reader()
