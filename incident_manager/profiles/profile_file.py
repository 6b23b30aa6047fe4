"""The file of profiles, as TOML. Pure.

profile = "production"            # the one that is used without `--profile`

[profiles.production]
url = "https://tocsin.example.org"
api_key_file = "~/.config/tocsin/production.key"    # or api_key = "..."
language = "ja"                   # else by the locale
user = "sara"                     # whom `page-me-test` pages
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from incident_manager.client.errors import NotSetUp

KNOWN = ("url", "api_key", "api_key_file", "language", "user")


@dataclass(frozen=True, slots=True)
class Profile:
    """One gateway as somebody uses it; what is not said is empty."""

    name: str = ""
    url: str = ""
    api_key: str = ""
    api_key_file: str = ""
    language: str = ""
    user: str = ""


def read_profile(text: str, wanted: str | None, path: str) -> Profile:
    """The profile `wanted`, else the file's own choice, else an empty one. Raises `NotSetUp` for a fault in it."""
    try:
        whole = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise NotSetUp(f"{path}: {error}") from error
    profiles = whole.get("profiles", {})
    if not isinstance(profiles, dict):
        raise NotSetUp(f"{path}: `profiles` must be a table.")
    name = wanted or whole.get("profile")
    if name is None:
        return Profile()
    if not isinstance(name, str) or name not in profiles:
        there = ", ".join(sorted(profiles)) or "none"
        raise NotSetUp(f"{path}: there is no profile {name!r} (there is: {there}).")
    return _profile(name, profiles[name], path)


def _profile(name: str, said: Any, path: str) -> Profile:
    if not isinstance(said, Mapping):
        raise NotSetUp(f"{path}: the profile {name!r} must be a table.")
    for key, value in said.items():
        if key not in KNOWN:
            raise NotSetUp(f"{path}: the profile {name!r} has an unknown member {key!r} (known: {', '.join(KNOWN)}).")
        if not isinstance(value, str):
            raise NotSetUp(f"{path}: {key!r} of the profile {name!r} must be a text.")
    return Profile(name=name, **said)
