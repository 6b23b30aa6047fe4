"""The form that letters are filled into: greeting, heading, paragraphs, points, rows, buttons, footer. Pure.

One form for all of them, so that every mail of Tocsin looks the same and is right in every language: the direction
follows the reader's language, and each text of somebody else's its own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import css_inline

from services.comms.i18n.plain_text import one_line
from services.comms.i18n.template_files import template_files
from services.comms.i18n.words import RIGHT_TO_LEFT, language
from shared.vocabulary import Severity

ACCENTS: Mapping[Severity, str] = {
    Severity.CRITICAL: "#b42318",
    Severity.HIGH: "#c4530a",
    Severity.MEDIUM: "#8a6d00",
    Severity.LOW: "#37618e",
}

PARAGRAPH_LIMIT = 8000
ACCENT = "#37618e"
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class LetterForm:
    """A letter's words, in its reader's language; empty parts are left out."""

    locale: str
    footer: str
    heading: str = ""
    body: str = ""
    """HTML that was made safe, where somebody's own template made it; `plain` is its text."""
    plain: str = ""
    greeting: str = ""
    picture: str = ""
    """What the letter's picture shows, where it has one."""
    note: str = ""
    """Above all else: that it is a drill."""
    paragraphs: tuple[str, ...] = ()
    points_title: str = ""
    points: tuple[str, ...] = ()
    rows: tuple[tuple[str, str], ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    """Buttons, as (label, address)."""
    small_links: tuple[tuple[str, str], ...] = ()
    """Below the footer: how to unsubscribe."""
    accent: str = ACCENT


@dataclass(frozen=True, slots=True)
class Written:
    """A letter's two parts."""

    text: str
    html: str


class LetterForms:
    """Fills the form in; the templates are read once."""

    def __init__(self) -> None:
        templates = template_files()
        self._html = templates.get_template("letter.html")
        self._text = templates.get_template("letter.txt")
        self._inliner = css_inline.CSSInliner(load_remote_stylesheets=False)

    def write(self, form: LetterForm) -> Written:
        """The text and the HTML of a letter."""
        lang = language(form.locale)
        members = {
            "lang": lang,
            "dir": "rtl" if lang in RIGHT_TO_LEFT else "ltr",
            "form": _without_hazards(form),
        }
        return Written(self._text.render(members), self._inliner.inline(self._html.render(members)))


def _without_hazards(form: LetterForm) -> LetterForm:
    """The form without what breaks a mail, and no part of it without end."""
    return LetterForm(
        locale=form.locale,
        heading=one_line(form.heading),
        body=_CONTROL.sub("", form.body),
        plain=_CONTROL.sub("", form.plain),
        footer=one_line(form.footer),
        greeting=one_line(form.greeting),
        note=one_line(form.note),
        picture=one_line(form.picture),
        paragraphs=tuple(_CONTROL.sub("", text)[:PARAGRAPH_LIMIT] for text in form.paragraphs if text.strip()),
        points_title=one_line(form.points_title),
        points=tuple(one_line(text) for text in form.points),
        rows=tuple((one_line(label), one_line(value)) for label, value in form.rows),
        links=form.links,
        small_links=form.small_links,
        accent=form.accent,
    )
