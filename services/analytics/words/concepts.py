"""What one thing is called by, in three languages, as data: `concepts.txt` beside this, a concept a line. Pure.

The file lies beside the code and is read once in a process.
"""

from __future__ import annotations

from importlib.resources import files


def read_concepts(text: str) -> list[tuple[str, tuple[str, ...]]]:
    """The concepts of a file: (name, what it is called by). Lines are `name: word, some words, …`; # is a comment.

    Raises `ValueError`, naming the line, for any other line.
    """
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        line = line.partition("#")[0].strip()  # noqa: PLW2901 - without its comment
        if not line:
            continue
        name, colon, names = line.partition(":")
        called = tuple(one.strip() for one in names.split(",") if one.strip())
        if not colon or not name or not called or " " in name:
            raise ValueError(f"concepts, line {number}: not of the form `name: word, some words`")
        found.append((name, called))
    return found


CONCEPTS = read_concepts(files("services.analytics.words").joinpath("concepts.txt").read_text(encoding="utf-8"))
