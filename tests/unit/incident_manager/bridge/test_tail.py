import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incident_manager.bridge.position import Position, read_position, write_position
from incident_manager.bridge.tail import LONGEST_LINE, Place, Tail
from incident_manager.client.errors import NotSetUp


def drain(tail: Tail, most: int = 3) -> list[bytes]:
    """All lines that are there, taken `most` at a time, each time as done."""
    found: list[bytes] = []
    while lines := list(tail.lines(most)):
        found += [line.text or b"" for line in lines]
        tail.place = lines[-1].after
    return found


def append(path: Path, text: str) -> None:
    with path.open("a") as file:
        file.write(text)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "errors.jsonl"


def test_a_line_counts_once_its_end_is_there(path: Path) -> None:
    tail = Tail(path, Place())
    assert drain(tail) == []
    append(path, "one\ntw")
    assert drain(tail) == [b"one"]
    append(path, "o\n")
    assert drain(tail) == [b"two"]


def test_a_rotated_file_is_read_to_its_end_first(path: Path) -> None:
    tail = Tail(path, Place())
    append(path, "one\n")
    assert drain(tail) == [b"one"]
    append(path, "two\n")
    path.rename(path.with_name("errors.jsonl.1"))
    append(path, "three\n")
    assert drain(tail) == [b"two", b"three"]


def test_a_file_that_was_cut_is_read_from_its_start(path: Path) -> None:
    tail = Tail(path, Place())
    append(path, "one\ntwo\n")
    assert drain(tail) == [b"one", b"two"]
    path.write_text("three\n")
    assert drain(tail) == [b"three"]
    path.write_text("four, which is longer than all that was there before\nfive\n")
    assert drain(tail) == [b"four, which is longer than all that was there before", b"five"]


@pytest.mark.parametrize("name", ["errors.jsonl.{}", "errors.jsonl-2026112{}", "errors-{}.jsonl"])
def test_files_that_were_rotated_while_nobody_read_come_in_order(path: Path, name: str) -> None:
    append(path, "one\ntwo\n")
    tail = Tail(path, Place())
    (first, *_) = tail.lines(1)
    tail.close()
    for number, text in ((3, "three\n"), (2, "four\n"), (1, "five\n")):
        path.rename(path.with_name(name.format(number)))
        append(path, text)
        os.utime(path, ns=(10**18 - number, 10**18 - number))
    os.utime(path.with_name(name.format(3)), ns=(10**17, 10**17))
    assert drain(Tail(path, first.after)) == [b"two", b"three", b"four", b"five"]


def test_other_files_beside_it_are_left_alone(path: Path) -> None:
    append(path, "one\n")
    tail = Tail(path, Place())
    assert drain(tail) == [b"one"]
    for name in ("errors.jsonl.position", "errors-other.jsonl", "errors.jsonl.1.gz", "errorsx.jsonl.1"):
        append(path.with_name(name), "not ours\n")
    path.unlink()
    append(path, "two\n")
    assert drain(tail) == [b"two"]


def test_a_line_that_is_too_long_is_gone_over(path: Path) -> None:
    append(path, "x" * (LONGEST_LINE + 5) + "\ntwo\n")
    assert [line.text for line in Tail(path, Place()).lines(5)] == [None, b"two"]


steps = st.lists(st.sampled_from(["write", "write", "half", "read", "rotate", "restart", "kill"]), max_size=30)


@settings(max_examples=60, deadline=None)
@given(steps)
def test_whatever_happens_every_line_is_read_once(does: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path, kept = Path(folder) / "log", Path(folder) / "kept"
        tail, written, read, half, rotated, clock = Tail(path, Place()), 0, list[bytes](), False, 0, 10**18
        for step in ["write", "read", *does, "write", "read"]:
            if step == "write":
                append(path, f"{'' if half else written}\n")
                written, half = written + 1, False
            elif step == "half" and not half:
                append(path, str(written))
                half = True
            elif step == "read":
                read += drain(tail, 2)
                write_position(kept, Position(tail.place))
            elif step == "rotate" and path.exists() and not half:
                for number in range(rotated, 0, -1):
                    path.with_name(f"log.{number}").rename(path.with_name(f"log.{number + 1}"))
                path.rename(path.with_name("log.1"))
                rotated += 1
            elif step in ("restart", "kill"):
                if step == "kill":
                    list(tail.lines(2))  # read, and killed before it was done with
                tail.close()
                tail = Tail(path, read_position(kept).done if kept.exists() else Place())
            clock += 10**9
            if path.exists():
                os.utime(path, ns=(clock, clock))
        tail.close()
    assert [int(one) for one in read] == list(range(written))


def test_a_position_that_is_none_is_said(tmp_path: Path) -> None:
    file = tmp_path / "position"
    for text in ("", "[]", '{"done": 3}', '{"done": {"inode": "x", "offset": 1, "head": ""}, "lines": 0, "key": ""}'):
        file.write_text(text)
        with pytest.raises(NotSetUp, match="position"):
            read_position(file)
