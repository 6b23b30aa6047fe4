"""The templates of mails and pages, which lie beside the code. Pure: they are read and compiled once in a process.

Compiling them takes a quarter of a second, and several pieces of a process fill the same ones.
"""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from services.comms.i18n.linked_text import linked_html


@cache
def template_files() -> Environment:
    """Where templates are had by name: `letter.html`. A name in one that nobody gave is an error."""
    templates = Environment(
        loader=PackageLoader("services.comms", "templates"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=select_autoescape(["html"]),
    )
    templates.filters["linked"] = linked_html
    return templates
