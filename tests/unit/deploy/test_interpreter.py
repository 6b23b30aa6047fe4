"""A known flaw of the interpreter is said when it shows."""

import pytest

from deploy.local.interpreter import FLAWS, warnings


@pytest.mark.parametrize("has", [True, False])
def test_a_flaw_is_said_when_it_shows(has: bool) -> None:
    said = warnings({"it leaks (CVE-1)": lambda: has})
    assert said == (
        ["This Python has a known flaw: it leaks (CVE-1).", "Tocsin does not lean on these, but renew your Python."]
        if has
        else []
    )


@pytest.mark.parametrize("name", FLAWS)
def test_every_probe_runs_here(name: str) -> None:
    assert FLAWS[name]() in (True, False)
