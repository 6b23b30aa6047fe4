"""The words of requests for approvals in the three languages."""

from __future__ import annotations

from collections.abc import Mapping

from services.comms.i18n.words import DEFAULT_LOCALE, language

WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "subject": "May this run? {runbook} · {step}",
        "heading": "A runbook waits for you",
        "text": "The runbook “{runbook}” does not go on until somebody approves of its step “{step}”.",
        "runbook": "Runbook",
        "step": "Step",
        "started_by": "Started by",
        "until": "Until",
        "approve": "Approve",
        "reject": "Reject",
        "answer": "Approve or reject",
        "approved": "Approved by {by}.",
        "rejected": "Rejected by {by}.",
        "expired": "Nobody answered in time: it does not run.",
        "cancelled": "The runbook was cancelled: nothing is to be answered any more.",
        "own_approval": "You started this yourself: somebody else must approve of it. Nothing was changed.",
        "not_waiting": "This was decided already, or its time is over. Nothing was changed.",
        "forbidden": "You may not answer this: your role does not allow it, or it is another team's.",
        "person_gone": "Tocsin does not know you any more. Nothing was changed.",
        "unknown": "Tocsin does not know who you are: have your Slack id among your contact methods. "
        "Nothing was changed.",
    },
    "ja": {
        "subject": "実行の承認依頼: {runbook} · {step}",
        "heading": "ランブックが承認を待っています",
        "text": "ランブック「{runbook}」は、ステップ「{step}」が承認されるまで先に進みません。",
        "runbook": "ランブック",
        "step": "ステップ",
        "started_by": "開始した人",
        "until": "回答期限",
        "approve": "承認する",
        "reject": "却下する",
        "answer": "承認または却下する",
        "approved": "{by} さんが承認しました。",
        "rejected": "{by} さんが却下しました。",
        "expired": "期限内に回答がなかったため、実行されません。",
        "cancelled": "ランブックは中止されました。回答は不要です。",
        "own_approval": "ご自身が開始したものです。ほかの人の承認が必要です。何も変更されていません。",
        "not_waiting": "すでに回答済みか、期限を過ぎています。何も変更されていません。",
        "forbidden": "権限がないか、ほかのチームのものなので、回答できません。",
        "person_gone": "あなたの登録が見つかりません。何も変更されていません。",
        "unknown": "どなたか確認できません。連絡手段に Slack の ID を登録してください。何も変更されていません。",
    },
    "fa": {
        "subject": "اجازهٔ اجرا: {runbook} · {step}",
        "heading": "یک دستورکار منتظر شماست",
        "text": "دستورکار «{runbook}» تا تأیید گام «{step}» پیش نمی‌رود.",
        "runbook": "دستورکار",
        "step": "گام",
        "started_by": "آغازکننده",
        "until": "مهلت پاسخ",
        "approve": "تأیید",
        "reject": "رد",
        "answer": "تأیید یا رد",
        "approved": "{by} آن را تأیید کرد.",
        "rejected": "{by} آن را رد کرد.",
        "expired": "کسی به‌موقع پاسخ نداد؛ اجرا نمی‌شود.",
        "cancelled": "دستورکار لغو شد؛ دیگر پاسخی لازم نیست.",
        "own_approval": "خودتان این کار را آغاز کرده‌اید؛ کس دیگری باید آن را تأیید کند. چیزی تغییر نکرد.",
        "not_waiting": "پیش‌تر به این درخواست پاسخ داده شده یا مهلت آن گذشته است. چیزی تغییر نکرد.",
        "forbidden": "نقش شما اجازهٔ پاسخ نمی‌دهد، یا این کار به گروه دیگری مربوط است.",
        "person_gone": "Tocsin دیگر شما را نمی‌شناسد. چیزی تغییر نکرد.",
        "unknown": "Tocsin شما را نمی‌شناسد؛ شناسهٔ Slack خود را به راه‌های تماس بیفزایید. چیزی تغییر نکرد.",
    },
}


def approval_word(locale: str, key: str) -> str:
    """One word or sentence in the reader's language, else in English."""
    return WORDS[language(locale)][key]


def refusal_text(locale: str, code: str) -> str:
    """Why an answer did not count; of a reason that is new here, that nothing waits for it."""
    known = code if code in WORDS[DEFAULT_LOCALE] else "not_waiting"
    return approval_word(locale, known)
