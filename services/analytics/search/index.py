"""The index: a folder of tantivy's files that this process alone writes and reads, and may lose.

Nothing here waits for anybody but the disk; callers run it beside the event loop. Whoever asks sees what was committed.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import tantivy

from services.analytics.search.entry import Analysed, Candidate, Entry, EntryKind, Kept, analyse
from services.analytics.search.trigrams import trigrams_of
from shared.clocks.epoch import to_millis
from shared.ids import fresh

HEAP_BYTES = 30_000_000
"""What the writer holds before it begins a segment."""
NO_TEAM = "-"
_EVER = to_millis(datetime(3000, 1, 1, tzinfo=UTC))


def make_schema() -> tantivy.Schema:
    """Terms come as we cut them, between spaces; what only narrows is one term each."""
    builder = tantivy.SchemaBuilder()
    for name in ("title", "solution", "all", "grams"):
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="freq")
    for name in ("key", "kind", "service", "team", "alert"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    builder.add_boolean_field("over", indexed=True)
    builder.add_integer_field("at", indexed=True, fast=True)
    builder.add_bytes_field("kept", stored=True)
    return builder.build()


class IndexLost(Exception):
    """The files can't be written or read any more: the index has to be built anew."""


class SearchIndex:
    """One process's index, in a folder of its own below `folder`; what else is there is of who had it before."""

    def __init__(self, folder: Path) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        own = folder / fresh()
        own.mkdir(parents=True, mode=0o700)
        self.schema = make_schema()
        self._index = tantivy.Index(self.schema, path=str(own))
        self._writer = self._index.writer(HEAP_BYTES, 1)

    def write(self, changed: Iterable[tuple[str, Entry | None]], *, commit: bool = True) -> None:
        """Put entries in the place of those with their keys; None takes one out.

        They are found when this returns, without `commit` when a later call does. Raises `IndexLost`.
        """
        ready = [(key, _to_tantivy(entry) if entry is not None else None) for key, entry in changed]
        try:
            for key, made in ready:
                self._writer.delete_documents_by_term("key", key)
                if made is not None:
                    self._writer.add_document(made)
            if commit:
                self._writer.commit()
                self._index.reload()
        except (ValueError, OSError) as error:  # all that tantivy raises
            raise IndexLost(str(error)) from error

    def searcher(self) -> tantivy.Searcher:
        """The index as it was committed last."""
        return self._index.searcher()


def find(searcher: tantivy.Searcher, query: tantivy.Query, most: int) -> list[Candidate]:
    """The best entries for a query, the best first."""
    hits = searcher.search(query, most, count=False).hits
    return [Candidate(_read(searcher.doc(address)["kept"][0]), float(score)) for score, address in hits]


def _to_tantivy(entry: Entry) -> tantivy.Document:
    terms = analyse(entry)
    words = dict.fromkeys(terms.all)
    found = tantivy.Document()
    found.add_text("title", " ".join(terms.title))
    found.add_text("solution", " ".join(terms.solution))
    found.add_text("all", " ".join(terms.all))
    found.add_text("grams", " ".join(gram for word in words for gram in trigrams_of(word)))
    found.add_text("key", entry.key)
    found.add_text("kind", entry.kind)
    found.add_text("team", entry.team or NO_TEAM)
    if entry.service_id:
        found.add_text("service", entry.service_id)
    for key in entry.alert_keys:
        found.add_text("alert", key)
    found.add_boolean("over", entry.is_over)
    found.add_integer("at", to_millis(entry.at) if entry.at is not None else _EVER)
    found.add_bytes("kept", _write(entry, terms))
    return found


def _write(entry: Entry, terms: Analysed) -> bytes:
    kept: dict[str, Any] = {
        "id": entry.id,
        "kind": entry.kind,
        "title": entry.title,
        "solution": entry.solution,
        "texts": list(entry.texts),
        "names": list(entry.names),
        "service_id": entry.service_id,
        "team": entry.team,
        "at": entry.at.isoformat() if entry.at is not None else None,
        "alert_keys": list(entry.alert_keys),
        "is_over": entry.is_over,
        "terms": [" ".join(terms.title), " ".join(terms.solution), " ".join(dict.fromkeys(terms.all))],
    }
    return json.dumps(kept, ensure_ascii=False).encode("utf-8", "replace")


def _read(stored: Sequence[int] | bytes) -> Kept:
    kept = json.loads(bytes(stored))
    title, solution, everything = kept.pop("terms")
    at = kept.pop("at")
    kind = EntryKind(kept.pop("kind"))
    entry = Entry(**kept, kind=kind, at=datetime.fromisoformat(at) if at is not None else None)
    return Kept(entry, Analysed(frozenset(title.split()), frozenset(solution.split()), tuple(everything.split())))
