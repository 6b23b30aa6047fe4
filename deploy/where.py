"""`python -m deploy.where` writes `docs/where.md` from what each package and module says of itself.

With `--check` nothing is written, and the exit code is 1 when the page is not what the code says.
"""

from __future__ import annotations

import argparse
import ast
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = Path("docs/where.md")
LONGEST = 180

_OPENING = """\
# Where does X live?

Written by `python -m deploy.where` from what packages and modules say of themselves; do not edit. Search this page for
the word of your question; the words are those of [the glossary](adr/0013-words.md).
"""


def page() -> str:
    """The whole page."""
    parts = [_OPENING]
    for service in sorted(path for path in (ROOT / "services").iterdir() if (path / "__init__.py").exists()):
        parts += [f"## {service.name}\n", f"{_said(service / '__init__.py')}\n", *_packages(service), ""]
    for name in ("shared", "incident_manager"):
        parts += [f"## {name}\n", f"{_said(ROOT / name / '__init__.py')}\n", *_packages(ROOT / name), ""]
    return "\n".join(parts).rstrip("\n") + "\n"


def _packages(top: Path) -> Iterator[str]:
    for folder in [top, *sorted(path.parent for path in top.rglob("__init__.py") if path.parent != top)]:
        if folder != top:
            yield f"\n**`{folder.relative_to(ROOT)}/`** {_said(folder / '__init__.py')}\n"
        yield from (f"- [`{file.stem}`](../{file.relative_to(ROOT)}) {_said(file)}" for file in _modules(folder))


def _modules(folder: Path) -> Sequence[Path]:
    return sorted(file for file in folder.glob("*.py") if not file.name.startswith("__"))


def _said(file: Path) -> str:
    """The first sentences of a docstring, up to its first empty line or a length that a reader takes in at once."""
    text = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    line = " ".join(text.partition("\n\n")[0].split())
    if len(line) <= LONGEST:
        return line
    cut = line[:LONGEST]
    ends = [cut.rfind(mark) for mark in (". ", "; ", ": ", ", ")]
    return cut[: max(ends) if max(ends) > LONGEST // 3 else cut.rfind(" ")].rstrip(".;:,") + " …"


def main() -> int:
    """Write the page, or only compare it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="only say whether the page is up to date")
    asked = parser.parse_args()
    text, target = page(), ROOT / PAGE
    if asked.check:
        return int(not target.exists() or target.read_text(encoding="utf-8") != text)
    target.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
