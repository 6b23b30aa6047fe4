"""The commands behind the Makefile's targets."""

import argparse
import shlex
from collections.abc import Callable

from deploy.local.broker import install_broker
from deploy.local.sandbox import install_sandbox
from deploy.local.settings import Settings, read_settings
from deploy.local.terminal import CannotStart, complain, say
from deploy.local.virtualenv import make_virtualenv

READY_SECONDS = 120.0


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m deploy.local")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, (_, says) in COMMANDS.items():
        command = commands.add_parser(name, help=says)
        if name in ("exec", "service", "test-pythons", "test-debian13"):
            command.add_argument("words", nargs=argparse.REMAINDER)
    asked = parser.parse_args(argv)
    try:
        COMMANDS[asked.command][0](read_settings(), getattr(asked, "words", []))
    except CannotStart as problem:
        complain(str(problem))
        return 1
    return 0


def _setup(settings: Settings, _: list[str]) -> None:
    make_virtualenv(settings.root)
    if settings.amqp_url is None:
        install_broker()
    install_sandbox()


def _run(settings: Settings, _: list[str]) -> None:
    from deploy.local import record
    from deploy.local.greeting import greeting
    from deploy.local.interpreter import warnings
    from deploy.local.readiness import wait_ready
    from deploy.local.start import start_stack, supervisor_environ

    _setup(settings, [])
    for line in warnings():
        complain(line)
    if start_stack(settings):
        say("Starting …")
    elif (known := record.read(settings.run_dir)) and known.asked != record.only_tocsin(supervisor_environ(settings)):
        say("It runs already, with other settings than these; `make stop` first to change them.")
    say(greeting(settings, wait_ready(settings, READY_SECONDS)))


def _stop(settings: Settings, _: list[str]) -> None:
    from deploy.local.stop import stop_stack

    say("Stopped." if stop_stack(settings.run_dir) else "Nothing ran.")


def _env(settings: Settings, _: list[str]) -> None:
    from deploy.local import record
    from deploy.local.beside import stack_environ

    for name, value in sorted(record.only_tocsin(stack_environ(settings)).items()):
        say(f"export {name}={shlex.quote(value)}")


def _exec(settings: Settings, words: list[str]) -> None:
    from deploy.local.beside import become_command

    become_command(settings, words)


def _service(settings: Settings, words: list[str]) -> None:
    from deploy.local.beside import become_service

    become_service(settings, *words)


def _fast_db(_: Settings, __: list[str]) -> None:
    from deploy.local.fast_database import install_fast_database

    install_fast_database()


def _test_pythons(settings: Settings, words: list[str]) -> None:
    from deploy.local.pythons import run_tests

    run_tests(settings.root, [word for word in words if word != "--"])


def _test_debian13(settings: Settings, words: list[str]) -> None:
    from deploy.local.debian13 import run_tests

    between = words.index("--") if "--" in words else len(words)
    run_tests(settings.root, words[:between], words[between + 1 :])


def _test_cluster(_: Settings, __: list[str]) -> None:
    from deploy.local.network import install_network_tools

    install_network_tools()


def _engine(_: Settings, __: list[str]) -> None:
    from deploy.local.containers import install_engine

    install_engine()


COMMANDS: dict[str, tuple[Callable[[Settings, list[str]], None], str]] = {
    "setup": (_setup, "make .venv, install the broker and what sandboxes are made with"),
    "run": (_run, "set up, start, wait until ready"),
    "stop": (_stop, "stop everything of this run directory"),
    "env": (_env, "print the environment of the running stack"),
    "exec": (_exec, "run a command with that environment"),
    "service": (_service, "run one service in the foreground beside the stack"),
    "test-pythons": (_test_pythons, "unit and contract tests under every Python found"),
    "test-debian13": (_test_debian13, "every tier on Debian 13"),
    "test-cluster": (_test_cluster, "install what the tests of a cluster need"),
    "engine": (_engine, "install a container engine for tests"),
    "fast-db": (_fast_db, "build a faster database server"),
}
