"""When an embedded server counts as hanging."""

import pytest

from deploy.local.hanging import Silence
from deploy.local.part import Heard
from deploy.local.processes import Running

SERVER, NEXT = Running(7, 70), Running(8, 80)
A, S, R = Heard.ANSWER, Heard.SILENCE, Heard.REFUSAL


@pytest.mark.parametrize(
    "heard, hangs",
    [
        pytest.param([A] + 13 * [S], True, id="silent for a minute after it had answered"),
        pytest.param([A] + 11 * [S], False, id="silent, but not yet for a minute"),
        pytest.param([A] + 12 * [S] + [A], False, id="it answered after all"),
        pytest.param(100 * [S], False, id="it never answered: it starts or recovers"),
        pytest.param([A] + 100 * [R], False, id="it refuses connections: it starts or ends"),
        pytest.param([A] + 8 * [S] + [R] + 8 * [S], False, id="a refusal between"),
    ],
)
def test_only_a_server_that_answered_before_and_is_silent_for_a_minute_hangs(heard: list[Heard], hangs: bool) -> None:
    silence = Silence()
    for number, one in enumerate(heard):
        silence = silence.after(SERVER, one, 5.0 * number)
    assert silence.hangs(5.0 * (len(heard) - 1), 60, 5) is hangs


def test_the_next_process_is_not_blamed_for_the_one_before() -> None:
    silence = Silence().after(SERVER, A, 0)
    for second in range(5, 60, 5):
        silence = silence.after(SERVER, S, second)
    for second in range(60, 600, 5):
        silence = silence.after(NEXT, S, second)
        assert not silence.hangs(second, 60, 5)


def test_a_supervisor_that_slept_itself_does_not_blame_the_server() -> None:
    silence = Silence().after(SERVER, A, 0).after(SERVER, S, 5).after(SERVER, S, 1000)
    assert not silence.hangs(1000, 60, 5)
