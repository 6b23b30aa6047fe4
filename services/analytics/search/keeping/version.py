"""What an index was made by: one of another version of the code that cuts texts and keeps entries is built anew. Pure.

The files lie beside this one, and are read once in a process: nobody has to remember to count a number up.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import cache
from hashlib import blake2b
from importlib.metadata import version
from importlib.resources import files
from importlib.resources.abc import Traversable

_WORDS, _SEARCH = "services.analytics.words", "services.analytics.search"
_MAKING = ("entry.py", "index.py", "keeping/kept.py")
"""What, beside the words and the kinds, says what is in an index."""


@cache
def make_version() -> str:
    """The same for the same code, concepts and Unicode."""
    made = blake2b(f"{version('tantivy')} {unicodedata.unidata_version}".encode(), digest_size=12)
    for one in _sources():
        made.update(one.name.encode() + b"\0" + one.read_bytes())
    return made.hexdigest()


def _sources() -> Iterator[Traversable]:
    found = [*files(_WORDS).iterdir(), *files(_SEARCH).joinpath("kinds").iterdir()]
    yield from sorted((one for one in found if one.is_file()), key=lambda one: one.name)
    yield from (files(_SEARCH).joinpath(name) for name in _MAKING)
