"""What a step writes, as text: bytes of any kind become characters, secrets are masked also where pieces meet. Pure.

What is no UTF-8 becomes U+FFFD. A secret is masked as it is, not in other codings of it (base64, percent-encoding).
"""

from __future__ import annotations

import codecs
from collections.abc import Sequence

from services.automation.values.values import MASK

SHORTEST_SECRET = 4
"""Characters; a shorter one stands in every text."""


class OutputText:
    """Reads one output piece by piece."""

    def __init__(self, secrets: Sequence[str], limit: int) -> None:
        """`limit` is how many characters are kept of it; what comes after is thrown away, and `is_cut` says so."""
        # the longest first, for one may be the beginning of another
        self._secrets = sorted({one for one in secrets if len(one) >= SHORTEST_SECRET}, key=len, reverse=True)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._held = ""
        """The end of what was read, while it may be the beginning of a secret."""
        self._left = limit
        self.is_cut = False

    def read(self, piece: bytes, *, is_last: bool = False) -> str:
        """What is known to be text by now."""
        text = self._held + self._decoder.decode(piece, final=is_last)
        keep = 0 if is_last else self._beginning_at_the_end(text)
        self._held = text[len(text) - keep :]
        return self._limited(self._mask(text[: len(text) - keep]))

    def _mask(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, MASK)
        return text

    def _beginning_at_the_end(self, text: str) -> int:
        """How many characters at the end may be the beginning of a secret."""
        longest = 0
        for secret in self._secrets:
            for size in range(min(len(secret) - 1, len(text)), longest, -1):
                if text.endswith(secret[:size]):
                    longest = size
                    break
        return longest

    def _limited(self, text: str) -> str:
        if len(text) > self._left:
            self.is_cut = True
        kept = text[: self._left]
        self._left -= len(kept)
        return kept
