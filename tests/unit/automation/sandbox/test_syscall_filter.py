"""The filter, run step by step as the kernel does it."""

from __future__ import annotations

import struct

import pytest

from services.automation.sandbox.syscall_filter import CALLS, FAMILIES, make_filter

pytestmark = pytest.mark.unit

ALLOW, EPERM, ENOSYS, EAFNOSUPPORT = 0x7FFF0000, 0x50001, 0x50026, 0x50061


def decide(program: bytes, number: int, audit: int, first: int = 0) -> int:
    """What the program says of a call. Source: the kernel's `Documentation/networking/filter.rst`."""
    steps = list(struct.iter_unpack("<HBBI", program))
    data, accumulator, place = struct.pack("<iIQQ", number, audit, 0, first), 0, 0
    while True:
        code, yes, no, value = steps[place]
        place += 1
        if code == 0x20:
            (accumulator,) = struct.unpack_from("<I", data, value)
        elif code == 0x15:
            place += yes if accumulator == value else no
        elif code == 0x35:
            place += yes if accumulator >= value else no
        else:
            assert code == 0x06
            return int(value)


@pytest.mark.parametrize("machine", CALLS)
def test_calls_are_refused_one_by_one_and_all_others_let_through(machine: str) -> None:
    calls, program = CALLS[machine], make_filter(machine)
    assert program is not None
    for number in range(600):
        wanted = EPERM if number in calls.refused else ALLOW
        assert decide(program, number, calls.audit, 1) == wanted, number


@pytest.mark.parametrize("machine", CALLS)
def test_sockets_are_of_few_families(machine: str) -> None:
    calls, program = CALLS[machine], make_filter(machine)
    assert program is not None
    allowed = [one for one in range(64) if decide(program, calls.socket, calls.audit, one) == ALLOW]
    assert allowed == list(FAMILIES)
    assert decide(program, calls.socket, calls.audit, 40) == EAFNOSUPPORT


def test_another_table_of_calls_is_no_way_around() -> None:
    calls, program = CALLS["x86_64"], make_filter("x86_64")
    assert program is not None
    assert decide(program, 1, 0x40000003) == ENOSYS  # i386
    assert decide(program, 0x40000000 + 321, calls.audit) == ENOSYS  # x32
    assert decide(program, -1, calls.audit) == ENOSYS


def test_of_a_machine_that_is_not_known_there_is_no_filter() -> None:
    assert make_filter("riscv64") is None


def test_the_calls_of_both_machines_are_the_same() -> None:
    assert len({len(one.refused) for one in CALLS.values()}) == 1
