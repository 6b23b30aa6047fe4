"""The rows of a file: a JSON list, an object with one, JSON lines or CSV, told apart by how the file begins.

Encodings are told by the byte order mark, else UTF-8; bytes that are none make their own row unreadable and no other.
Files of any length are read in pieces.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, TextIO

from incident_manager.client.errors import BadInput
from incident_manager.history.json_scan import JsonScan
from incident_manager.history.row import DECODER, LONGEST_ROW, Row, fault_of, row_of

PIECE = 256 * 1024
HEAD = 64 * 1024
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
SEPARATORS = ",;\t"


def read_rows(path: Path, *, encoding: str | None = None, may_be_csv: bool = True) -> Iterator[Row]:
    """The rows of a file. Raises `OSError` and, for an encoding that there is not, `BadInput`."""
    with path.open("rb") as file:
        head = file.read(HEAD)
        file.seek(0)
        text = _decoded(file, encoding or _encoding_of(head))
        try:
            start = _first_character(text)
            text.seek(0)
            yield from _rows(text, file.tell, start, may_be_csv=may_be_csv)
        except UnicodeDecodeError as error:
            yield Row(0, fault=f"the file is no {text.encoding} from byte {error.start} of a piece on", at=file.tell())


def _rows(text: TextIO, tell: Callable[[], int], start: str, *, may_be_csv: bool) -> Iterator[Row]:
    if start == "[":
        yield from _list(JsonScan(lambda: text.read(PIECE)), tell)
    elif start == "{" and _is_object_with_list(text):
        scan = JsonScan(lambda: text.read(PIECE))
        scan.list_of_object()
        yield from _list(scan, tell)
    elif start == "{" or not may_be_csv:
        yield from _lines(text, tell)
    elif start:
        yield from _csv(text, tell)


def _encoding_of(head: bytes) -> str:
    for mark, encoding in MARKS:
        if head.startswith(mark):
            return encoding
    # UTF-16 without a mark: every other byte of what begins JSON or a header is nought
    if len(head) > 3 and head[0] and not head[1] and head[2] and not head[3]:
        return "utf-16-le"
    return "utf-16-be" if len(head) > 3 and not head[0] and head[1] and not head[2] and head[3] else "utf-8"


def _decoded(file: BinaryIO, encoding: str) -> io.TextIOWrapper:
    try:
        is_utf8 = codecs.lookup(encoding).name in ("utf-8", "utf-8-sig", "ascii")
        return io.TextIOWrapper(file, encoding, "surrogateescape" if is_utf8 else "strict", newline="")
    except (LookupError, ValueError) as error:
        raise BadInput(f"{encoding!r} is no encoding that is known here.") from error


def _first_character(text: TextIO) -> str:
    while piece := text.read(HEAD):
        if stripped := piece.lstrip():
            return stripped[0]
    return ""


def _is_object_with_list(text: TextIO) -> bool:
    try:
        found = JsonScan(lambda: text.read(HEAD)).list_of_object()
    except (ValueError, RecursionError):
        found = False
    text.seek(0)
    return found


def _list(scan: JsonScan, tell: Callable[[], int]) -> Iterator[Row]:
    try:
        for line, value in scan.items():
            yield row_of(value, line, tell())
    except UnicodeDecodeError:
        raise
    except (ValueError, RecursionError) as error:
        yield Row(scan.line, fault=f"from here on the file can't be read: {fault_of(error)}", at=tell())


def _lines(text: TextIO, tell: Callable[[], int]) -> Iterator[Row]:
    number = 0
    while line := text.readline(LONGEST_ROW + 1):
        number += 1
        if len(line) > LONGEST_ROW:
            yield Row(number, fault=f"the line has more than {LONGEST_ROW} characters", at=tell())
            while line and not line.endswith("\n"):
                line = text.readline(LONGEST_ROW)
            continue
        if not line.strip():
            continue
        try:
            yield row_of(DECODER.decode(line.strip()), number, tell())
        except (ValueError, RecursionError) as error:
            yield Row(number, fault=f"the line is no JSON: {fault_of(error)}", at=tell())


def _csv(text: TextIO, tell: Callable[[], int]) -> Iterator[Row]:
    csv.field_size_limit(LONGEST_ROW)
    first = text.readline(LONGEST_ROW)
    text.seek(0)
    reader = csv.reader(text, delimiter=max(SEPARATORS, key=first.count), strict=True)
    names: list[str] = []
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            yield Row(line, fault=f"the row can't be read: {fault_of(error)}", at=tell())
            continue
        if cells is None:
            return
        if not names:
            names = [name.strip() for name in cells]
        elif cells and len(cells) != len(names):
            yield Row(line, fault=f"it has {len(cells)} cells, the header has {len(names)}", at=tell())
        elif cells:
            yield row_of(dict(zip(names, cells, strict=True)), line, tell())
