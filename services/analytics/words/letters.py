"""Letters in one form: width, case, accents, Persian from Arabic keyboards, digits of any script, kana. Pure."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

ZWNJ = "\u200c"
"""The half-space of Persian: it parts what belongs together (`می‌شود`)."""
_TATWEEL = "\u0640"
_LONG_VOWEL = "ー"

_ARABIC = str.maketrans(
    {
        "ي": "ی",
        "ى": "ی",
        "ئ": "ی",
        "ې": "ی",
        "ك": "ک",
        "ة": "ه",
        "ۀ": "ه",
        "ە": "ه",
        "ہ": "ه",
        "أ": "ا",
        "إ": "ا",
        "آ": "ا",
        "ٱ": "ا",
        "ؤ": "و",
        "ء": "",
        _TATWEEL: "",
        "\u200d": "",
        "\u200e": "",
        "\u200f": "",
        "\u00ad": "",
    }
)
"""What Arabic keyboards, and careful writers, put where most Persian writers put another letter."""

_SMALL_KANA = str.maketrans("ぁぃぅぇぉっゃゅょゎ", "あいうえおつやゆよわ")
_KATAKANA_FIRST, _KATAKANA_LAST, _KANA_STEP = 0x30A1, 0x30F6, 0x60


@lru_cache(maxsize=50_000)
def fold(text: str) -> str:
    """The text with every letter in its one form; the half-space stays, for it is a place to part a word.

    Katakana become hiragana, small kana large ones and long vowels short, since people write them either way.
    """
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKC", text).casefold().translate(_ARABIC)
    return unicodedata.normalize("NFC", "".join(_simplify(letter) for letter in plain)).translate(_SMALL_KANA)


def _simplify(letter: str) -> str:
    if letter == _LONG_VOWEL:
        return ""
    if _KATAKANA_FIRST <= ord(letter) <= _KATAKANA_LAST:
        return chr(ord(letter) - _KANA_STEP)
    if letter.isdigit() and not letter.isascii():
        return str(unicodedata.digit(letter, 0))
    if unicodedata.combining(letter):
        # half-width kana leave none: NFKC put their marks and letters together
        return ""
    if "\u00c0" <= letter <= "\u024f":
        return "".join(part for part in unicodedata.normalize("NFD", letter) if not unicodedata.combining(part))
    return letter


def is_cjk(letter: str) -> bool:
    """True for letters of scripts that are written without spaces between words."""
    return (
        "\u3040" <= letter <= "\u30ff"
        or "\u3400" <= letter <= "\u9fff"
        or "\uf900" <= letter <= "\ufaff"
        or "\uff66" <= letter <= "\uff9f"
        or "\U00020000" <= letter <= "\U0003ffff"
        or letter in "々〆ヶ"
    )


def is_kana(letter: str) -> bool:
    """True for hiragana, which is all that folding leaves of kana."""
    return "\u3041" <= letter <= "\u309f"


def is_arabic(letter: str) -> bool:
    """True for letters of Persian."""
    return "\u0600" <= letter <= "\u06ff"


def script_of(text: str) -> str:
    """Which script a text is in: `cjk` or `arabic` when it has a letter of it, else `latin`."""
    if text.isascii():
        return "latin"
    if any(map(is_cjk, text)):
        return "cjk"
    return "arabic" if any(map(is_arabic, text)) else "latin"
