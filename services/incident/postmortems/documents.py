"""A post-mortem on paper: one Markdown document, and one HTML page that stands alone and prints.

The HTML holds nothing that anybody wrote but text, links to http, https and mail, and pictures from https: Markdown is
rendered without raw HTML, and what comes out is cleaned again by a parser of its own. Every block finds its own
direction, so Persian reads from the right beside English from the left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from types import MappingProxyType
from unicodedata import bidirectional

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

from services.incident.action_items.action import ActionItem
from services.incident.people.names import mentions_in, with_names
from services.incident.postmortems.draft import moment
from services.incident.postmortems.figures import Figures, spell_duration
from services.incident.postmortems.postmortem import Postmortem, State
from services.incident.postmortems.sections import HEADINGS, Section
from shared.text.markdown import cell, plain

CONTENT_POLICY = "default-src 'none'; img-src https:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
"""Sent with the page: even what the cleaning had missed could not run, load or post."""

_TAGS = {
    "a", "blockquote", "br", "code", "del", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "img", "li", "ol", "p",
    "pre", "s", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_ATTRIBUTES = {
    "*": {"dir"},
    "a": {"href", "title"},
    "img": {"src", "alt", "title"},
    "ol": {"start"},
}
_DIRECTED = frozenset({"p", "li", "td", "th", "h1", "h2", "h3", "h4", "h5", "h6"})
_AROUND = frozenset({"ul", "ol", "blockquote", "table"})
"""What holds blocks goes the way of its first words: `auto` does not look into blocks with a way of their own."""
_DEEPER = 2
"""How many levels a heading inside a section stands below the page's own title."""

DEAREST = 60_000
"""Pieces of Markdown (blocks, words, marks) that one document is rendered from; sections beyond stand as written."""
_PER_PIECE = 4
"""Characters that cost about as much to read as a piece costs to write."""

_MARKDOWN = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(["table", "strikethrough"])

_STYLE = """
body { font: 16px/1.6 Vazirmatn, "Noto Sans", "Noto Sans JP", system-ui, sans-serif; color: #1b1f24; margin: 2rem auto;
  max-width: 48rem; padding: 0 1rem; overflow-wrap: anywhere }
h1 { line-height: 1.25 } h2 { border-bottom: 1px solid #d0d7de; padding-bottom: .2em; margin-top: 2em }
table { border-collapse: collapse; width: 100%; margin: 1em 0 }
th, td { border: 1px solid #d0d7de; padding: .35em .6em; text-align: start; vertical-align: top }
th { background: #f6f8fa } .note { color: #57606a } code, pre { font-family: ui-monospace, monospace }
pre { background: #f6f8fa; padding: .8em; overflow-x: auto; white-space: pre-wrap }
blockquote { margin-inline: 0; padding-inline-start: 1em; border-inline-start: 3px solid #d0d7de; color: #57606a }
img { max-width: 100% }
@media print {
  body { margin: 0; max-width: none; font-size: 11pt }
  h2 { break-after: avoid } tr, li { break-inside: avoid }
}
"""


def to_html(markdown: str) -> str:
    """Somebody's Markdown as clean HTML, in a time that grows as the text does."""
    return _render(_MARKDOWN.parse(markdown))


def as_written(text: str) -> str:
    """The text unrendered, for Markdown that would cost too much to render."""
    return f'<pre dir="auto">{escape(text)}</pre>'


def _cost(text: str, tokens: Sequence[Token]) -> int:
    pieces = sum(1 + len(token.children or ()) for token in tokens)
    return max(pieces, len(text) // _PER_PIECE)


def _render(tokens: Sequence[Token]) -> str:
    words = ""
    for token in reversed(tokens):
        if token.type == "inline":
            words = token.content
        if token.tag in _DIRECTED and token.nesting == 1:
            token.attrSet("dir", "auto")
        if token.tag in _AROUND and token.nesting == 1:
            token.attrSet("dir", _direction(words))
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1:]) + _DEEPER)}"
    rendered = _MARKDOWN.renderer.render(list(tokens), _MARKDOWN.options, {})
    return nh3.clean(
        rendered,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
    )


def _direction(words: str) -> str:
    """`rtl` where the first letter with a direction is read from the right (Unicode's rule for paragraphs)."""
    strong = (kind for kind in map(bidirectional, words) if kind in ("L", "R", "AL"))
    return "ltr" if next(strong, "L") == "L" else "rtl"


def markdown_document(
    postmortem: Postmortem,
    figures: Figures,
    actions: Sequence[ActionItem],
    names: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """The whole post-mortem as Markdown; `names` says how the people who are mentioned in it are called."""
    parts = [f"# {plain(postmortem.title)}", _standing(postmortem)]
    rows = "\n".join(f"| {name} | {value} |" for name, value in _rows(figures))
    parts.append(f"| Figure | Value |\n| --- | --- |\n{rows}")
    for section in Section:
        parts.append(f"## {HEADINGS[section]}")
        parts += [_put_names_in(text, names)] if (text := postmortem.sections.get(section, "").strip()) else []
        if section is Section.ACTIONS and actions:
            parts.append(_action_table(actions, names))
    return "\n\n".join(parts) + "\n"


def html_document(
    postmortem: Postmortem,
    figures: Figures,
    actions: Sequence[ActionItem],
    names: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """The whole post-mortem as a page; `names` as for `markdown_document`."""
    title = escape(postmortem.title)
    rows = "".join(f"<tr><th>{name}</th><td>{value}</td></tr>" for name, value in _rows(figures))
    body = [
        f'<h1 dir="auto">{title}</h1>',
        f'<p class="note">{escape(_standing(postmortem))}</p>',
        f"<table>{rows}</table>",
    ]
    left = DEAREST
    for section in Section:
        text = _put_names_in(postmortem.sections.get(section, ""), names)
        tokens = _MARKDOWN.parse(text) if left > 0 else []
        left -= _cost(text, tokens)
        body += [f"<h2>{HEADINGS[section]}</h2>", _render(tokens) if left > 0 else as_written(text)]
        if section is Section.ACTIONS and actions:
            body.append(to_html(_action_table(actions, names)))
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n" + "\n".join(body) + "\n</body>\n</html>\n"
    )


def _standing(postmortem: Postmortem) -> str:
    said = f"Post-mortem of {postmortem.incident_id}"
    if postmortem.drill:
        said += ", a drill"
    if postmortem.state is State.PUBLISHED and postmortem.published_at is not None:
        return f"{said}, published {moment(postmortem.published_at)}."
    return f"{said}, {postmortem.state.value.replace('_', ' ')}, last edited {moment(postmortem.updated_at)}."


def _rows(figures: Figures) -> list[tuple[str, str]]:
    none = "none: opened by hand"
    return [
        ("Detection", spell_duration(figures.detection_seconds) if figures.detection_seconds is not None else none),
        ("Time to acknowledge", spell_duration(figures.time_to_acknowledge_seconds)),
        ("Time to resolve", spell_duration(figures.time_to_resolve_seconds)),
        ("Alerts", str(figures.alerts)),
        ("Pages", str(figures.pages)),
        ("Steps of escalation", str(figures.escalations)),
    ]


def people_in(postmortem: Postmortem, actions: Sequence[ActionItem]) -> set[str]:
    """Ids of the people who may be mentioned in the document."""
    owners = {action.assignee_id for action in actions if action.assignee_id}
    return owners.union(*(mentions_in(text) for text in postmortem.sections.values()))


def _put_names_in(text: str, names: Mapping[str, str]) -> str:
    return with_names(text, names, plain)


def _action_table(actions: Sequence[ActionItem], names: Mapping[str, str]) -> str:
    head = "| Action | Owner | Due | Priority | State | Ticket |\n| --- | --- | --- | --- | --- | --- |"
    return "\n".join([head, *(_action_row(action, names) for action in actions)])


def _action_row(action: ActionItem, names: Mapping[str, str]) -> str:
    ticket = ""
    if action.ticket is not None:
        # an address as a link's target, with nothing in it that would end it
        address = action.ticket.url.replace("<", "%3C").replace(">", "%3E").replace("|", "%7C").replace("\n", "")
        ticket = f"[{cell(action.ticket.key).replace(']', '')}](<{address}>)"
    due = action.due_on.isoformat() if action.due_on else ""
    owner = cell(names.get(action.assignee_id or "", action.assignee_id or ""))
    state = action.state.value.replace("_", " ")
    return f"| {cell(action.title)} | {owner} | {due} | {action.priority.value} | {state} | {ticket} |"
