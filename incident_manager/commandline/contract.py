"""What a command is: one module of `commands/` with a `COMMAND`."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass

from incident_manager.commandline.run import Run
from incident_manager.texts.words import Words


@dataclass(frozen=True, slots=True)
class Command:
    """A command: its name, its arguments, and what it does; its help is the text `help.<name>`."""

    name: str
    add_arguments: Callable[[argparse.ArgumentParser, Words], None]
    run: Callable[[Run, argparse.Namespace], int]
    is_connected: bool = True
    """It calls the gateway."""


def no_arguments(_: argparse.ArgumentParser, __: Words) -> None:
    """For a command that takes none."""
