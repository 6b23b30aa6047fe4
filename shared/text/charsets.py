"""From bytes to text: by the charset that a sender declares, else by what the bytes show.

What was declared counts, but for a byte order mark, which knows better. Bytes that can't be of that charset are read
one by one as Windows-1252, which they mostly are when somebody says nothing or UTF-8: no two of them become the same
letter, so texts that differ stay different.
"""

from __future__ import annotations

import codecs
import json
import re
from dataclasses import dataclass
from encodings.aliases import aliases
from functools import lru_cache

WESTERN = "".join(bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in range(256))
"""Windows-1252 by byte; the five bytes that it leaves open are control characters, as browsers have it."""
_ODD = re.compile("[\udc80-\udcff]")
"""How the error handler `surrogateescape` shows bytes that are no text."""
_MOST_ODD = 1000
"""Text of Unicode with more odd bytes than this never was any: all of it is read as Windows-1252, which is quick."""
_SLOW = 64 * 1024
"""Of longer bodies in charsets of the Far East odd bytes are only replaced: telling them apart takes too long."""
_UNICODE = "unicode"
_SINGLE = frozenset(
    {"cp437", "cp850", "cp852", "cp855", "cp858", "cp866", "cp874", "koi8_r", "koi8_u", "kz1048"}
    | {"mac_roman", "mac_cyrillic"}
    | {f"cp125{last}" for last in range(9)}
    | {f"iso8859_{number}" for number in (*range(2, 9), 10, 13, 14, 15, 16)}
)
"""A letter is a byte in these."""
_SEVERAL = frozenset({"cp932", "cp949", "gb18030", "big5hkscs", "johab", "euc_jp", "iso2022_jp", "iso2022_kr", "hz"})
_WIDER = {
    **dict.fromkeys(("latin_1", "iso8859_1"), "cp1252"),
    "iso8859_9": "cp1254",
    **dict.fromkeys(("tis_620", "iso8859_11"), "cp874"),
    **dict.fromkeys(("gb2312", "gbk"), "gb18030"),
    **dict.fromkeys(("big5", "cp950"), "big5hkscs"),
    **dict.fromkeys(("shift_jis", "windows_31j", "x_sjis"), "cp932"),
    "euc_kr": "cp949",
    **dict.fromkeys(("ascii", "utf_8", "utf_8_sig"), _UNICODE),
    **dict.fromkeys((f"utf_{bits}{order}" for bits in (16, 32) for order in ("", "_be", "_le")), _UNICODE),
}
"""Read as a charset that has more letters, as browsers do. Which of Unicode's it is, the bytes tell."""
_CODECS: dict[str, str] = {name: name for name in _SINGLE | _SEVERAL} | _WIDER
_CODECS |= {alias: _CODECS[codec] for alias, codec in aliases.items() if codec in _CODECS}
"""By name, in lower case with underscores. Only these are asked of Python, which has stranger ones and keeps a note of
every name that it does not know.
"""
_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
_LONGEST_NAME = 40


@dataclass(frozen=True, slots=True)
class Text:
    """What the bytes say, and in words what had to be guessed."""

    text: str
    notes: tuple[str, ...] = ()


def charset_of(content_type: str) -> str:
    """The parameter `charset` of a `Content-Type`, empty where there is none."""
    for parameter in content_type.split(";")[1:]:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            return value.strip().strip("\"'").strip()
    return ""


def is_unicode(charset: str) -> bool:
    """True where a charset, empty for none, leaves it to the bytes."""
    return _codec(charset) in (_UNICODE, None)


def decode(body: bytes, charset: str = "") -> Text:
    """The text in these bytes, whatever they are; `charset` is what their sender declares."""
    codec = _codec(charset)
    notes = (f"charset: {charset[:_LONGEST_NAME]!a} is unknown, ignored",) if codec is None else ()
    if codec in (_UNICODE, None) or body.startswith(_MARKS):
        codec = json.detect_encoding(body)
    try:
        return Text(body.decode(codec).removeprefix("\ufeff"), notes)
    except UnicodeDecodeError:
        pass
    said = f"bytes: those that are no {codec} were read as Windows-1252"
    if codec in _SINGLE:
        return Text(codecs.charmap_decode(body, "strict", _table(codec))[0], (*notes, said))
    if codec in ("utf-8", "utf-8-sig"):
        odd = len(body) - len(body.decode("utf-8", "ignore").encode())
        if odd > _MOST_ODD:
            text = codecs.charmap_decode(body.removeprefix(codecs.BOM_UTF8), "strict", WESTERN)[0]
            return Text(text, (*notes, "bytes: read as Windows-1252"))
    try:
        if codec in _SEVERAL and len(body) > _SLOW:
            raise UnicodeError
        text = body.decode(codec, "surrogateescape").removeprefix("\ufeff")
    except UnicodeError:  # half a unit of UTF-16, say
        text = body.decode(codec, "replace").removeprefix("\ufeff")
        return Text(text, (*notes, f"bytes: those that are no {codec} were replaced"))
    return Text(_ODD.sub(lambda found: WESTERN[ord(found[0]) - 0xDC00], text), (*notes, said))


@lru_cache
def _table(codec: str) -> str:
    """A charset of single bytes by byte; what it leaves open is as in Windows-1252."""
    return "".join(bytes([byte]).decode(codec, "ignore") or WESTERN[byte] for byte in range(256))


def _codec(charset: str) -> str | None:
    return _CODECS.get(re.sub("[^a-z0-9]+", "_", charset.lower()).strip("_")) if charset else _UNICODE
