"""Configuration comes from one environment prefix and is refused, by name, when it can't be read."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from shared.callers.identity_tokens import make_private_key
from shared.secrecy.secret_files import SECRETS
from shared.settings import Settings

KEY = make_private_key()


@pytest.fixture(autouse=True)
def no_settings_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"TOCSIN_{name.upper()}", raising=False)
        monkeypatch.delenv(f"TOCSIN_{name.upper()}_FILE", raising=False)


def test_the_test_clock_is_refused_outside_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOCSIN_TEST_CLOCK", "/run/clock")
    with pytest.raises(ValidationError, match="TOCSIN_TEST_CLOCK is refused unless TOCSIN_ENV=test"):
        Settings()
    monkeypatch.setenv("TOCSIN_ENV", "production")
    with pytest.raises(ValidationError, match="TOCSIN_TEST_CLOCK"):
        Settings()
    monkeypatch.setenv("TOCSIN_ENV", "test")
    assert Settings().test_clock == Path("/run/clock")


def test_a_list_of_networks_is_written_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOCSIN_OUTBOUND_ALLOW", "10.0.0.0/8, 127.0.0.0/8,")
    assert Settings().outbound_allow == ["10.0.0.0/8", "127.0.0.0/8"]


def test_a_variable_that_is_set_but_empty_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOCSIN_RATE_LIMIT", "")
    monkeypatch.setenv("TOCSIN_TEST_CLOCK", "")
    assert Settings().rate_limit == 1000


@pytest.mark.parametrize(
    "name, value",
    [
        pytest.param("HTTP_PORT", "eighty", id="a port in words"),
        pytest.param("RATE_LIMIT", "0", id="a limit that lets nothing through"),
        pytest.param("EVENT_DAYS", "-1", id="days below zero"),
        pytest.param("NAMESPACE", "Two Words", id="a namespace the broker would choke on"),
        pytest.param("UPSTREAMS", "ingest", id="upstreams that are no map"),
    ],
)
def test_a_value_that_cannot_be_read_is_refused_and_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"TOCSIN_{name}", value)
    with pytest.raises(Exception, match=name.lower()):
        Settings()


@pytest.mark.parametrize(
    "given, base",
    [
        pytest.param({}, "http://127.0.0.1:8080", id="nothing said"),
        pytest.param({"http_port": 9}, "http://127.0.0.1:9", id="another port"),
        pytest.param(
            {"public_url": "https://tocsin.example.org/"}, "https://tocsin.example.org", id="a public address"
        ),
    ],
)
def test_links_begin_with_the_public_address(given: dict[str, object], base: str) -> None:
    assert Settings.model_validate(given).base_url == base


@pytest.mark.parametrize(
    "settings",
    [Settings(), Settings(secret_key="short"), Settings(secret_key=f"{32 * 's'},short")],
    ids=["none", "one that can be guessed", "a second one that can be guessed"],
)
def test_a_process_does_not_start_under_a_secret_that_somebody_could_know(settings: Settings) -> None:
    with pytest.raises(ValueError, match="TOCSIN_SECRET_KEY"):
        settings.require_secret("oncall")


@pytest.mark.parametrize(
    "service, given, named",
    [
        pytest.param("oncall", {}, "TOCSIN_IDENTITY_PUBLIC_KEYS is not set", id="a service without public keys"),
        pytest.param("oncall", {"identity_key": KEY}, "TOCSIN_IDENTITY_PUBLIC_KEYS is not set", id="the other half"),
        pytest.param("oncall", {"identity_public_keys": f"{KEY},x"}, "TOCSIN_IDENTITY_PUBLIC_KEYS: ", id="one is none"),
        pytest.param("gateway", {"identity_public_keys": KEY}, "TOCSIN_IDENTITY_KEY is not set", id="the gateway"),
        pytest.param("gateway", {"identity_key": "eA"}, "TOCSIN_IDENTITY_KEY: a key has 32", id="a short one"),
    ],
)
def test_a_process_does_not_start_without_its_half_of_the_identities_keys(
    service: str, given: dict[str, str], named: str
) -> None:
    settings = Settings.model_validate({"secret_key": 32 * "s"} | given)
    with pytest.raises(ValueError, match=named):
        settings.require_secret(service)


@pytest.mark.parametrize("service, half", [("gateway", "identity_key"), ("oncall", "identity_public_keys")])
def test_each_process_starts_with_its_own_half(service: str, half: str) -> None:
    settings = Settings.model_validate({"secret_key": 32 * "s", half: KEY})
    assert settings.require_secret(service) is settings


def test_two_processes_without_a_secret_do_not_share_one() -> None:
    assert Settings().secret_key != Settings().secret_key


@pytest.mark.parametrize("name", [*SECRETS])
def test_every_secret_may_stand_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str) -> None:
    """White space around it is no part of it."""
    file = tmp_path / "secret"
    url = "amqp://first,second" if name == "TOCSIN_AMQP_URL" else "https://first,second"
    file.write_text(f"{url}\n")
    monkeypatch.setenv(f"{name}_FILE", str(file))
    value = getattr(Settings(), name.removeprefix("TOCSIN_").lower())
    assert value in (url, url.split(","))


def test_an_empty_file_of_a_secret_counts_as_not_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("\n")
    monkeypatch.setenv("TOCSIN_SECRET_KEY_FILE", str(tmp_path / "secret"))
    monkeypatch.setenv("TOCSIN_SMTP_URL_FILE", "")
    assert "secret_key" not in Settings().model_fields_set
    assert Settings().smtp_url == ""


@pytest.mark.parametrize(
    "content, said",
    [
        pytest.param(None, "TOCSIN_SECRET_KEY_FILE: .*secret can't be read: No such file", id="there is none"),
        pytest.param(b"\xff\xfe", "TOCSIN_SECRET_KEY_FILE: .*secret is no UTF-8 text", id="no text"),
        pytest.param(b"x" * 65_537, "TOCSIN_SECRET_KEY_FILE: .*secret is larger than 65536 bytes", id="a huge one"),
    ],
)
def test_a_file_that_holds_no_secret_is_refused_by_the_name_of_its_variable(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes | None, said: str
) -> None:
    if content is not None:
        (tmp_path / "secret").write_bytes(content)
    monkeypatch.setenv("TOCSIN_SECRET_KEY_FILE", str(tmp_path / "secret"))
    with pytest.raises(ValueError, match=said):
        Settings()


def test_a_secret_that_is_given_twice_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("from the file")
    monkeypatch.setenv("TOCSIN_SECRET_KEY", "from the environment")
    monkeypatch.setenv("TOCSIN_SECRET_KEY_FILE", str(tmp_path / "secret"))
    with pytest.raises(ValueError, match="TOCSIN_SECRET_KEY and TOCSIN_SECRET_KEY_FILE are both set") as refused:
        Settings()
    assert "from the" not in str(refused.value)


def test_a_cluster_is_its_nodes_with_commas() -> None:
    urls = "amqp://u:a,b@one:5672/v, amqps://u:a,b@two/v?x=1 ,amqp://three,"
    assert Settings(amqp_url=urls).amqp_urls == ("amqp://u:a,b@one:5672/v", "amqps://u:a,b@two/v?x=1", "amqp://three")


@pytest.mark.parametrize("url", ["http://broker:5672", "amqp://one,http://two", "broker"])
def test_what_is_no_address_of_a_broker_is_refused_without_saying_it(url: str) -> None:
    with pytest.raises(ValidationError, match="amqp_url") as refused:
        Settings(amqp_url=f"{url}?secret")
    assert "secret" not in str(refused.value)
