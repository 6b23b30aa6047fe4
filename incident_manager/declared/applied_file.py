"""What earlier runs of `apply` made on a gateway, kept on this machine: only that may `--prune` delete.

One file for each gateway, in `~/.local/state/tocsin` (`XDG_STATE_HOME`), or where `--state` says; replaced as a whole.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from incident_manager.client.errors import NotSetUp
from incident_manager.declared.plan import Mark

Trees = dict[str, dict[str, dict[str, Mark]]]


def default_path(url: str, environ: Mapping[str, str]) -> Path:
    """The file for a gateway."""
    home = environ.get("XDG_STATE_HOME") or str(Path(environ.get("HOME") or "~").expanduser() / ".local" / "state")
    return Path(home) / "tocsin" / f"applied-{hashlib.sha256(url.encode()).hexdigest()[:16]}.json"


class AppliedFile:
    """What was made, by tree, kind and id. Raises `NotSetUp` for a file that is none, `OSError` as files do."""

    def __init__(self, path: Path, tree: str) -> None:
        self._path = path
        self._trees = _read(path)
        self.kinds = self._trees.setdefault(tree, {})

    def keep(self, kind: str, id_: str, mark: Mark, *, is_made: bool) -> None:
        """It was changed now, or made; what was made once stays so."""
        ids = self.kinds.setdefault(kind, {})
        before = ids.get(id_)
        ids[id_] = Mark(mark.said, mark.version, is_made or (before is not None and before.is_made))
        self._write()

    def forget(self, kind: str, id_: str) -> None:
        """It was deleted."""
        if self.kinds.get(kind, {}).pop(id_, None) is not None:
            self._write()

    def _write(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        value = {
            tree: {
                kind: {id_: [one.said, one.version, one.is_made] for id_, one in ids.items()}
                for kind, ids in kinds.items()
            }
            for tree, kinds in self._trees.items()
        }
        new = self._path.with_name(f"{self._path.name}.new")
        new.write_text(json.dumps(value, indent=1, sort_keys=True), encoding="utf-8")
        new.replace(self._path)


def _read(path: Path) -> Trees:
    try:
        value: Any = json.loads(path.read_text(encoding="utf-8"))
        return {
            str(tree): {
                str(kind): {str(id_): Mark(str(one[0]), str(one[1]), bool(one[2])) for id_, one in ids.items()}
                for kind, ids in kinds.items()
            }
            for tree, kinds in value.items()
        }
    except FileNotFoundError:
        return {}
    except (ValueError, AttributeError, TypeError, IndexError, KeyError) as error:
        raise NotSetUp(f"{path} is no record of `apply`.") from error
