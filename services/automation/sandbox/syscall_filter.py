"""A filter of system calls for what runs in the sandbox: it refuses a few that reach out of the namespaces. Pure.

Namespaces don't part keyrings, the kernel's log, performance counters or sockets to the hypervisor (`AF_VSOCK`), and
`io_uring` does inside the kernel what a filter would refuse. All other calls are left as they are. What comes out is a
program of classic BPF as `seccomp(2)` takes it.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass

_LOAD, _IF_EQUAL, _IF_AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16
"""Where `struct seccomp_data` has them; of the argument the lower half."""
_RESULTS = {"allow": 0x7FFF0000, "no permission": 0x00050001, "no such call": 0x00050026, "no such family": 0x00050061}
"""What the kernel does: let it happen, or answer EPERM, ENOSYS or EAFNOSUPPORT."""
_OTHER_TABLE = 0x40000000
"""Numbers from here on are of another table, which x86-64 has for 32-bit pointers."""
FAMILIES = (1, 2, 10, 16)
"""AF_UNIX, AF_INET, AF_INET6, AF_NETLINK: the sockets that there are, and which lead nowhere without a network."""


@dataclass(frozen=True, slots=True)
class CallNumbers:
    """How a processor is called in `linux/audit.h`, and its numbers of system calls."""

    audit: int
    socket: int
    refused: tuple[int, ...]


CALLS: Mapping[str, CallNumbers] = {
    # ptrace syslog acct quotactl lookup_dcookie add_key request_key keyctl move_pages perf_event_open
    # open_by_handle_at kcmp bpf userfaultfd io_uring_setup io_uring_enter io_uring_register
    "x86_64": CallNumbers(
        0xC000003E, 41, (101, 103, 163, 179, 212, 248, 249, 250, 279, 298, 304, 312, 321, 323, 425, 426, 427)
    ),
    "aarch64": CallNumbers(
        0xC00000B7, 198, (117, 116, 89, 60, 18, 217, 218, 219, 239, 241, 265, 272, 280, 282, 425, 426, 427)
    ),
}
"""By the machine's name as `uname(2)` tells it."""


@dataclass(frozen=True, slots=True)
class _Step:
    """One instruction. `yes` and `no` name where to go on: a result, a step's label, or nothing for the next one."""

    code: int
    value: int
    yes: str = ""
    no: str = ""
    label: str = ""


def make_filter(machine: str) -> bytes | None:
    """The program for a machine; None for one whose numbers are not known here."""
    calls = CALLS.get(machine)
    if calls is None:
        return None
    return _assemble(
        [
            _Step(_LOAD, _ARCHITECTURE),
            _Step(_IF_EQUAL, calls.audit, no="no such call"),
            _Step(_LOAD, _NUMBER),
            _Step(_IF_AT_LEAST, _OTHER_TABLE, yes="no such call"),
            _Step(_IF_EQUAL, calls.socket, yes="families"),
            *(_Step(_IF_EQUAL, number, yes="no permission") for number in calls.refused),
            _Step(_RETURN, _RESULTS["allow"]),
            _Step(_LOAD, _FIRST_ARGUMENT, label="families"),
            *(_Step(_IF_EQUAL, family, yes="allow") for family in FAMILIES),
            _Step(_RETURN, _RESULTS["no such family"]),
            *(_Step(_RETURN, value, label=name) for name, value in _RESULTS.items()),
        ]
    )


def _assemble(steps: list[_Step]) -> bytes:
    places = {step.label: place for place, step in enumerate(steps) if step.label}

    def jump(place: int, label: str) -> int:
        return places[label] - place - 1 if label else 0

    return b"".join(
        struct.pack("<HBBI", step.code, jump(place, step.yes), jump(place, step.no), step.value)
        for place, step in enumerate(steps)
    )
