"""`python -m tests.engine`: gets every image that the tests in containers run, and says which they are."""

from __future__ import annotations

import sys

from deploy.local.terminal import CannotStart
from tests.engine.images import PYTHON, get_images, tell_of
from tests.engine.podman import EngineError, Podman


def main() -> int:
    """Exit code 0 when all are there."""
    try:
        podman = Podman()
        for image in (PYTHON, *get_images(podman).values()):
            print(tell_of(podman, image))
    except (CannotStart, EngineError) as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
