"""Atom (RFC 4287) and RSS 2.0 of a status page: one entry a post, its newest update first.

Written with the standard library's ElementTree: both formats are a dozen elements, nothing is parsed, and the one
library for them drags an XML parser in C along. What XML 1.0 can't say is left out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime
from html import escape
from xml.etree.ElementTree import Element, SubElement, tostring
from zoneinfo import ZoneInfo

from services.comms.i18n.linked_text import isolate, linked_html
from services.comms.status_pages.page import Post, StatusPage
from services.comms.status_pages.texts import status_word, word
from services.comms.status_pages.zoned_times import window_text, zoned_text

MOST_ENTRIES = 50
ATOM = "http://www.w3.org/2005/Atom"
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def atom(page: StatusPage, posts: Sequence[Post], base_url: str) -> bytes:
    """The feed as Atom."""
    home = f"{base_url}/status/{page.slug}"
    feed = Element("feed", {"xmlns": ATOM, "xml:lang": page.locale.value})
    _add(feed, "id", home)
    _add(feed, "title", word(page.locale, "title").format(name=page.name))
    _add(feed, "updated", max([page.updated_at, *(post.updated_at for post in posts)]).isoformat())
    SubElement(feed, "link", {"rel": "self", "type": "application/atom+xml", "href": f"{home}/feed.atom"})
    SubElement(feed, "link", {"rel": "alternate", "type": "text/html", "href": home})
    _add(SubElement(feed, "author"), "name", page.name)
    for post in posts[:MOST_ENTRIES]:
        entry = SubElement(feed, "entry")
        _add(entry, "id", f"{home}/incidents/{post.id}")
        _add(entry, "title", isolate(post.title))
        _add(entry, "published", post.started_at.isoformat())
        _add(entry, "updated", post.updated_at.isoformat())
        SubElement(entry, "link", {"rel": "alternate", "type": "text/html", "href": f"{home}/incidents/{post.id}"})
        content = SubElement(entry, "content", {"type": "html"})
        content.text = _html(page, post)
    return _to_bytes(feed)


def rss(page: StatusPage, posts: Sequence[Post], base_url: str) -> bytes:
    """The feed as RSS."""
    home = f"{base_url}/status/{page.slug}"
    root = Element("rss", {"version": "2.0", "xmlns:atom": ATOM})
    channel = SubElement(root, "channel")
    _add(channel, "title", word(page.locale, "title").format(name=page.name))
    _add(channel, "link", home)
    _add(channel, "description", page.description or page.name)
    _add(channel, "language", page.locale.value)
    _add(channel, "lastBuildDate", _rfc822(max([page.updated_at, *(post.updated_at for post in posts)])))
    SubElement(channel, "atom:link", {"rel": "self", "type": "application/rss+xml", "href": f"{home}/feed.rss"})
    for post in posts[:MOST_ENTRIES]:
        item = SubElement(channel, "item")
        _add(item, "title", isolate(post.title))
        _add(item, "link", f"{home}/incidents/{post.id}")
        guid = SubElement(item, "guid", {"isPermaLink": "true"})
        guid.text = f"{home}/incidents/{post.id}"
        _add(item, "pubDate", _rfc822(post.updated_at))
        _add(item, "description", _html(page, post))
    return _to_bytes(root)


def _html(page: StatusPage, post: Post) -> str:
    zone = ZoneInfo(page.time_zone)
    told = (
        f"<p><small>{escape(zoned_text(one.at, zone, page.locale))}</small><br>"
        f"<strong>{escape(status_word(page.locale, one.status))}</strong> – {_to_html(one.message)}</p>"
        for one in reversed(post.updates)
    )
    return _plain(_plan(page, post, zone) + "".join(told))


def _plan(page: StatusPage, post: Post, zone: ZoneInfo) -> str:
    """When a maintenance is, and what it is about."""
    if not post.is_maintenance:
        return ""
    names = word(page.locale, "joined").join(f"<bdi>{escape(one.name)}</bdi>" for one in post.touched)
    rows = (("when", escape(window_text(post, zone, page.locale))), ("components", names))
    lines = (
        f"<strong>{escape(word(page.locale, 'label').format(label=word(page.locale, key)))}</strong>{value}"
        for key, value in rows
        if value
    )
    return f"<p>{'<br>'.join(lines)}</p>"


def _to_html(text: str) -> str:
    """What somebody wrote, with its line ends and its bare https links."""
    return linked_html(text).replace("\n", "<br>")


def _add(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = _plain(text)


def _plain(text: str) -> str:
    return _NOT_XML.sub("", text)


def _rfc822(at: datetime) -> str:
    return format_datetime(at)


def _to_bytes(root: Element) -> bytes:
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + tostring(root, encoding="unicode").encode()
