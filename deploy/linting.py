"""`python -m deploy.linting`: the linters of what is shipped: the image, compose, the chart. None needs an engine."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from deploy.local.helm import helm_program
from deploy.local.settings import ROOT
from deploy.local.terminal import CannotStart, complain

DEPLOY = ROOT / "deploy"
CHART = DEPLOY / "helm" / "tocsin"
NEEDED = ("--set", "publicUrl=https://tocsin.example.org", "--set", "existingSecret=tocsin")
"""What no installation of the chart goes without."""
_BIN = Path(sys.executable).parent


def commands() -> Sequence[Sequence[str]]:
    """Each linter and what it looks at. Raises `CannotStart` when helm cannot be had."""
    return [
        [f"{_BIN}/hadolint", f"{DEPLOY}/Dockerfile"],
        [f"{_BIN}/check-jsonschema", "--builtin-schema", "vendor.compose-spec", f"{DEPLOY}/compose.yaml"],
        [f"{_BIN}/check-jsonschema", "--check-metaschema", f"{CHART}/values.schema.json"],
        [str(helm_program()), "lint", "--strict", "--quiet", str(CHART), *NEEDED],
    ]


def main() -> int:
    """Exit code 0 when every linter is content; what one finds is printed."""
    try:
        chosen = commands()
    except CannotStart as problem:
        complain(str(problem))
        return 1
    found = [subprocess.run(command, cwd=ROOT, check=False).returncode for command in chosen]  # noqa: S603 - our own
    return int(any(found))


if __name__ == "__main__":
    sys.exit(main())
