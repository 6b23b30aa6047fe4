"""The scenarios that come with Tocsin, as data: a file each in `scenarios/`, called by its name."""

from __future__ import annotations

import tomllib
from importlib.resources import files

from services.oncall.drills.scenario import Scenario


def read_scenario(name: str, text: str) -> Scenario:
    """A scenario from its file. Raises `ValueError` for what is none."""
    return Scenario.model_validate({"name": name, **tomllib.loads(text)})


SHIPPED = {
    one.name.removesuffix(".toml"): read_scenario(one.name.removesuffix(".toml"), one.read_text(encoding="utf-8"))
    for one in sorted(files("services.oncall.drills").joinpath("scenarios").iterdir(), key=lambda one: one.name)
    if one.name.endswith(".toml")
}
