"""Configuration: one environment prefix, `TOCSIN_`, read once when a process starts."""

from __future__ import annotations

import os
import re
import secrets
from functools import cached_property
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, field_validator, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from shared.callers.identity_tokens import make_private_key, public_key, require_public_key
from shared.clocks.wallclock import find_zone
from shared.secrecy.secret_files import SECRETS, with_secret_files
from shared.secrecy.signing import secrets_in

SHORTEST_SECRET = 16
_NEVER_GIVEN = frozenset({"bin", "boot", "dev", "etc", "lib", "lib64", "proc", "run", "sbin", "sys", "usr"})
"""Folders at the root that no script is given, whatever an operator lists."""


class SecretFiles(PydanticBaseSettingsSource):
    """The secrets that stand in files, as a source of settings."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:  # noqa: ARG002 - its form
        """The value of one field, None where no file holds it."""
        return self().get(field_name), field_name, False

    def __call__(self) -> dict[str, Any]:
        """The values by field. Raises `ValueError`, naming the variable, for a file that can't be read."""
        given = with_secret_files(os.environ)
        return {name.removeprefix("TOCSIN_").lower(): value for name in SECRETS if (value := given.get(name))}


class Settings(BaseSettings):
    """The settings that any process may need; a service's own ones are read from the same object.

    Raises `pydantic.ValidationError`, naming the variable, when a value can't be read, and `ValueError`, likewise, when
    the file of a secret can't be.
    """

    model_config = SettingsConfigDict(
        env_prefix="TOCSIN_", extra="ignore", frozen=True, env_ignore_empty=True, hide_input_in_errors=True
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - there are none
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - a folder of secrets, likewise
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments before files of secrets, those before the environment."""
        return init_settings, SecretFiles(settings_cls), env_settings

    # the parts
    amqp_url: str = "amqp://guest:guest@127.0.0.1:5672/"
    """The broker, or the nodes of its cluster with commas between them (`amqp_urls`)."""
    mongo_url: str = "mongodb://127.0.0.1:27017/?retryWrites=false"
    namespace: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,30}$")] = "tocsin"
    """Prefix of every exchange, queue and database: two Tocsins can share a broker and a database."""
    run_dir: Path = Path(".run")
    instance: str = ""
    """This process's name, `oncall` or `oncall.2`: leases name their holder by it."""
    service_port: int = 0
    """The TCP port this process listens on; 0 lets the system choose."""
    service_host: str = "127.0.0.1"
    http_port: int = 8080
    public_url: str = ""
    upstreams: dict[str, list[str]] = {}
    """For the gateway: the base URLs of each service's replicas."""
    secret_key: str = Field(default_factory=lambda: secrets.token_hex(32))
    """The same for every process of one Tocsin; several with commas: the first signs and seals, all read. There is no
    default that anybody could know (`require_secret`).
    """
    identity_key: str = Field(default_factory=make_private_key)
    """For the gateway alone: the private key under which it tells services who calls (`require_secret`)."""
    identity_public_keys: Annotated[list[str], NoDecode] = []
    """For every other service: the public halves of the keys that the gateway may sign with."""

    # behaviour
    env: str = "production"
    test_clock: Path | None = None
    """A file holding a number of seconds that is added to the clock; only with `TOCSIN_ENV=test`."""
    log_level: str = "INFO"
    watchdog_seconds: Annotated[float, Field(ge=0)] = 30
    """A process whose event loop stands still for longer ends, to be started again; 0 switches that off."""
    default_policy: str | None = None
    rate_limit: Annotated[int, Field(ge=1)] = 1000
    event_days: Annotated[int, Field(ge=1)] = 400
    outbound_allow: Annotated[list[str], NoDecode] = []
    """CIDRs that outgoing webhooks may reach besides public addresses."""
    script_paths: Annotated[list[str], NoDecode] = []
    """For automation: folders that sandboxed scripts may be given to write in."""
    trusted_proxies: Annotated[list[str], NoDecode] = []
    """For the gateway: CIDRs of the proxies before it, whose `X-Forwarded-For` counts."""
    smtp_url: str = ""
    mail_from: str = "tocsin@localhost"
    slack_api_url: str = "https://slack.com/api/"
    slack_token: str = ""
    slack_signing_secret: str = ""
    time_zone: Annotated[str, Field(max_length=64)] = "UTC"
    """The house's own: in which months and weeks of reports begin."""
    slack_emoji: str = "pushpin"
    """With which people mark a message of a war room for the timeline."""
    call_url: str = "https://meet.jit.si"
    """Where calls are: a Jitsi, a standing room of Zoom or Meet, or any address with `{room}` inside."""
    prometheus_url: Annotated[str, Field(pattern=r"^(https?://\S+)?$", max_length=2000)] = ""
    """For analytics: the Prometheus that is polled with the rules of predictions."""
    canary_seconds: Annotated[int, Field(ge=0, le=86_400)] = 60
    """How often an alert of Tocsin's own goes all the way to a page that is handed over; 0: never."""
    heartbeat_url: Annotated[str, Field(pattern=r"^(https?://\S+)?$", max_length=2000)] = ""
    """What is called (GET) when such a canary arrived."""
    alert_days: Annotated[int, Field(ge=1)] = 90
    change_days: Annotated[int, Field(ge=1)] = 90
    strangers_per_day: Annotated[int, Field(ge=0)] = 500
    """How many addresses that are in no group, and invited subscribers, one key may have mailed a day."""
    stakeholder_update_minutes: Annotated[int, Field(ge=1)] = 60
    """When no update to stakeholders of an open, grave incident is this young, somebody is reminded of the next."""
    delivery_days: Annotated[int, Field(ge=1)] = 400
    untouched_hours: Annotated[int, Field(ge=1)] = 4
    """An acknowledged incident that nobody touched for so long is asked about."""
    execution_days: Annotated[int, Field(ge=1)] = 400

    @field_validator("outbound_allow", "script_paths", "trusted_proxies", "identity_public_keys", mode="before")
    @classmethod
    def _split_commas(cls, value: object) -> object:
        if isinstance(value, str):
            return [part.strip() for part in value.split(",") if part.strip()]
        return value

    @field_validator("time_zone")
    @classmethod
    def _is_a_zone(cls, value: str) -> str:
        if find_zone(value) is None:
            raise ValueError("no time zone of the IANA database, such as Europe/Berlin")
        return value

    @field_validator("script_paths")
    @classmethod
    def _are_folders_to_give(cls, value: list[str]) -> list[str]:
        for one in value:
            if not one.startswith("/") or ".." in one.split("/") or not one.strip("/"):
                raise ValueError(f"{one!r} is no absolute path of a folder, without `..`, below the root")
            if one.split("/")[1] in _NEVER_GIVEN:
                raise ValueError(f"{one!r} is the system's own, and given to no script")
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, value: list[str]) -> list[str]:
        for one in value:
            ip_network(one, strict=False)
        return value

    @model_validator(mode="after")
    def _test_clock_only_in_tests(self) -> Settings:
        if self.test_clock is not None and self.env != "test":
            raise ValueError("TOCSIN_TEST_CLOCK is refused unless TOCSIN_ENV=test")
        return self

    @field_validator("amqp_url")
    @classmethod
    def _are_brokers(cls, value: str) -> str:
        for one in _between_commas(value):
            if not one.startswith(("amqp://", "amqps://")):
                raise ValueError("an address of the broker begins with amqp:// or amqps://")
        return value

    @property
    def amqp_urls(self) -> tuple[str, ...]:
        """The broker's addresses, in the order in which they are tried."""
        return tuple(_between_commas(self.amqp_url))

    @property
    def identity_readers(self) -> list[str]:
        """The public keys to believe; where none is given, that of this process's own key."""
        return self.identity_public_keys or [public_key(self.identity_key)]

    def require_secret(self, service: str) -> Settings:
        """These settings, whose secrets somebody chose. Raises `ValueError` when nobody did, or chose a short one.

        `service` says which half of the identity's keys is needed: the gateway signs, all others read.
        """
        if "secret_key" not in self.model_fields_set:
            raise ValueError("TOCSIN_SECRET_KEY is not set: every process of one Tocsin needs the same one")
        if min(map(len, secrets_in(self.secret_key))) < SHORTEST_SECRET:
            raise ValueError(f"TOCSIN_SECRET_KEY is shorter than {SHORTEST_SECRET} characters")
        if service == "gateway":
            _require_key("TOCSIN_IDENTITY_KEY", [self.identity_key] if "identity_key" in self.model_fields_set else [])
        else:
            _require_key("TOCSIN_IDENTITY_PUBLIC_KEYS", self.identity_public_keys)
        return self

    @cached_property
    def proxy_networks(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """`trusted_proxies`, read."""
        return tuple(ip_network(one, strict=False) for one in self.trusted_proxies)

    @property
    def has_https(self) -> bool:
        """True when browsers come by https."""
        return self.base_url.startswith("https:")

    @cached_property
    def base_url(self) -> str:
        """What links in messages begin with, without a trailing slash."""
        return (self.public_url or f"http://127.0.0.1:{self.http_port}").rstrip("/")


def _between_commas(urls: str) -> list[str]:
    """The addresses; a comma inside one, as in a password, parts nothing."""
    return [part.strip() for part in re.split(r",\s*(?=\w+://|$)", urls) if part.strip()]


def _require_key(name: str, keys: list[str]) -> None:
    """Raise `ValueError`, naming the variable, unless there is a key and each of them is one."""
    if not keys:
        raise ValueError(f"{name} is not set: `docs/operations.md` says how to make it")
    for key in keys:
        try:
            require_public_key(key)
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from error
