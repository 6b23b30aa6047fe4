"""The commands behind the Makefile's targets."""

import argparse
from pathlib import Path

from deploy.local.terminal import CannotStart, complain, say
from deploy.local.virtualenv import make_virtualenv

ROOT = Path(__file__).resolve().parents[2]


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m deploy.local")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("setup")
    parser.parse_args(argv)
    try:
        make_virtualenv(ROOT)
    except CannotStart as problem:
        complain(str(problem))
        return 1
    say("Set up.")
    return 0
