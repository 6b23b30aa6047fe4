"""The words of a text as search knows them: folded to one form, in lower case, each once."""

from __future__ import annotations

import re
import unicodedata

_WORD = re.compile(r"\w+", re.UNICODE)
MAX_WORDS = 24
MAX_WORD_LENGTH = 40


def fold(text: str) -> str:
    """One form for texts that differ only in case or in how they are encoded (NFKC, case folding)."""
    return unicodedata.normalize("NFKC", text).casefold().strip()


def words_of(text: str) -> list[str]:
    """The distinct words of a text in their order, at most 24, each cut to 40 characters."""
    found = dict.fromkeys(word[:MAX_WORD_LENGTH] for word in _WORD.findall(fold(text)))
    return list(found)[:MAX_WORDS]
