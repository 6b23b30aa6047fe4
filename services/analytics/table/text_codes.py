"""Texts as small numbers: what many rows say is kept once. Pure, but grows as it is asked."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from services.analytics.table.columns import Ints

NO_TEXT = 0
"""The code of the empty text, which also stands for none."""


class TextCodes:
    """Every text that was ever said has a number, in the order in which they came."""

    def __init__(self) -> None:
        self._texts = [""]
        self._codes = {"": NO_TEXT}

    def code(self, text: str | None) -> int:
        """The number of a text; a new one where it has none."""
        if not text:
            return NO_TEXT
        found = self._codes.get(text)
        if found is None:
            found = self._codes[text] = len(self._texts)
            self._texts.append(text)
        return found

    def find(self, texts: Iterable[str]) -> Ints:
        """The numbers of those of these texts that were ever said."""
        return np.array([self._codes[text] for text in texts if text in self._codes], dtype=np.int64)

    def text(self, code: int) -> str:
        """The text of a number. Raises `IndexError` for one that was never given."""
        return self._texts[code]

    def __len__(self) -> int:
        return len(self._texts)
