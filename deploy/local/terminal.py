"""What the person at the terminal reads: one line per step, and one clear message when a step cannot be done."""

import subprocess
import sys


class CannotStart(Exception):
    """Set-up or start failed for a reason that a person can act on; the text says what to do."""


def say(text: str) -> None:
    print(text, flush=True)


def complain(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def last_lines(text: str, count: int = 15) -> str:
    return "\n".join(text.strip().splitlines()[-count:])


def must(command: list[str], otherwise: str, *, cwd: str | None = None, env: dict[str, str] | None = None) -> str:
    """The output of a command that has to succeed; what it said last goes into the complaint when it does not."""
    try:
        done = subprocess.run(
            command, cwd=cwd, env=env, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
        )
    except OSError as error:
        raise CannotStart(f"{otherwise}\n{command[0]}: {error}") from error
    if done.returncode != 0:
        raise CannotStart(f"{otherwise}\n{last_lines(done.stdout + done.stderr)}")
    return done.stdout
