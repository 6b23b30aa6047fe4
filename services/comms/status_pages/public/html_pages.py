"""The public pages as HTML: made here, without scripts, loading nothing, readable by screen readers and on paper.

The style sheet stands in the page, and the policy names its hash, so nothing else can style it; nothing can run.
Pure: the templates are read once, when the `PublicHtml` is made.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from zoneinfo import ZoneInfo

from services.comms.i18n.linked_text import isolate, pieces_of
from services.comms.i18n.template_files import template_files
from services.comms.status_pages.impact_periods import Period
from services.comms.status_pages.page import Post, StatusPage
from services.comms.status_pages.public.board import board, post_card
from services.comms.status_pages.public.history import Leaf, months_of
from services.comms.status_pages.texts import WORDS, word
from services.comms.status_pages.uptime import DAYS
from shared.i18n.calendars import number_text
from shared.i18n.language import Locale

RIGHT_TO_LEFT = frozenset({Locale.FA})


@dataclass(frozen=True, slots=True)
class _Notice:
    """A sentence in one language, with what leads on from it: a button that posts, or a link."""

    locale: Locale
    heading: str
    note: str
    onward: str
    onward_text: str
    action: str = ""
    button: str = ""

    @property
    def dir(self) -> str:
        """The direction of its language."""
        return "rtl" if self.locale in RIGHT_TO_LEFT else "ltr"


class PublicHtml:
    """Draws pages."""

    def __init__(self) -> None:
        templates = template_files()
        style = (files("services.comms") / "templates" / "status" / "style.css").read_text("utf-8")
        self._style = style.replace("\n", "")
        digest = base64.b64encode(hashlib.sha256(self._style.encode()).digest()).decode()
        self.headers: Mapping[str, str] = {
            "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; "
            "frame-ancestors 'none'; base-uri 'none'",
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
        }
        self._front = templates.get_template("status/front.html")
        self._history = templates.get_template("status/history.html")
        self._single = templates.get_template("status/single.html")
        self._notice = templates.get_template("status/notice.html")

    def front(self, page: StatusPage, posts: Sequence[Post], periods: Sequence[Period], now: datetime) -> str:
        """How everything stands now, and the last days."""
        ago = word(page.locale, "days_ago").format(days=number_text(DAYS, page.locale))
        return self._front.render(
            self._frame(page) | {"board": board(page, posts, periods, now), "days_ago": ago, "front": True}
        )

    def history(self, page: StatusPage, leaf: Leaf, posts: Sequence[Post], now: datetime) -> str:
        """One leaf of the history; `posts` are those with a part of their time in it."""
        heading = word(page.locale, "history")
        return self._history.render(
            self._frame(page, heading) | {"leaf": leaf, "months": months_of(page, leaf, posts, now)}
        )

    def single(self, page: StatusPage, post: Post) -> str:
        """One post."""
        return self._single.render(
            self._frame(page, post.title) | {"post": post_card(post, page.locale, ZoneInfo(page.time_zone))}
        )

    def notice(self, page: StatusPage, key: str, *, action: str | None = None) -> str:
        """A sentence, and a button that posts to `action` when there is one."""
        words = WORDS[page.locale]
        one = _Notice(
            page.locale,
            words[key],
            words[f"{key}_note"],
            onward=f"/status/{page.slug}",
            onward_text="" if action else words["way_on"].format(name=isolate(page.name)),
            action=action or "",
            button=words[f"{key}_button"] if action else "",
        )
        return self._notice.render(self._frame(page, words[key]) | {"notices": [one]})

    def nothing(self, key: str) -> str:
        """Where there is no page whose language could be spoken: in each of ours.

        What a reader's browser prefers is not known here, since the gateway asks once for everybody.
        """
        words = WORDS[Locale.EN]
        again = key == "unavailable"
        return self._notice.render(
            {
                "lang": "en",
                "dir": "ltr",
                "title": words[key],
                "name": "Tocsin",
                "description": [],
                "home": "/",
                "style": self._style,
                "w": words,
                "feeds": False,
                "front": False,
                "notices": [
                    _Notice(
                        locale,
                        WORDS[locale][key],
                        WORDS[locale][f"{key}_note"],
                        onward="" if again else "/",
                        onward_text=WORDS[locale]["try_again" if again else "way_out"],
                    )
                    for locale in Locale
                ],
            }
        )

    def _frame(self, page: StatusPage, heading: str = "") -> dict[str, object]:
        words = WORDS[page.locale]
        title = words["title"].format(name=isolate(page.name))
        return {
            "lang": page.locale.value,
            "dir": "rtl" if page.locale in RIGHT_TO_LEFT else "ltr",
            "title": isolate(heading) + words["separator"] + title if heading else title,
            "name": page.name,
            "description": pieces_of(page.description),
            "home": f"/status/{page.slug}",
            "style": self._style,
            "w": words,
            "times": words["times"].format(zone=page.time_zone),
            "feeds": True,
            "front": False,
        }
