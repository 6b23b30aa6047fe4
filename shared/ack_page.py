"""The page behind an acknowledge link: one button, no script, in the reader's language. Opening it changes nothing.

Pure: text in, HTML out. Everything that comes from outside is escaped; the policy in `HEADERS` lets the page load
nothing, run nothing and be framed by nobody, and keeps the link out of the `Referer` of whatever is opened from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

HEADERS: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}
"""Headers that every answer with one of these pages carries."""

WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "ask": "Acknowledge this incident?",
        "merged": "This incident was merged into it:",
        "button": "Acknowledge",
        "why": "You take it on, and nobody else is paged.",
        "done": "Acknowledged",
        "thanks": "Everybody can see that you are on it.",
        "already": "Nobody needs to be paged any more: the incident is",
        "sorry": "This link does not work",
    },
    "ja": {
        "ask": "このインシデントを確認済みにしますか？",
        "merged": "次のインシデントはこのインシデントに統合されました：",
        "button": "確認する",
        "why": "あなたが担当となり、ほかの人は呼び出されません。",
        "done": "確認しました",
        "thanks": "あなたが対応中であることが全員に表示されます。",
        "already": "これ以上の呼び出しは必要ありません。インシデントの状態：",
        "sorry": "このリンクは使えません",
    },
    "fa": {
        "ask": "دریافت این رخداد را تأیید می‌کنید؟",
        "merged": "این رخداد در آن ادغام شده است:",
        "button": "تأیید دریافت",
        "why": "رسیدگی با شما خواهد بود و کس دیگری فراخوانده نمی‌شود.",
        "done": "دریافت تأیید شد",
        "thanks": "همه می‌بینند که شما در حال رسیدگی هستید.",
        "already": "دیگر نیازی به فراخوانی نیست؛ وضعیت رخداد:",
        "sorry": "این پیوند کار نمی‌کند",
    },
}

STYLE = (
    "body{font:18px/1.5 system-ui,sans-serif;margin:0;background:#f4f5f7;color:#1b1f24}"
    "main{max-width:32rem;margin:12vh auto;padding:2rem;background:#fff;border-radius:12px}"
    "h1{font-size:1.4rem;margin:0 0 .5rem}p{margin:.5rem 0;overflow-wrap:anywhere}.id{color:#57606a}"
    "button{font:inherit;font-weight:600;width:100%;padding:.9rem;margin-top:1rem;border:0;border-radius:8px;"
    "background:#b42318;color:#fff;cursor:pointer}"
    "@media(prefers-color-scheme:dark){body{background:#111418;color:#e6e9ed}main{background:#1b1f24}}"
)


def ask_page(*, incident_id: str, title: str, locale: str, paged_for: str | None = None) -> str:
    """The page with the one button; its form posts to the address it was opened at.

    `paged_for` is the id of the incident that the page was about: another one, if it was merged into this.
    """
    words = _words(locale)
    merged = f'<p class="id">{words["merged"]} {escape(paged_for)}</p>' if paged_for not in (None, incident_id) else ""
    return plain_page(
        locale,
        words["ask"],
        f'<p dir="auto"><strong>{escape(title)}</strong></p><p class="id">{escape(incident_id)}</p>{merged}'
        f'<p>{words["why"]}</p><form method="post"><button type="submit">{words["button"]}</button></form>',
    )


def done_page(*, incident_id: str, title: str, locale: str) -> str:
    """What is shown after the button was pressed."""
    words = _words(locale)
    return plain_page(
        locale,
        words["done"],
        f'<p dir="auto"><strong>{escape(title)}</strong></p><p class="id">{escape(incident_id)}</p>'
        f"<p>{words['thanks']}</p>",
    )


def already_page(*, incident_id: str, title: str, status: str, locale: str) -> str:
    """Shown instead of the button when the incident was answered before."""
    return plain_page(
        locale,
        _words(locale)["already"] + " " + escape(status),
        f'<p dir="auto"><strong>{escape(title)}</strong></p><p class="id">{escape(incident_id)}</p>',
    )


def sorry_page(*, detail: str, locale: str = "en") -> str:
    """Shown for a link that is not ours or has expired; `detail` is the problem's detail."""
    return plain_page(locale, _words(locale)["sorry"], f'<p dir="auto">{escape(detail)}</p>')


def wants_html(accept: str | None) -> bool:
    """True for a browser: the `Accept` header names HTML and does not put JSON before it."""
    offers = (accept or "").lower()
    page, data = offers.find("text/html"), offers.find("json")
    return page >= 0 and not 0 <= data < page


def _words(locale: str) -> Mapping[str, str]:
    return WORDS.get(locale, WORDS["en"])


def plain_page(locale: str, heading: str, body: str) -> str:
    """A page of this look; `heading` and `body` are HTML already, an unknown `locale` is English."""
    language = locale if locale in WORDS else "en"
    direction = "rtl" if language == "fa" else "ltr"
    return (
        f'<!doctype html><html lang="{language}" dir="{direction}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{heading}</title><style>{STYLE}</style></head>"
        f"<body><main><h1>{heading}</h1>{body}</main></body></html>"
    )
