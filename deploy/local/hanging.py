"""An embedded server that takes connections but answers nobody is ended, so that the supervisor starts it again.

Only one that answered before is judged: while a server starts or recovers it may be silent for as long as it needs. One
that refuses connections is starting or ending, which is no hanging either.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from signal import SIGKILL

from deploy.local.part import Heard, Part
from deploy.local.processes import Running
from deploy.local.terminal import say

SILENCE_SECONDS = 60.0
LOOK_SECONDS = 5.0
"""Between two questions; an answer has as long to come."""


@dataclass(frozen=True)
class Silence:
    """What is known of one server process: whether it ever answered, and since when (seconds) it has not."""

    process: Running | None = None
    answered: bool = False
    since: float | None = None
    questions: int = 0

    def after(self, process: Running | None, heard: Heard, now: float) -> "Silence":
        """What is known after one more question to `process`; another process than before starts anew."""
        known = self if process == self.process else Silence(process)
        if heard is Heard.ANSWER:
            return Silence(process, answered=True)
        if heard is Heard.REFUSAL or not known.answered:
            return Silence(process, known.answered)
        since = now if known.since is None else known.since
        return Silence(process, known.answered, since, known.questions + 1)

    def hangs(self, now: float, limit: float, every: float) -> bool:
        """Whether it has been silent for `limit` seconds, and was asked all that time (`every` so many seconds).

        The second keeps a supervisor that was stopped itself from taking its own absence for silence.
        """
        return self.since is not None and now - self.since >= limit and self.questions >= limit / (2 * every)


def watch_part(part: Part, *, limit: float = SILENCE_SECONDS, every: float = LOOK_SECONDS) -> threading.Thread:
    """Look after one embedded server for as long as this process lives, in a thread: a question may take `every` s."""
    thread = threading.Thread(target=_look_for_ever, args=(part, limit, every), daemon=True, name=f"{part.name} hangs?")
    thread.start()
    return thread


def _look_for_ever(part: Part, limit: float, every: float) -> None:
    silence = Silence()
    while True:
        began = time.monotonic()
        silence = _look(part, silence, limit, every, time.monotonic)
        time.sleep(max(0.0, every - (time.monotonic() - began)))


def _look(part: Part, silence: Silence, limit: float, every: float, clock: Callable[[], float]) -> Silence:
    process = part.running()
    silence = silence.after(process, part.ask(every), clock())
    if process is not None and silence.hangs(clock(), limit, every):
        say(f"{part.name} takes connections but has not answered for {limit:.0f} s; it is ended, to be started again")
        process.send(SIGKILL)
        return Silence()
    return silence
