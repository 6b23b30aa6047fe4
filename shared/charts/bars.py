"""Bars as an SVG that stands alone: one for each label, and a paler one before it for what it is compared with. Pure.

Digits are the only text, so that any font draws it; what it shows is said beside it in the reader's language.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from xml.sax.saxutils import escape, quoteattr

WIDTH, HEIGHT = 560, 180
_LEFT, _TOP, _BOTTOM = 36, 12, 24
_LABELS = 16
"""At most so many labels are written, so that they stand apart."""
_NOW, _BEFORE, _INK, _LINE, _PAPER = "#37618e", "#b9cbe0", "#57606a", "#d0d7de", "#ffffff"
_TEXT = 'font-family="DejaVu Sans, Noto Sans, sans-serif" font-size="11"'


def bar_chart(
    title: str,
    labels: Sequence[str],
    values: Sequence[int],
    previous: Sequence[int] = (),
    *,
    figure: Callable[[int], str] = str,
) -> str:
    """The picture, `WIDTH` × `HEIGHT`, in whole numbers from 0 on, which `figure` writes.

    `title` is for those who can't see it; `previous` may be shorter than `values`.

    Raises:
        ValueError: there are not as many labels as values.
    """
    if len(labels) != len(values):
        raise ValueError(f"{len(labels)} labels for {len(values)} values")
    top = max([*values, *previous, 1])
    size = f'width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label={quoteattr(title)} {_TEXT}>',
        f"<title>{escape(title)}</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{_PAPER}"/>',
        *_scale(top, figure),
    ]
    step = (WIDTH - _LEFT - 8) / max(len(values), 1)
    width = step * (0.36 if previous else 0.72)
    every = -(-len(labels) // _LABELS) or 1
    for place, (label, value) in enumerate(zip(labels, values, strict=True)):
        left = _LEFT + place * step + step * 0.14
        if place < len(previous):
            parts.append(_bar(left, width, previous[place], top, _BEFORE))
        parts.append(_bar(left + (width if previous else 0), width, value, top, _NOW))
        if place % every == 0:
            middle = _LEFT + (place + 0.5) * step
            parts.append(_text(middle, HEIGHT - 8, label, "middle"))
    return "".join([*parts, "</svg>"])


def _scale(top: int, figure: Callable[[int], str]) -> list[str]:
    marks = sorted({0, top // 2, top})
    lines = []
    for mark in marks:
        y = _y(mark, top)
        lines.append(f'<line x1="{_LEFT}" x2="{WIDTH - 8}" y1="{y:.1f}" y2="{y:.1f}" stroke="{_LINE}"/>')
        lines.append(_text(_LEFT - 6, y + 4, figure(mark), "end"))
    return lines


def _bar(left: float, width: float, value: int, top: int, colour: str) -> str:
    y = _y(value, top)
    return f'<rect x="{left:.1f}" y="{y:.1f}" width="{width:.1f}" height="{_y(0, top) - y:.1f}" fill="{colour}"/>'


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{_INK}">{escape(text)}</text>'


def _y(value: int, top: int) -> float:
    return _TOP + (HEIGHT - _TOP - _BOTTOM) * (1 - value / top)
