"""A process that died is started again at once; only one that keeps dying waits, and no longer than a second at first.

A second is the promise for every restart. It is given up for a process that has died within seconds of its start more
than `PATIENCE` times in a row by itself: that one is broken, and starting it each second would starve the others.
"""

QUICK_DEATH_SECONDS = 3.0
PATIENCE = 12


def wait_before_restart(quick_deaths: int, *, killed: bool) -> float:
    """Seconds between a death and the next start.

    `quick_deaths` counts how often in a row it died within QUICK_DEATH_SECONDS of its start; `killed` says that the
    last death came from outside (SIGKILL), which is no sign of a broken program.
    """
    if quick_deaths <= 1:
        return 0.0
    if quick_deaths > PATIENCE and not killed:
        return 5.0
    return min(0.05 * 2.0 ** min(quick_deaths, 8), 0.6)
