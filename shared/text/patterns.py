"""People's patterns on senders' text, in the syntax of RE2: the time that takes grows with the text and no faster.

Source: https://github.com/google/re2/wiki/Syntax.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import re2

LONGEST_PATTERN = 500
"""Characters."""
LONGEST_TEXT = 1000
"""So many characters of a text are looked at."""
MEMORY_BYTES = 256 * 1024
"""That a pattern may take: what asks for more is refused."""

_OPTIONS = re2.Options()
_OPTIONS.log_errors = False
_OPTIONS.max_mem = MEMORY_BYTES


def require_pattern(text: str) -> str:
    """The text itself. Raises `ValueError`, which says what is wrong, when it is no pattern."""
    if len(text) > LONGEST_PATTERN:
        raise ValueError(f"a pattern has at most {LONGEST_PATTERN} characters")
    _compiled(text)
    return text


def is_found(pattern: str, text: str) -> bool:
    """True when the pattern is somewhere in the first `LONGEST_TEXT` characters. Raises `ValueError` for none."""
    return _compiled(pattern).search(text[:LONGEST_TEXT]) is not None


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> Any:
    try:
        return re2.compile(pattern, options=_OPTIONS)
    except re2.error as error:
        said = error.args[0] if error.args else ""
        detail = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
        raise ValueError(f"this is no pattern in the syntax of RE2: {detail}") from error
    except UnicodeEncodeError as error:
        raise ValueError("this is no pattern: it holds half of a pair of surrogates") from error
