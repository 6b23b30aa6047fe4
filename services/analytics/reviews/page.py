"""A review as a page that stands alone. Pure."""

from __future__ import annotations

from html import escape

from markdown_it import MarkdownIt

from services.analytics.reviews.review import Review
from services.analytics.reviews.words import WORDS
from shared.charts.incident_bars import incident_bars
from shared.events.analytics.reviews import ReviewText
from shared.i18n.language import Locale

_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")
_STYLE = """
body { font: 16px/1.6 Vazirmatn, "Noto Sans", "Noto Sans JP", system-ui, sans-serif; color: #1b1f24; margin: 2rem auto;
  max-width: 44rem; padding: 0 1rem; overflow-wrap: anywhere }
h1 { line-height: 1.25 } h2 { border-bottom: 1px solid #d0d7de; padding-bottom: .2em; margin-top: 2em }
table { border-collapse: collapse; width: 100%; margin: 1em 0 }
th, td { border: 1px solid #d0d7de; padding: .35em .6em; text-align: start }
th { background: #f6f8fa } svg { max-width: 100%; height: auto }
@media print { body { margin: 0; max-width: none; font-size: 11pt } h2 { break-after: avoid } }
"""


def html_page(review: Review, text: ReviewText, locale: Locale) -> str:
    """The whole page: what the Markdown says, and the chart behind its title."""
    chart = incident_bars(review.chart, WORDS[locale]["chart"], locale)
    body = str(_MARKDOWN.render(text.markdown)).replace("</h1>", f"</h1>{chart}", 1)
    direction = "rtl" if locale is Locale.FA else "ltr"
    return (
        f'<!doctype html><html lang="{locale}" dir="{direction}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(text.subject)}</title><style>{_STYLE}</style></head><body>{body}</body></html>\n"
    )
