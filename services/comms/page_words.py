"""The words of a page, by mail or chat, in the three languages. Unknown ones read English, `fa-IR` reads `fa`."""

from __future__ import annotations

from collections.abc import Mapping

DEFAULT_LOCALE = "en"
RIGHT_TO_LEFT = frozenset({"fa"})

WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "drill": "DRILL",
        "drill_note": "This is a drill. Act as if it were real.",
        "greeting": "{name}, you are being paged.",
        "acknowledge": "Acknowledge",
        "acknowledge_note": "The link is valid for 24 hours. Acknowledging stops the paging.",
        "open": "Open the incident",
        "incident": "Incident",
        "service": "Service",
        "severity": "Severity",
        "priority": "Priority",
        "status": "Status",
        "reason": "Why you",
        "at": "Paged at",
        "step": "step {step}, round {round}",
        "reason.escalation": "You are next in the escalation",
        "reason.new_alert": "A new alert joined an acknowledged incident",
        "reason.reescalated": "The incident became critical",
        "reason.ack_timeout": "The acknowledgement ran out",
        "resolve": "Resolve",
        "by_link": "Acknowledge in the browser",
        "acknowledged_by": "Acknowledged by {by}",
        "acknowledged": "Acknowledged",
        "resolved_by": "Resolved by {by}",
        "resolved": "Resolved",
        "merged": "Merged into another incident",
        "footer": "Sent by Tocsin to whoever is on call.",
    },
    "ja": {
        "drill": "訓練",
        "drill_note": "これは訓練です。本番と同じように対応してください。",
        "greeting": "{name} さん、呼び出しです。",
        "acknowledge": "確認する",
        "acknowledge_note": "リンクの有効期限は24時間です。確認すると呼び出しは止まります。",
        "open": "インシデントを開く",
        "incident": "インシデント",
        "service": "サービス",
        "severity": "重大度",
        "priority": "優先度",
        "status": "状態",
        "reason": "呼び出しの理由",
        "at": "呼び出し時刻",
        "step": "ステップ {step}、{round} 巡目",
        "reason.escalation": "エスカレーションの順番です",
        "reason.new_alert": "確認済みのインシデントに新しいアラートが加わりました",
        "reason.reescalated": "インシデントが「緊急」になりました",
        "reason.ack_timeout": "確認の有効期限が切れました",
        "resolve": "解決する",
        "by_link": "ブラウザで確認する",
        "acknowledged_by": "{by} さんが確認しました",
        "acknowledged": "確認済み",
        "resolved_by": "{by} さんが解決しました",
        "resolved": "解決済み",
        "merged": "別のインシデントに統合されました",
        "footer": "当番の方に Tocsin が送信しました。",
        "severity.critical": "緊急",
        "severity.high": "高",
        "severity.medium": "中",
        "severity.low": "低",
        "status.triggered": "発生",
        "status.acknowledged": "確認済み",
        "status.investigating": "調査中",
        "status.identified": "原因特定",
        "status.monitoring": "監視中",
        "status.resolved": "解決済み",
        "status.closed": "終了",
    },
    "fa": {
        "drill": "مانور",
        "drill_note": "این یک مانور است؛ مانند رخداد واقعی عمل کنید.",
        "greeting": "{name}، شما فراخوانده شده‌اید.",
        "acknowledge": "تأیید دریافت",
        "acknowledge_note": "این پیوند ۲۴ ساعت اعتبار دارد. با تأیید دریافت، فراخوانی متوقف می‌شود.",
        "open": "باز کردن رخداد",
        "incident": "رخداد",
        "service": "سرویس",
        "severity": "شدت",
        "priority": "اولویت",
        "status": "وضعیت",
        "reason": "دلیل فراخوانی",
        "at": "زمان فراخوانی",
        "step": "گام {step}، دور {round}",
        "reason.escalation": "در زنجیرهٔ فراخوانی نوبت شماست",
        "reason.new_alert": "هشدار تازه‌ای به رخداد تأییدشده پیوست",
        "reason.reescalated": "رخداد بحرانی شد",
        "reason.ack_timeout": "مهلت تأیید دریافت پایان یافت",
        "resolve": "رفع شد",
        "by_link": "تأیید دریافت در مرورگر",
        "acknowledged_by": "{by} دریافت را تأیید کرد",
        "acknowledged": "دریافت تأیید شد",
        "resolved_by": "{by} رخداد را رفع کرد",
        "resolved": "رخداد رفع شد",
        "merged": "در رخداد دیگری ادغام شد",
        "footer": "این پیام را Tocsin برای کشیک فرستاده است.",
        "severity.critical": "بحرانی",
        "severity.high": "زیاد",
        "severity.medium": "متوسط",
        "severity.low": "کم",
        "status.triggered": "رخ داده",
        "status.acknowledged": "دریافت تأیید شده",
        "status.investigating": "در حال بررسی",
        "status.identified": "علت شناخته شده",
        "status.monitoring": "زیر نظر",
        "status.resolved": "رفع شده",
        "status.closed": "بسته",
    },
}


def language(locale: str) -> str:
    """The language we have that fits a locale best."""
    primary = locale.replace("_", "-").split("-")[0].lower()
    return primary if primary in WORDS else DEFAULT_LOCALE


def word(locale: str, key: str) -> str:
    """A word or sentence; what a language lacks is said in English, and a bare name by its last part."""
    own = WORDS[language(locale)]
    return own.get(key) or WORDS[DEFAULT_LOCALE].get(key) or key.rpartition(".")[2]
