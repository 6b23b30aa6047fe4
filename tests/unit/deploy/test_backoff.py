import pytest

from deploy.local.backoff import PATIENCE, wait_before_restart
from deploy.local.supervisor import POLL_SECONDS


def test_who_lived_for_a_while_is_started_again_at_once() -> None:
    assert wait_before_restart(0, killed=False) == 0
    assert wait_before_restart(1, killed=False) == 0


@pytest.mark.parametrize("deaths", range(PATIENCE + 1))
def test_a_crash_loop_is_answered_within_a_second_at_first(deaths: int) -> None:
    assert wait_before_restart(deaths, killed=False) + POLL_SECONDS < 0.8


def test_a_program_that_cannot_live_no_longer_starves_the_others() -> None:
    assert wait_before_restart(PATIENCE + 1, killed=False) > 1


@pytest.mark.parametrize("deaths", [1, PATIENCE + 1, 1000])
def test_who_is_killed_from_outside_always_comes_back_within_a_second(deaths: int) -> None:
    assert wait_before_restart(deaths, killed=True) + POLL_SECONDS < 0.8


def test_the_wait_never_shrinks_while_it_keeps_dying() -> None:
    waits = [wait_before_restart(deaths, killed=False) for deaths in range(PATIENCE + 5)]
    assert waits == sorted(waits)
