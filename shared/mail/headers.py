"""How a mail's headers are written: what a text says, exactly, and nothing else.

Python's own `email` package reads what it is given before it writes it: an encoded word in a title is decoded (and with
it line breaks, into headers of the sender's making), blanks move, quotes are lost. Here a header is bytes from the
start. Text that ASCII can carry as it stands is folded at its blanks; all other text is encoded whole, as a series of
UTF-8 encoded words (RFC 2047), so that decoding the bytes gives the text back. Folding follows RFC 5322 2.2.3.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Sequence
from unicodedata import category

from shared.mail.address import MailAddress

LINE = 78
"""Octets of a line that should not be exceeded (RFC 5322 2.1.1)."""
WORD = 75
"""Octets of an encoded word, its frame included (RFC 2047 2)."""
LONGEST_LINE = 998
_SPECIALS = frozenset('()<>[]:;@\\,."')
"""What a display name has only inside of quotes (RFC 5322 3.2.3)."""
_NEVER = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Categories of Unicode: control characters, surrogates, separators of lines and paragraphs."""
_FRAME = len("=?utf-8?b??=")


def text_header(name: str, text: str) -> bytes:
    """The header `name` (ASCII) with free text, folded, with its CRLF.

    Raises `ValueError` for text with a control character, a line break or half of a surrogate pair.
    """
    _require(text)
    if _is_plain(text):
        folded = _fold(f"{name}:", text.split(" "))
        if folded is not None:
            return folded
    return _lines(f"{name}:", _encode_words(text, len(name) + 2))


def address_list(name: str, people: Sequence[tuple[str, MailAddress]]) -> bytes:
    """The header `name` with mailboxes: each a display name ("" for none) and an address. Raises as `text_header`."""
    pieces: list[str] = []
    for number, (called, address) in enumerate(people):
        end = "," if number < len(people) - 1 else ""
        if not called:
            pieces.append(f"{address.envelope}{end}")
            continue
        _require(called)
        pieces += [*_phrase(called, len(name) + 2), f"<{address.envelope}>{end}"]
    return _lines(f"{name}:", pieces)


def one_line_header(name: str, value: str) -> bytes:
    """The header `name` with a value of ASCII that must stand on one line, such as a URL in brackets.

    Raises `ValueError` for what is not printable ASCII, or does not fit a line.
    """
    if not value.isascii() or not value.isprintable() or len(name) + 2 + len(value) > LONGEST_LINE:
        raise ValueError(f"{name} can't stand on one line")
    return f"{name}: {value}\r\n".encode("ascii")


def _require(text: str) -> None:
    if any(category(char) in _NEVER for char in text):
        raise ValueError("a header can't carry control characters, line breaks or halves of surrogate pairs")


def _is_plain(text: str) -> bool:
    """True for ASCII that is read as it stands: nothing in it looks like an encoded word, no blanks are at its ends."""
    return text.isascii() and "=?" not in text and "?=" not in text and text == text.strip(" ") and text != ""


def _fold(head: str, words: Sequence[str]) -> bytes | None:
    """The words with single blanks between them, broken only before a blank; None where a line would be too long.

    An empty word stands for one more blank: it is never left alone at the end of a line, where it could be cut.
    """
    lines = [head]
    pending = ""
    for word in words:
        if not word:
            pending += " "
            continue
        piece = f"{pending} {word}"
        pending = ""
        if len(lines[-1]) + len(piece) > LINE and lines[-1] != head:
            lines.append(piece)
        else:
            lines[-1] += piece
    if any(len(line) > LONGEST_LINE for line in lines):
        return None
    return ("\r\n".join(lines) + "\r\n").encode("ascii")


def _lines(head: str, pieces: Iterable[str]) -> bytes:
    """Pieces that a reader may find on one line or on several."""
    lines = [head]
    for piece in pieces:
        if len(lines[-1].encode()) + 1 + len(piece.encode()) > LINE and lines[-1] != head:
            lines.append("")
        lines[-1] += f" {piece}"
    return ("\r\n".join(lines) + "\r\n").encode()


def _phrase(name: str, room: int) -> list[str]:
    """A display name: words as they stand, else a quoted string that is folded at its blanks, else encoded words.

    A long name in ASCII is never encoded: some readers put a blank between two encoded words of a name.
    """
    if not _is_plain(name) or any(len(word) > LINE for word in name.split(" ")):
        return list(_encode_words(name, room))
    if _SPECIALS.isdisjoint(name) and "  " not in name:
        return name.split(" ")
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'.split(" ") if "  " not in name else list(_encode_words(name, room))


def _encode_words(text: str, room: int) -> Iterator[str]:
    """The text as encoded words, none of which splits a character; blanks between them are not part of it.

    `room` is how much of the first line the header's name takes: the first word is that much shorter.
    """
    chunk, most = b"", _payload(WORD - room)
    for char in text:
        octets = char.encode()
        if len(chunk) + len(octets) > most:
            yield _encode(chunk)
            chunk, most = b"", _payload(WORD)
        chunk += octets
    if chunk or not text:
        yield _encode(chunk)


def _payload(octets: int) -> int:
    """Octets of text that an encoded word of at most so many octets carries; some for a character, always."""
    return max((octets - _FRAME) // 4 * 3, 6)


def _encode(chunk: bytes) -> str:
    return f"=?utf-8?b?{base64.b64encode(chunk).decode('ascii')}?="
