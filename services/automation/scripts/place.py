"""What every place that runs scripts must do.

A place never runs a job twice: when it can't tell how a job ended it says `outcome_unknown`, and no one starts it again
but a person.
"""

from __future__ import annotations

from typing import Protocol

from services.automation.scripts.job import ScriptEnd, ScriptJob


class OutputSink(Protocol):
    """Takes what a script writes, as it comes."""

    async def write(self, chunk: bytes) -> None:
        """Keep a piece of output, standard output and error in the order in which they came."""


class ScriptPlace(Protocol):
    """Runs scripts: `sandbox` and `targets` have one each."""

    async def run(self, job: ScriptJob, sink: OutputSink) -> ScriptEnd:
        """Run a job to its end and return how it ended; raises nothing but `CancelledError`.

        Cancelling the task ends all that the job started within 2 s (over SSH: its process group), and only then
        raises; what left the group and may go on is written to the sink before.
        """
