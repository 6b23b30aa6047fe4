"""What people do to words between reading a text and asking for it."""

from __future__ import annotations

import random
import re

OTHER_WORDS = {
    "en": {
        "exhausted": "drained",
        "expired": "lapsed",
        "filled": "crammed",
        "grows": "balloons",
        "broke": "ruined",
        "empty": "blank",
        "late": "behindhand",
        "charged": "debited",
        "hit": "reached",
        "fail": "bomb",
        "ahead": "fast",
        "kills": "reaps",
        "pile": "mound",
        "kernel": "vmlinuz",
        "turned": "switched",
        "answers": "replies",
        "everybody": "all tenants",
    },
    "ja": {
        "枯渇": "底をつく",
        "期限切れ": "切らした",
        "遅れている": "追いつかない",
        "真っ白": "何も出ない",
        "空": "ゼロ件",
        "圧迫": "食いつぶす",
        "発生": "起きた",
        "溜まる": "山積み",
        "起動しない": "上がってこない",
        "実行されない": "走らない",
        "止めた": "殺した",
        "失敗": "だめ",
    },
    "fa": {
        "تمام": "ته کشید",
        "منقضی": "باطل",
        "پر": "انباشته",
        "سفید": "بی‌محتوا",
        "عقب": "واپس",
        "خالی": "تهی",
        "برداشت": "کسر",
        "اجرا": "انجام",
        "جلو": "پیش",
        "ایستاده‌اند": "خشکیده‌اند",
        "انباشته": "تلنبار",
    },
}
"""Other words for the same thing, none of which search is told of."""
_NOISE = {
    "en": ["again", "that one time", "last year", "on call", "remember"],
    "ja": ["前に", "たしか", "去年の", "対応"],
    "fa": ["پارسال", "یادم هست", "قبلا", "همان"],
}
_FORMS = {
    "ja": [("サーバー", "サーバ"), ("ー", ""), ("プール", "ぷーる"), ("ログ", "ﾛｸﾞ"), ("り", ""), ("し", "")],
    "fa": [("ی", "ي"), ("ک", "ك"), ("\u200c", " "), ("\u200c", ""), ("ا", "آ")],
}
_LETTERS = {"en": "abcdefghijklmnopqrstuvwxyz", "fa": "ابپتجچدرسشفقکگلمنوهی", "ja": "いうしたてにのるん"}


def mistype(text: str, language: str, chance: random.Random) -> str:
    """Each second long word with one fault: a letter swapped, doubled, left out or exchanged."""
    if language == "ja":
        at = chance.randrange(1, max(2, len(text) - 1))
        return text[:at] + chance.choice(["", chance.choice(_LETTERS["ja"])]) + text[at + 1 :]
    words = text.split()
    long = [place for place, word in enumerate(words) if len(word) >= 5]
    for place in chance.sample(long, (len(long) + 1) // 2):
        words[place] = _mistype_word(words[place], language, chance)
    return " ".join(words)


def _mistype_word(word: str, language: str, chance: random.Random) -> str:
    at = chance.randrange(1, len(word) - 1)
    kind = chance.randrange(4)
    if kind == 0:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if kind == 1:
        return word[:at] + word[at + 1 :]
    return word[:at] + (word[at] if kind == 2 else chance.choice(_LETTERS[language])) + word[at + (kind == 3) :]


def reword(text: str, language: str, chance: random.Random) -> str:  # noqa: ARG001 - all of a kind
    """With other words where there are some."""
    for word, other in OTHER_WORDS[language].items():
        text = text.replace(word, other) if language == "ja" else re.sub(rf"\b{word}\b", other, text)
    return text


def reorder(text: str, language: str, chance: random.Random) -> str:
    """In another order."""
    parts = [part for part in re.split(r"(?<=[のがをにで、])", text) if part] if language == "ja" else text.split()
    chance.shuffle(parts)
    return "".join(parts) if language == "ja" else " ".join(parts)


def reform(text: str, language: str, chance: random.Random) -> str:
    """In other letter forms."""
    if language == "en":
        text = chance.choice([text.upper(), text.lower(), text.title()])
        return text.replace(" ", chance.choice(["  ", "-", " "])).replace("ing", "").replace("s ", " ")
    for one, other in chance.sample(_FORMS[language], 3):
        text = text.replace(one, other)
    return text


def forget(text: str, language: str, chance: random.Random) -> str:
    """Half of it, with words of no use."""
    noise = chance.choice(_NOISE[language])
    if language == "ja":
        parts = [part for part in re.split(r"(?<=[のがをにで、])", text) if len(part) > 1]
        return noise + "".join(part for place, part in enumerate(parts) if place % 2 == 0 or len(part) > 5)
    words = text.split()
    kept = [word for word in words if len(word) > 3 or word.isupper()]
    left = chance.sample(kept, min(len(kept), max(2, (len(kept) * 3 + 4) // 5)))
    return " ".join([noise, *(word for word in words if word in left)])


FAULTS = {"typo": mistype, "synonym": reword, "order": reorder, "form": reform, "half": forget}
