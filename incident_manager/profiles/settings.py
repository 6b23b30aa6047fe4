"""Where the gateway is and which key it is shown: `--profile`, else the environment, else the file's own profile.

A key goes only where its source sends it: where `TOCSIN_URL` names another gateway than a profile, the profile's key is
not used.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from incident_manager.client.errors import NotSetUp
from incident_manager.profiles.profile_file import Profile, read_profile

DEFAULT_URL = "http://127.0.0.1:8080"
MOST_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Settings:
    """The gateway, the key, and what a profile says of the person."""

    url: str
    api_key: str
    language: str = ""
    user: str = ""

    def __repr__(self) -> str:
        return f"Settings(url={self.url!r})"


def read_settings(
    profile: str | None = None, config: str | None = None, environ: Mapping[str, str] | None = None
) -> Settings:
    """The settings for one run. `config` is the file of profiles. Raises `NotSetUp` when they are not enough."""
    env = os.environ if environ is None else environ
    chosen = read_file(profile, config, env)
    said_url, said_key = env.get("TOCSIN_URL", "").strip(), _key_of_environment(env)
    if profile is not None:
        said_url = said_key = ""
    url = check_url(said_url or chosen.url or DEFAULT_URL)
    may_use_profiles_key = not said_url or (bool(chosen.url) and url == check_url(chosen.url))
    key = said_key or (_key_of_profile(chosen) if may_use_profiles_key else "")
    if not key:
        raise NotSetUp("There is no API key: set TOCSIN_API_KEY, or give a profile one in the configuration file.")
    return Settings(url, check_key(key), chosen.language, chosen.user)


def read_url(profile: str | None = None, config: str | None = None, environ: Mapping[str, str] | None = None) -> str:
    """The gateway's address alone, for who is given keys by others. Raises `NotSetUp`."""
    env = os.environ if environ is None else environ
    said = env.get("TOCSIN_URL", "").strip() if profile is None else ""
    return check_url(said or read_file(profile, config, env).url or DEFAULT_URL)


def read_file(profile: str | None, config: str | None, env: Mapping[str, str]) -> Profile:
    """The profile in the file. Raises `NotSetUp` when a file or profile that was named is not there or is no good."""
    path = Path(config).expanduser() if config else default_path(env)
    if not config and not path.is_file():
        if profile is not None:
            raise NotSetUp(f"There is no profile {profile!r}: {path} is not there.")
        return Profile()
    return read_profile(_read(path), profile, str(path))


def default_path(env: Mapping[str, str]) -> Path:
    """Where the file of profiles is looked for."""
    home = env.get("XDG_CONFIG_HOME") or str(Path(env.get("HOME") or "~").expanduser() / ".config")
    return Path(home) / "tocsin" / "config.toml"


def check_url(text: str) -> str:
    """The gateway's address without a slash at its end. Raises `NotSetUp` for what is none."""
    try:
        parts = urlsplit(text)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        good, parts = False, urlsplit("")
    if not good or parts.query or parts.fragment or parts.username or not text.isprintable() or " " in text:
        raise NotSetUp(f"{text!r} is no address of a gateway: it is like https://tocsin.example.org.")
    return text.rstrip("/")


def check_key(key: str) -> str:
    """Raises `NotSetUp` for a key that no header can carry; the key is not repeated."""
    if not key.isascii() or not key.isprintable() or " " in key or len(key) > 10_000:
        raise NotSetUp("The API key has characters in it that no key has.")
    return key


def _key_of_environment(env: Mapping[str, str]) -> str:
    file = env.get("TOCSIN_API_KEY_FILE", "")
    return env.get("TOCSIN_API_KEY", "").strip() or (_read(Path(file).expanduser()).strip() if file else "")


def _key_of_profile(profile: Profile) -> str:
    if profile.api_key:
        return profile.api_key.strip()
    return _read(Path(profile.api_key_file).expanduser()).strip() if profile.api_key_file else ""


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            body = file.read(MOST_BYTES + 1)
        if len(body) > MOST_BYTES:
            raise NotSetUp(f"{path} is larger than {MOST_BYTES} bytes.")
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotSetUp(f"{path} is no UTF-8 text.") from error
    except (OSError, RuntimeError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise NotSetUp(f"{path} can't be read: {why}") from error
