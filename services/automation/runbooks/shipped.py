"""The runbooks that come with Tocsin to begin with, as data: a file each in `examples/`, called by its name. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files

SUFFIX = ".yaml"
SHIPPED: Mapping[str, str] = {
    one.name.removesuffix(SUFFIX): one.read_text(encoding="utf-8")
    for one in sorted(files("services.automation.runbooks").joinpath("examples").iterdir(), key=lambda one: one.name)
    if one.name.endswith(SUFFIX)
}
"""The text of each file, by its name; a test sees to it that each is a runbook."""
