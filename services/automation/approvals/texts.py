"""The words of the page behind an approval link, in the three languages."""

from __future__ import annotations

from collections.abc import Mapping

DEFAULT_LOCALE = "en"
WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "ask": "May this run?",
        "approve": "Approve",
        "reject": "Reject",
        "until": "It waits until",
        "drill": "This is a drill.",
        "approved": "Approved",
        "rejected": "Rejected",
        "approved_by": "Approved by",
        "rejected_by": "Rejected by",
        "thanks": "The timeline of the incident says so.",
        "sorry": "Nothing was changed",
        "not_waiting": "This was decided already, or its time is over.",
        "own_approval": "You started this yourself: somebody else must approve of it.",
        "forbidden": "You may not answer this: your role does not allow it, or it is another team's.",
        "person_gone": "This link belongs to somebody who is not here any more.",
        "not_found": "This link is not one of ours, it was cut short on the way, or what it is about is gone.",
    },
    "ja": {
        "ask": "実行してもよいですか？",
        "approve": "承認する",
        "reject": "却下する",
        "until": "回答期限",
        "drill": "これは訓練です。",
        "approved": "承認しました",
        "rejected": "却下しました",
        "approved_by": "承認した人",
        "rejected_by": "却下した人",
        "thanks": "インシデントのタイムラインに記録されました。",
        "sorry": "何も変更されていません",
        "not_waiting": "すでに回答済みか、期限を過ぎています。",
        "own_approval": "ご自身が開始したものです。ほかの人の承認が必要です。",
        "forbidden": "権限がないか、ほかのチームのものなので、回答できません。",
        "person_gone": "このリンクの持ち主は、もうここにはいません。",
        "not_found": "このリンクは無効か、途中で切れているか、対象がもうありません。",
    },
    "fa": {
        "ask": "اجازهٔ اجرای این کار را می‌دهید؟",
        "approve": "تأیید",
        "reject": "رد",
        "until": "مهلت پاسخ",
        "drill": "این یک مانور است.",
        "approved": "تأیید شد",
        "rejected": "رد شد",
        "approved_by": "تأییدکننده",
        "rejected_by": "ردکننده",
        "thanks": "این پاسخ در خط زمانی رخداد ثبت شد.",
        "sorry": "چیزی تغییر نکرد",
        "not_waiting": "پیش‌تر به این درخواست پاسخ داده شده یا مهلت آن گذشته است.",
        "own_approval": "خودتان این کار را آغاز کرده‌اید؛ کس دیگری باید آن را تأیید کند.",
        "forbidden": "نقش شما اجازهٔ پاسخ نمی‌دهد، یا این کار به گروه دیگری مربوط است.",
        "person_gone": "صاحب این پیوند دیگر اینجا نیست.",
        "not_found": "این پیوند از ما نیست، در راه ناقص شده، یا موضوع آن دیگر وجود ندارد.",
    },
}


def words_of(locale: str) -> Mapping[str, str]:
    """The words in this language, else in English."""
    return WORDS.get(locale, WORDS[DEFAULT_LOCALE])
