"""The words of notices in the three languages; `i18n.words` has what they share with pages."""

from __future__ import annotations

from collections.abc import Mapping

from services.comms.i18n.words import DEFAULT_LOCALE, language, word

NOTICE_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "greeting": "Hello {name},",
        "footer": "Sent by Tocsin.",
        "role.subject": "You are now {role}: {title}",
        "role.heading": "You are now {role}",
        "role.text": "You have taken over the role “{role}” in the incident “{title}”.",
        "role.duties": "Your duties:",
        "role.previous": "Handed over by",
        "role.by": "Assigned by",
        "role.at": "Since",
        "action.subject.overdue": "Overdue: {title}",
        "action.subject.due_soon": "Due soon: {title}",
        "action.heading.overdue": "An action item of yours is overdue",
        "action.heading.due_soon": "An action item of yours is due soon",
        "action.title": "Action item",
        "action.due": "Due on",
        "action.open": "Open the action item",
        "runbook.subject": "{runbook}: {title}",
        "runbook.heading": "The runbook “{runbook}” says",
        "audit.subject": "On call: to be mended by {team} ({count})",
        "audit.heading": "Who is on call: {team} has something to mend",
        "audit.text": "This was found for the time until {until}. You are told again tomorrow of what is left.",
        "audit.findings": "Found:",
        "audit.service_pages_nobody": "A critical alert of {service} would page nobody by its own policy "
        "from {start} to {end}.",
        "audit.gap": "Nobody is on call by {schedule} from {start} to {end}.",
        "audit.layer_without_people": "A layer of {schedule} has no people.",
        "audit.no_contact_method": "{user} has no contact method; only their own e-mail address would be used.",
        "audit.no_working_contact_method": "The last page of {user} failed by every contact method there is.",
        "audit.open": "See who is on call",
    },
    "ja": {
        "greeting": "{name} さん",
        "footer": "Tocsin が送信しました。",
        "role.subject": "「{role}」を担当することになりました: {title}",
        "role.heading": "「{role}」の担当になりました",
        "role.text": "インシデント「{title}」で「{role}」の役割を引き継ぎました。",
        "role.duties": "役割の内容:",
        "role.previous": "前任者",
        "role.by": "任命した人",
        "role.at": "開始時刻",
        "action.subject.overdue": "期限超過: {title}",
        "action.subject.due_soon": "期限が近づいています: {title}",
        "action.heading.overdue": "担当のアクションが期限を過ぎています",
        "action.heading.due_soon": "担当のアクションの期限が近づいています",
        "action.title": "アクション",
        "action.due": "期限",
        "action.open": "アクションを開く",
        "runbook.subject": "{runbook}: {title}",
        "runbook.heading": "ランブック「{runbook}」からのお知らせ",
        "audit.subject": "オンコール: {team} に要対応の点が {count} 件あります",
        "audit.heading": "オンコール体制: {team} に要対応の点があります",
        "audit.text": "{until} までの期間について見つかりました。残っている点は明日もお知らせします。",
        "audit.findings": "見つかった点:",
        "audit.service_pages_nobody": "{service}: {start} から {end} まで、重大なアラートが起きても、"
        "設定されたポリシーでは誰も呼び出されません。",
        "audit.gap": "{schedule}: {start} から {end} まで担当者がいません。",
        "audit.layer_without_people": "{schedule} のレイヤーに担当者がいません。",
        "audit.no_contact_method": "{user} には連絡手段がありません。本人のメールアドレスだけが使われます。",
        "audit.no_working_contact_method": "{user} への前回の呼び出しは、すべての連絡手段で失敗しました。",
        "audit.open": "オンコール担当者を見る",
    },
    "fa": {
        "greeting": "سلام {name}،",
        "footer": "این پیام را Tocsin فرستاده است.",
        "role.subject": "اکنون نقش «{role}» با شماست: {title}",
        "role.heading": "اکنون نقش «{role}» با شماست",
        "role.text": "شما نقش «{role}» را در رخداد «{title}» بر عهده گرفته‌اید.",
        "role.duties": "وظایف شما:",
        "role.previous": "تحویل‌دهنده",
        "role.by": "تعیین‌کننده",
        "role.at": "از زمان",
        "action.subject.overdue": "مهلت گذشته: {title}",
        "action.subject.due_soon": "مهلت نزدیک است: {title}",
        "action.heading.overdue": "مهلت یکی از اقدام‌های شما گذشته است",
        "action.heading.due_soon": "مهلت یکی از اقدام‌های شما نزدیک است",
        "action.title": "اقدام",
        "action.due": "مهلت",
        "action.open": "باز کردن اقدام",
        "runbook.subject": "{runbook}: {title}",
        "runbook.heading": "پیام دستورکار «{runbook}»",
        "audit.subject": "آماده‌باش: {count} مورد برای اصلاح در {team}",
        "audit.heading": "آماده‌باش: تیم {team} مواردی برای اصلاح دارد",
        "audit.text": "این موارد برای زمان تا {until} پیدا شد. اگر چیزی بماند، فردا دوباره خبر داده می‌شود.",
        "audit.findings": "موارد:",
        "audit.service_pages_nobody": "از {start} تا {end} هشدار بحرانی {service} با سیاست خود آن "
        "به هیچ‌کس خبر داده نمی‌شود.",
        "audit.gap": "در برنامهٔ {schedule} از {start} تا {end} کسی آماده‌باش نیست.",
        "audit.layer_without_people": "یکی از لایه‌های {schedule} کسی ندارد.",
        "audit.no_contact_method": "{user} هیچ راه تماسی ندارد؛ فقط ایمیل خود شخص به کار می‌رود.",
        "audit.no_working_contact_method": "آخرین خبر به {user} از هیچ راه تماسی نرسید.",
        "audit.open": "دیدن افراد آماده‌باش",
    },
}


def notice_word(locale: str, key: str) -> str:
    """A word of notices; what they don't have is a page's word."""
    own = NOTICE_WORDS[language(locale)]
    return own.get(key) or NOTICE_WORDS[DEFAULT_LOCALE].get(key) or word(locale, key)
