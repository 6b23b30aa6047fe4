"""The words of the built-in template for stakeholders, who are no engineers: three languages."""

from __future__ import annotations

from collections.abc import Mapping

from services.comms.i18n.words import language
from services.comms.notices.texts import notice_word

STAKEHOLDER_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "subject": "Incident update: {title} · {id}",
        "opening.open": "We are handling an incident. This is where we stand.",
        "opening.over": "The incident is resolved. Thank you for your patience.",
        "impact": "Impact",
        "components": "Affected",
        "since": "Began",
        "ended": "Resolved",
        "lasted": "Lasted so far",
        "lasted.over": "Lasted",
        "commander": "Led by",
        "cause": "Cause",
        "done": "What we did:",
        "footer": "You get this because you are a stakeholder of this incident. Further news comes in this thread.",
        "minutes": "{minutes} min",
        "hours": "{hours} h {minutes} min",
        "days": "{days} d {hours} h",
        "reminder.subject": "Stakeholders have heard nothing for {minutes} minutes: {title}",
        "reminder.heading": "Stakeholders are waiting for news",
        "reminder.text": "The incident “{title}” is still open, and the last message to its stakeholders is "
        "{minutes} minutes old. Even “no news yet” helps them.",
        "reminder.last": "Last message",
        "status.triggered": "Detected",
        "status.acknowledged": "Being handled",
        "status.investigating": "We look for the cause",
        "status.identified": "The cause is known",
        "status.monitoring": "Fixed, we keep watching",
        "status.resolved": "Resolved",
        "status.closed": "Resolved",
        "severity.critical": "Critical",
        "severity.high": "High",
        "severity.medium": "Medium",
        "severity.low": "Low",
    },
    "ja": {
        "subject": "障害のお知らせ: {title} · {id}",
        "opening.open": "現在、障害に対応しています。状況は次のとおりです。",
        "opening.over": "障害は解決しました。ご不便をおかけしました。",
        "impact": "影響",
        "components": "対象",
        "since": "発生",
        "ended": "解決",
        "lasted": "経過時間",
        "lasted.over": "継続時間",
        "commander": "責任者",
        "cause": "原因",
        "done": "実施した対応:",
        "footer": "このメールは、本件の関係者の方にお送りしています。続報も同じスレッドでお知らせします。",
        "minutes": "{minutes} 分",
        "hours": "{hours} 時間 {minutes} 分",
        "days": "{days} 日 {hours} 時間",
        "reminder.subject": "関係者への連絡が {minutes} 分間ありません: {title}",
        "reminder.heading": "関係者が続報を待っています",
        "reminder.text": "インシデント「{title}」はまだ解決しておらず、最後の連絡から {minutes} 分が経ちました。"
        "「進展なし」の一言でも助けになります。",
        "reminder.last": "最後の連絡",
        "status.triggered": "検知しました",
        "status.acknowledged": "対応中です",
        "status.investigating": "原因を調査しています",
        "status.identified": "原因を特定しました",
        "status.monitoring": "対処を終え、経過を見ています",
        "status.resolved": "解決しました",
        "status.closed": "解決しました",
    },
    "fa": {
        "subject": "خبر رخداد: {title} · {id}",
        "opening.open": "در حال رسیدگی به یک رخداد هستیم. وضعیت کنونی چنین است.",
        "opening.over": "رخداد برطرف شده است. از شکیبایی شما سپاسگزاریم.",
        "impact": "اثر",
        "components": "بخش‌های درگیر",
        "since": "آغاز",
        "ended": "پایان",
        "lasted": "زمان سپری‌شده",
        "lasted.over": "مدت",
        "commander": "فرمانده",
        "cause": "علت",
        "done": "کارهایی که انجام شد:",
        "footer": "این پیام را دریافت کرده‌اید چون از ذی‌نفعان این رخداد هستید. خبرهای بعدی نیز در همین رشته می‌آید.",
        "minutes": "{minutes} دقیقه",
        "hours": "{hours} ساعت و {minutes} دقیقه",
        "days": "{days} روز و {hours} ساعت",
        "reminder.subject": "{minutes} دقیقه است که ذی‌نفعان خبری ندارند: {title}",
        "reminder.heading": "ذی‌نفعان چشم‌به‌راه خبرند",
        "reminder.text": "رخداد «{title}» هنوز باز است و از آخرین پیام به ذی‌نفعان {minutes} دقیقه گذشته است. "
        "حتی «هنوز خبری نیست» هم کمک می‌کند.",
        "reminder.last": "آخرین پیام",
        "status.triggered": "شناسایی شد",
        "status.acknowledged": "در حال رسیدگی",
        "status.investigating": "در جستجوی علت",
        "status.identified": "علت شناخته شد",
        "status.monitoring": "رفع شد و زیر نظر است",
        "status.resolved": "برطرف شد",
        "status.closed": "برطرف شد",
    },
}


def stakeholder_word(locale: str, key: str) -> str:
    """A word for stakeholders; what they don't have is a notice's or a page's word."""
    return STAKEHOLDER_WORDS[language(locale)].get(key) or notice_word(locale, key)
