"""A message of two parts, text and HTML, under headers that were written before."""

from __future__ import annotations

from collections.abc import Iterable
from email.message import EmailMessage
from email.policy import SMTP

PICTURE = "picture"
"""How the HTML names the picture: `cid:picture`."""


def message_bytes(headers: Iterable[bytes], text: str, html: str, png: bytes = b"") -> bytes:
    """The whole message; `png` is a picture that the HTML shows.

    Halves of surrogate pairs, which no mail can carry, are replaced in the parts.
    """
    parts = EmailMessage(policy=SMTP)
    parts.set_content(_sound(text), cte="quoted-printable")
    parts.add_alternative(_sound(html), subtype="html", cte="quoted-printable")
    shown = parts.get_body(("html",))
    if png and shown is not None:
        shown.add_related(png, "image", "png", cid=f"<{PICTURE}>", filename=f"{PICTURE}.png", disposition="inline")
    return b"".join(headers) + parts.as_bytes()


def _sound(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
