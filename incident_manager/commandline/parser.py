"""The parser of the command line, in the words of the reader's language."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from incident_manager.commandline.contract import Command
from incident_manager.texts.words import Words


class UsageError(Exception):
    """The command line can't be understood; `program` is what tells how it is to be written."""

    def __init__(self, detail: str, program: str = "") -> None:
        super().__init__(detail)
        self.program = program


class Parser(argparse.ArgumentParser):
    """Raises `UsageError` in place of ending the process. No option may be shortened: scripts outlive new options."""

    def __init__(self, words: Words, prog: str | None = None, **more: Any) -> None:
        super().__init__(prog=prog, add_help=False, allow_abbrev=False, **more)
        self.words = words
        self._positionals.title = words("help.heading.arguments")
        self._optionals.title = words("help.heading.options")
        self.add_argument("-h", "--help", action="help", help=words("help.help"))

    def error(self, message: str) -> NoReturn:
        """See the class."""
        raise UsageError(translate(message, self.words), self.prog)


def make_parser(prog: str, words: Words, commands: Mapping[str, Command]) -> Parser:
    """The whole parser; the flags that every command has may stand before it and after it."""
    parser = Parser(words, prog, description=words("help.description"))
    add_common(parser, words)
    below = parser.add_subparsers(
        dest="command",
        required=True,
        metavar="COMMAND",
        title=words("help.heading.commands"),
        parser_class=Parser,
    )
    for command in commands.values():
        text = words(f"help.{command.name}")
        one = below.add_parser(command.name, help=text, words=words)
        one.description = text
        add_common(one, words)
        command.add_arguments(one, words)
    return parser


def add_common(parser: argparse.ArgumentParser, words: Words) -> None:
    """What every command takes; absent where it was not said, so that before and after the command are the same."""
    group = parser.add_argument_group(words("help.heading.common"))
    absent = argparse.SUPPRESS
    group.add_argument("--json", action="store_true", default=absent, help=words("help.common.json"))
    group.add_argument("-q", "--quiet", action="store_true", default=absent, help=words("help.common.quiet"))
    group.add_argument("--profile", metavar="NAME", default=absent, help=words("help.common.profile"))
    group.add_argument("--config", metavar="FILE", default=absent, help=words("help.common.config"))
    group.add_argument("--lang", choices=("en", "ja", "fa"), default=absent, help=words("help.common.lang"))
    group.add_argument("--no-color", action="store_true", default=absent, help=words("help.common.no_color"))


def language_asked(argv: Sequence[str]) -> str | None:
    """What `--lang` says, before anything is parsed: the words of the parser itself depend on it."""
    for place, word in enumerate(argv):
        if word == "--":
            return None
        if word.startswith("--lang="):
            return word.partition("=")[2]
        if word == "--lang" and place + 1 < len(argv):
            return argv[place + 1]
    return None


_PATTERNS = (
    ("the following arguments are required: ", "usage.required"),
    ("unrecognized arguments: ", "usage.unrecognized"),
)


def translate(message: str, words: Words) -> str:
    """Argparse's own message in the reader's language; one that is not known stays English."""
    for english, key in _PATTERNS:
        if message.startswith(english):
            return words(key, what=message.removeprefix(english))
    argument, _, rest = message.removeprefix("argument ").partition(": ")
    if message.startswith("argument ") and rest.startswith("invalid choice: "):
        value, _, choices = rest.removeprefix("invalid choice: ").partition(" (choose from ")
        return words("usage.choice", argument=argument, value=value, choices=choices.rstrip(")").replace("'", ""))
    if message.startswith("argument ") and rest.startswith("expected "):
        return words("usage.value", argument=argument)
    return message
