"""`python -m deploy.local COMMAND`: what the Makefile calls. `setup` runs before `.venv` exists."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - said before anything that an older Python cannot read is imported
    sys.exit("Tocsin needs Python 3.11 or newer; say which one with `make PYTHON=python3.11 run`.")

from deploy.local.commands import main

sys.exit(main(sys.argv[1:]))
