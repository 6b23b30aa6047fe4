"""People in texts that stay: written `@id` where the text is kept, called by their names where it is read.

So a name is nowhere kept in a text, and who was erased is an id again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping

_WORD = re.compile(r"\S+")
_AROUND = "(),;:.“”"
_MENTION = re.compile(r"(?<![\w@./])@([A-Za-z0-9_][A-Za-z0-9_.~:@+-]{0,127})")
_ENDINGS = ".:-_~+@"


def mention(text: str, people: Collection[str]) -> str:
    """The text with each whole word that is the id of one of these people written as `@id`."""

    def mark(found: re.Match[str]) -> str:
        word = found.group()
        key = word.strip(_AROUND)
        return word.replace(key, f"@{key}", 1) if key in people else word

    return _WORD.sub(mark, text)


def mentions_in(text: str) -> set[str]:
    """The ids that a text may mention; a dot or dash at the end may belong to the sentence."""
    found: set[str] = set()
    for one in _MENTION.finditer(text):
        found |= {one.group(1), one.group(1).rstrip(_ENDINGS)}
    return found


def with_names(text: str, names: Mapping[str, str], write: Callable[[str], str] = str) -> str:
    """The text with each `@id` of somebody in `names` replaced by the name, passed through `write`."""

    def write_name(found: re.Match[str]) -> str:
        key = found.group(1)
        for known in (key, key.rstrip(_ENDINGS)):
            if known in names:
                return write(names[known]) + key[len(known) :]
        return found.group()

    return _MENTION.sub(write_name, text)
