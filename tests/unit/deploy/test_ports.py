import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.local.ports import RANGE, Ports, answers, is_free


@contextmanager
def listening(port: int = 0) -> Iterator[int]:
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind(("127.0.0.1", port))
        server.listen()
        yield server.getsockname()[1]


def test_ports_are_chosen_once_and_kept(tmp_path: Path) -> None:
    first = Ports(tmp_path)
    chosen = first.of(["broker", "oncall"])
    first.close()

    assert Ports(tmp_path).of(["broker", "oncall"]) == chosen
    assert all(port in RANGE for port in chosen.values())
    assert len(set(chosen.values())) == 2


def test_a_port_that_a_stranger_took_is_chosen_anew(tmp_path: Path) -> None:
    first = Ports(tmp_path)
    before = first.of(["broker", "oncall"])
    first.close()

    with listening(before["broker"]):
        after = Ports(tmp_path).of(["broker", "oncall"])

    assert after["broker"] != before["broker"]
    assert after["oncall"] == before["oncall"]


def test_a_port_that_our_own_process_holds_stays(tmp_path: Path) -> None:
    first = Ports(tmp_path)
    before = first.of(["broker"])
    first.close()

    with listening(before["broker"]):
        assert Ports(tmp_path).of(["broker"], running=["broker"]) == before


def test_two_stacks_that_choose_in_the_same_moment_share_no_port(tmp_path: Path) -> None:
    names = [f"service.{number}" for number in range(40)]
    stacks = []
    for number in range(10):
        folder = tmp_path / str(number)
        folder.mkdir()
        stacks.append(Ports(folder))

    chosen = [port for stack in stacks for port in stack.of(names).values()]

    assert len(set(chosen)) == len(chosen) == 400


def test_a_kept_port_that_another_stack_claims_is_chosen_anew(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    other.mkdir()
    claimed = Ports(one)
    taken = claimed.of(["broker"])
    (other / "ports.json").write_text((one / "ports.json").read_text())

    assert Ports(other).of(["broker"]) != taken


def test_a_port_that_was_chosen_by_hand_is_claimed_by_one(tmp_path: Path) -> None:
    first, second = Ports(tmp_path / "first"), Ports(tmp_path / "second")
    with listening() as free:
        pass
    assert first.claim(free)
    assert first.claim(free)
    assert not second.claim(free)
    first.close()
    assert second.claim(free)
    second.close()


def test_a_file_that_makes_no_sense_is_written_anew(tmp_path: Path) -> None:
    (tmp_path / "ports.json").write_text("{half")

    assert Ports(tmp_path).of(["broker"])["broker"] in RANGE


def test_free_and_answering_are_opposites() -> None:
    with listening() as port:
        assert answers(port)
        assert not is_free(port)
    assert is_free(port)
    assert not answers(port)
