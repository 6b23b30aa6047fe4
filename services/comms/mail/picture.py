"""Pictures of mails: SVG of our own as PNG, for mail clients draw no SVG. Pure; it takes a tenth of a second."""

from __future__ import annotations

from functools import lru_cache

import resvg_py

ZOOM = 2
"""Dots of a pixel, for sharp screens."""


@lru_cache(maxsize=8)
def draw(svg: str) -> bytes:
    """The picture as PNG. Digits are drawn where the machine has any font. Raises `ValueError` for what is no SVG."""
    return bytes(resvg_py.svg_to_bytes(svg_string=svg, zoom=ZOOM))
