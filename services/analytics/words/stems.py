"""The part of a word that its forms share: plural, tense and affixes are taken off, carefully. Pure.

Better one ending too few than one too many: typing faults are forgiven elsewhere, and a wrong stem joins strangers.
"""

from __future__ import annotations

from functools import lru_cache

from services.analytics.words.letters import is_arabic

PERSIAN_PREFIXES = frozenset({"می", "نمی"})
"""Of verbs; they are kept, for without them `می‌کند` (does) is `کند` (slow)."""
_ENDINGS_FA = ("هایی", "هایش", "هایم", "های", "ها", "ترین", "ات")
_LINKED_FA = (("ایی", "ا"), ("ای", "ا"), ("ویی", "و"), ("وی", "و"))
"""After a long vowel a yeh links a word to the next one, or says that it is some: `خطای پایگاه`, `گفتگوی ما`, `خطایی`.

After he it is written apart (`برنامه‌ی`), or as a mark (`برنامۀ`), which `letters` and `stop_words` leave out.
"""

_KEPT = frozenset(
    {"access", "process", "address", "status", "kubernetes", "redis", "dns", "nfs", "aws", "tls", "https"}
)
_VOWELS = frozenset("aeiouy")
_ENDINGS = (("ations", "at"), ("ation", "at"), ("ions", ""), ("ion", ""), ("ments", ""), ("ment", ""), ("ness", ""))


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """The stem of a folded word of one script."""
    if word.isascii():
        return _english(word) if word.isalpha() else word
    if is_arabic(word[0]):
        return _persian(word)
    return word


def _persian(word: str) -> str:
    for suffix in _ENDINGS_FA:
        if word.endswith(suffix) and len(word) - len(suffix) >= 3:
            return word[: -len(suffix)]
    for linked, plain in _LINKED_FA:
        if word.endswith(linked) and len(word) - len(linked) + len(plain) >= 3:
            return word[: -len(linked)] + plain
    return word


def _english(word: str) -> str:
    if len(word) < 4 or word in _KEPT:
        return word
    word = _without_plural(word)
    for ending in ("ing", "ed"):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and _VOWELS & set(word[: -len(ending)]):
            word = word[: -len(ending)]
            if word[-1] == word[-2] and word[-1] not in "lsz":
                word = word[:-1]
            break
    else:
        for ending, left in _ENDINGS:
            if word.endswith(ending) and len(word) - len(ending) >= 4:
                word = word[: len(word) - len(ending)] + left
                break
    return word[:-1] if word.endswith("e") and len(word) > 3 else word


def _without_plural(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes", "zes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word
