"""A script to be run, and how it ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Interpreter(StrEnum):
    """What reads a script."""

    SH = "sh"
    BASH = "bash"
    PYTHON = "python3"


@dataclass(frozen=True, slots=True)
class ScriptLimits:
    """What a script may take. Sizes are in bytes."""

    seconds: float = 300.0
    memory_bytes: int = 256 * 1024 * 1024
    processes: int = 16
    file_bytes: int = 64 * 1024 * 1024
    output_bytes: int = 1024 * 1024
    """Of standard output and error together; what comes after is thrown away and `output_cut` says so."""


@dataclass(frozen=True, slots=True)
class ScriptJob:
    """One script with everything that it sees."""

    id: str
    """Of the step of the execution that runs it; names what the place makes for it."""
    script: str
    interpreter: Interpreter = Interpreter.SH
    environment: Mapping[str, str] = field(default_factory=dict)
    """The parameters: each a variable of exactly this name. Nothing else of automation's environment is seen."""
    network: bool = False
    writable_paths: tuple[str, ...] = ()
    """Folders, each inside one that the operator lists in `TOCSIN_SCRIPT_PATHS`."""
    limits: ScriptLimits = field(default_factory=ScriptLimits)


class ScriptOutcome(StrEnum):
    """How a job ended."""

    EXITED = "exited"
    """By itself, whatever its exit code."""
    TIMED_OUT = "timed_out"
    OUT_OF_MEMORY = "out_of_memory"
    CANCELLED = "cancelled"
    NOT_STARTED = "not_started"
    """Refused or impossible, and nothing of it was run: it may be tried again."""
    OUTCOME_UNKNOWN = "outcome_unknown"
    """It may have run, wholly or in part; never again by itself."""


@dataclass(frozen=True, slots=True)
class ScriptEnd:
    """How a job ended, in words for people and for the engine."""

    outcome: ScriptOutcome
    exit_code: int | None = None
    """None where no exit code is known. A script ended by signal n has 128 + n, as a shell says it."""
    detail: str = ""
    """One sentence for people; empty where there is nothing to say beyond the exit code."""
    output_cut: bool = False
    left_behind: tuple[str, ...] = ()
    """Processes that left the script's group and may go on (over SSH), as people may look for them."""
