"""The index outlives its process, and what is not as it was written is never searched."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.analytics.search.entry import Entry, EntryKind
from services.analytics.search.finder import Asked, search_index
from services.analytics.search.index import Bookmark, IndexLost, SearchIndex
from services.analytics.search.keeping.files import MOST_PROCESSES, OwnFolder, is_whole
from services.analytics.search.keeping.version import make_version

pytestmark = pytest.mark.unit

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
MARK = Bookmark(NOON, ((1, "incidents", "INC-0", 3),))


def entry(id: str, title: str) -> Entry:
    return Entry(id, EntryKind.INCIDENT, title)


def filled(folder: Path, *entries: Entry) -> SearchIndex:
    index = SearchIndex(folder)
    index.write([(one.key, one) for one in entries], bookmark=MARK)
    return index


def found(index: SearchIndex, text: str) -> list[str]:
    return [one.candidate.kept.entry.id for one in search_index(index, Asked(text))[1]]


def files(folder: Path, part: str) -> list[Path]:
    return sorted((folder / "0" / make_version()).glob(f"*.{part}"))


def test_the_next_process_finds_what_this_one_wrote_and_how_far_it_knew(tmp_path: Path) -> None:
    filled(tmp_path, entry("1", "narwhal in the pool")).close()
    again = SearchIndex(tmp_path)
    assert found(again, "narwhal") == ["1"]
    assert again.bookmark == MARK
    again.write([("incident:1", None), ("incident:2", entry("2", "walrus"))])
    assert (found(again, "narwhal"), found(again, "walrus")) == ([], ["2"])


def test_what_was_not_committed_is_not_found_by_the_next_process(tmp_path: Path) -> None:
    index = filled(tmp_path, entry("1", "narwhal"))
    index.write([("incident:2", entry("2", "walrus"))], commit=False)
    index.close()
    again = SearchIndex(tmp_path)
    assert (found(again, "narwhal"), found(again, "walrus")) == (["1"], [])
    assert again.bookmark == MARK


@pytest.mark.parametrize("part", ["term", "idx", "store", "fast", "fieldnorm"])
@pytest.mark.parametrize("harm", ["one bit", "cut off", "gone"])
def test_an_index_with_a_file_that_is_not_what_was_written_is_begun_anew(tmp_path: Path, part: str, harm: str) -> None:
    filled(tmp_path, *(entry(str(number), f"narwhal {number}") for number in range(50))).close()
    (path,) = files(tmp_path, part)
    data = bytearray(path.read_bytes())
    if harm == "gone":
        path.unlink()
    else:
        data[len(data) // 3] ^= 4
        path.write_bytes(data[: len(data) // 2] if harm == "cut off" else data)
    index = SearchIndex(tmp_path)
    assert index.bookmark is None
    assert found(index, "narwhal") == []
    index.write([("incident:2", entry("2", "walrus"))])
    assert found(index, "walrus") == ["2"]


def test_a_file_of_deletions_is_looked_at_too(tmp_path: Path) -> None:
    index = filled(tmp_path, *(entry(str(number), f"narwhal {number}") for number in range(50)))
    index.write([("incident:7", None)], bookmark=MARK)
    index.close()
    (path,) = files(tmp_path, "del")
    path.write_bytes(b"\0" * path.stat().st_size)
    assert SearchIndex(tmp_path).bookmark is None


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b'{"segments": 3}', b"\xff\xfe"])
def test_a_list_of_files_that_cannot_be_read_is_no_index(tmp_path: Path, text: bytes) -> None:
    filled(tmp_path, entry("1", "narwhal")).close()
    (tmp_path / "0" / make_version() / "meta.json").write_bytes(text)
    index = SearchIndex(tmp_path)
    assert (index.bookmark, found(index, "narwhal")) == (None, [])


def test_an_index_of_another_version_is_removed(tmp_path: Path) -> None:
    filled(tmp_path, entry("1", "narwhal")).close()
    here = tmp_path / "0" / make_version()
    here.rename(here.with_name("another"))
    index = SearchIndex(tmp_path)
    assert index.bookmark is None
    assert [one.name for one in (tmp_path / "0").iterdir() if one.is_dir()] == [make_version()]


def test_an_index_without_a_bookmark_was_never_complete_and_is_begun_anew(tmp_path: Path) -> None:
    index = SearchIndex(tmp_path)
    index.write([("incident:1", entry("1", "narwhal"))])
    index.close()
    assert found(SearchIndex(tmp_path), "narwhal") == []


def test_a_schema_that_is_not_ours_is_begun_anew(tmp_path: Path) -> None:
    filled(tmp_path, entry("1", "narwhal")).close()
    meta = tmp_path / "0" / make_version() / "meta.json"
    said = json.loads(meta.read_text())
    said["schema"] = said["schema"][:3]
    meta.write_text(json.dumps(said))
    assert SearchIndex(tmp_path).bookmark is None


def test_two_processes_of_one_name_have_a_folder_each(tmp_path: Path) -> None:
    first, second = filled(tmp_path, entry("1", "narwhal")), filled(tmp_path, entry("2", "walrus"))
    assert (found(first, "narwhal walrus"), found(second, "narwhal walrus")) == (["1"], ["2"])
    held = [OwnFolder(tmp_path) for _ in range(MOST_PROCESSES - 2)]
    with pytest.raises(IndexLost):
        SearchIndex(tmp_path)
    for one in held:
        one.leave()


def test_a_folder_that_was_removed_is_lost_at_the_next_write(tmp_path: Path) -> None:
    index = filled(tmp_path, entry("1", "narwhal"))
    index._own.clear()
    assert not is_whole(tmp_path / "0" / make_version())
    with pytest.raises(IndexLost):
        index.write([("incident:2", entry("2", "walrus"))])
