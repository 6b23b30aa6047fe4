"""The index: a folder of tantivy's files that this process alone writes and reads, and may lose.

Nothing here waits for anybody but the disk; callers run it beside the event loop. Whoever asks sees what was committed.
What was committed is whole, however a process ends, and says until when it knows the copies (`Bookmark`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import tantivy
from tantivy import Query

from services.analytics.search.entry import Entry, analyse
from services.analytics.search.keeping.files import OwnFolder, is_whole
from services.analytics.search.keeping.kept import Candidate, read_kept, write_order, write_places, write_shown
from services.analytics.search.keeping.version import make_version
from shared.clocks.epoch import to_millis
from shared.web.paging import END

HEAP_BYTES = 30_000_000
"""What the writer holds before it begins a segment."""
NO_TEAM, EVERYBODY = "-", "§everybody"
_BOOKMARK = "§bookmark"


@dataclass(frozen=True, slots=True)
class Bookmark:
    """What an index knows of the copies: all that was written there until then."""

    until: datetime
    newest: tuple[tuple[int, str, str, int], ...] = ()
    """The last of it, each with when it was written, copy, id and sequence. A database that lacks some is another one.
    """


class IndexLost(Exception):
    """The files can't be written or read any more: the index has to be opened or built anew."""


def make_schema() -> tantivy.Schema:
    """Terms come as we cut them, between spaces; what only narrows is one term each."""
    builder = tantivy.SchemaBuilder()
    for name in ("title", "solution", "all"):
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="freq")
    builder.add_text_field("words", tokenizer_name="whitespace", index_option="basic")
    for name in ("key", "kind", "service", "team", "alert"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    for name in ("over", "part"):
        builder.add_boolean_field(name, indexed=True)
    builder.add_integer_field("at", indexed=True, fast=True)
    for name in ("order", "shown", "places"):
        builder.add_bytes_field(name, stored=True)
    return builder.build()


class SearchIndex:
    """One process's index. `bookmark` is what it knew when it was opened; None for one that was begun just now."""

    def __init__(self, folder: Path, *, anew: bool = False) -> None:
        """Opens what an earlier process of this name left below `folder`, if it is of this version and whole; else, and
        `anew`, begins one. Raises `IndexLost`.
        """
        self.schema = make_schema()
        self.bookmark: Bookmark | None = None
        with _lost_on_failure():
            self._own = OwnFolder(folder)
        try:
            self._open_or_begin(anew=anew)
        except IndexLost:
            self._own.leave()
            raise

    def _open_or_begin(self, *, anew: bool) -> None:
        path = self._own.path / make_version()
        if not anew and is_whole(path):
            with suppress(IndexLost):
                self._open(path)
        if self.bookmark is None:
            self._own.clear()
            self._open(path)
        else:
            self._own.clear(but=path.name)

    def _open(self, path: Path) -> None:
        with _lost_on_failure():
            path.mkdir(exist_ok=True, mode=0o700)
            self._index = tantivy.Index(self.schema, path=str(path))
            self._index.config_reader("manual")
            self.bookmark = self._read_bookmark()
            self._writer = self._index.writer(HEAP_BYTES, 1)

    def write(
        self, changed: Iterable[tuple[str, Entry | None]], *, bookmark: Bookmark | None = None, commit: bool = True
    ) -> None:
        """Put entries in the place of those with their keys; None takes one out.

        They are found when this returns, without `commit` when a later call does. Raises `IndexLost`.
        """
        ready = [(key, _to_tantivy(entry) if entry is not None else None) for key, entry in changed]
        if bookmark is not None:
            ready.append((_BOOKMARK, _write_bookmark(bookmark)))
        with _lost_on_failure():
            for key, made in ready:
                self._writer.delete_documents_by_term("key", key)
                if made is not None:
                    self._writer.add_document(made)
            if commit:
                self._writer.commit()
                self._index.reload()

    def searcher(self) -> tantivy.Searcher:
        """The index as it was committed last."""
        return self._index.searcher()

    def close(self) -> None:
        """Write no more, and let the next process have the folder. Who is searching may go on."""
        del self._writer
        self._own.leave()

    def _read_bookmark(self) -> Bookmark | None:
        searcher = self._index.searcher()
        hits = searcher.search(Query.term_query(self.schema, "key", _BOOKMARK, "basic"), 1, count=False).hits
        if not hits:
            return None
        kept = json.loads(searcher.doc(hits[0][1])["shown"][0])
        newest = tuple((at, copy, key, sequence) for at, copy, key, sequence in kept["newest"])
        return Bookmark(datetime.fromisoformat(kept["until"]), newest)


def find(searcher: tantivy.Searcher, query: tantivy.Query, most: int) -> list[Candidate]:
    """The best entries for a query, the best first. Raises `IndexLost`."""
    with _lost_on_failure():
        hits = searcher.search(query, most, count=False).hits
        found = [(score, searcher.doc(address)) for score, address in hits]
    return [
        Candidate(read_kept(one["order"][0], one["shown"][0], one["places"][0]), float(score)) for score, one in found
    ]


@contextmanager
def _lost_on_failure() -> Iterator[None]:
    """Whatever fails inside is `IndexLost`: tantivy raises these, and panics over files that are not what it wrote."""
    try:
        yield
    except (ValueError, OSError) as error:
        raise IndexLost(str(error)) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise IndexLost(str(error)) from error


def _write_bookmark(bookmark: Bookmark) -> tantivy.Document:
    found = tantivy.Document()
    found.add_text("key", _BOOKMARK)
    kept = {"until": bookmark.until.isoformat(), "newest": bookmark.newest}
    found.add_bytes("shown", json.dumps(kept).encode("utf-8", "replace"))
    return found


def _to_tantivy(entry: Entry) -> tantivy.Document:
    terms = analyse(entry)
    found = tantivy.Document()
    found.add_text("title", terms.title)
    found.add_text("solution", terms.solution)
    found.add_text("all", terms.all)
    found.add_text("words", terms.words)
    found.add_text("key", entry.key)
    found.add_text("kind", entry.kind)
    found.add_text("team", entry.team or (EVERYBODY if entry.is_everybodys else NO_TEAM))
    if entry.service_id:
        found.add_text("service", entry.service_id)
    for key in entry.alert_keys:
        found.add_text("alert", key)
    found.add_boolean("over", entry.is_over)
    found.add_boolean("part", bool(entry.part))
    found.add_integer("at", to_millis(entry.at) if entry.at is not None else to_millis(END))
    found.add_bytes("order", write_order(entry, terms))
    found.add_bytes("shown", write_shown(entry))
    found.add_bytes("places", write_places(terms))
    return found
