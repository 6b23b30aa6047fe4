"""An index whose process is killed while it commits, by a real process and a real signal."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from services.analytics.search.finder import Asked, search_index
from services.analytics.search.index import SearchIndex

pytestmark = pytest.mark.integration

KILLED_IN_A_COMMIT = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from services.analytics.search.entry import Entry, EntryKind
from services.analytics.search.index import Bookmark, SearchIndex
index = SearchIndex(Path(sys.argv[1]))
for number in range(1_000_000):
    some = [Entry(f"{number}-{one}", EntryKind.INCIDENT, f"narwhal number {one} " * 20) for one in range(40)]
    index.write([(one.key, one) for one in some], bookmark=Bookmark(datetime.now(UTC), ((number, "", "", 40),)))
    print(number, flush=True)
"""


@pytest.mark.parametrize("after", range(2))
def test_a_process_that_is_killed_while_it_commits_leaves_all_it_said_that_it_knew(tmp_path: Path, after: int) -> None:
    command = [sys.executable, "-c", KILLED_IN_A_COMMIT, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path.cwd()) as writing:
        assert writing.stdout is not None
        last = 0
        for _ in range(3 + after):
            last = int(writing.stdout.readline())
        os.kill(writing.pid, signal.SIGKILL)
    index = SearchIndex(tmp_path)
    assert index.bookmark is not None
    known = index.bookmark.newest[0][0]
    assert known >= last
    assert index.searcher().num_docs == 40 * (known + 1) + 1, "its entries, and the bookmark"
    assert search_index(index, Asked("narwhal"))[1]
