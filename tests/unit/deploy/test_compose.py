"""compose.yaml held to the code: every service once, each as careful as the others, and nothing secret in the file."""

import json
import re
from typing import Any

import pytest
import yaml

from shared.runtime import DRAIN_SECONDS
from shared.secrecy.secret_files import SECRETS
from shared.settings import Settings
from tests.architecture.source import ROOT, SERVICES

TEXT = (ROOT / "deploy" / "compose.yaml").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
ALL: dict[str, Any] = COMPOSE["services"]
OTHERS = {"rabbitmq", "mongodb", "mongodb-init", "prometheus", "grafana"}


def test_it_is_all_of_tocsin_and_its_parts() -> None:
    assert set(ALL) == {*SERVICES, *OTHERS}


@pytest.mark.parametrize("service", SERVICES)
def test_each_service_is_the_one_image_with_its_own_command(service: str) -> None:
    assert ALL[service]["command"] == ["python", "-m", f"services.{service}.app"]
    assert ALL[service]["image"] == "tocsin:${TOCSIN_VERSION:-0.1.0}"


@pytest.mark.parametrize("service", SERVICES)
def test_each_service_runs_with_nothing_that_it_does_not_need(service: str) -> None:
    one = ALL[service]
    assert one["user"] == "10001:10001"
    assert one["read_only"] is True
    assert one["cap_drop"] == ["ALL"]
    assert one["security_opt"] == ["no-new-privileges:true"]


@pytest.mark.parametrize("service", SERVICES)
def test_each_service_has_time_to_drain(service: str) -> None:
    assert int(ALL[service]["stop_grace_period"].removesuffix("s")) >= DRAIN_SECONDS + 5


@pytest.mark.parametrize("service", SERVICES)
def test_each_service_waits_for_a_broker_and_a_replica_set_that_take_work(service: str) -> None:
    assert ALL[service]["depends_on"] == {
        "mongodb-init": {"condition": "service_completed_successfully"},
        "rabbitmq": {"condition": "service_healthy"},
    }
    assert ALL[service]["healthcheck"]["test"][-1] == "/readyz"


@pytest.mark.parametrize("name", [*SERVICES, *sorted(OTHERS)])
def test_everything_has_limits_a_log_that_ends_and_a_way_to_start_again(name: str) -> None:
    assert ALL[name]["deploy"]["resources"]["limits"].keys() == {"cpus", "memory"}
    assert "max-size" in ALL[name]["logging"]["options"]
    assert ALL[name]["restart"] in ("unless-stopped", "on-failure")


@pytest.mark.parametrize("name", sorted({*SERVICES, *OTHERS} - {"mongodb-init"}))
def test_everything_that_stays_says_whether_it_is_well(name: str) -> None:
    assert ALL[name]["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL")


def test_only_the_gateway_and_the_screens_are_published_and_the_screens_on_loopback() -> None:
    published = {name: one["ports"] for name, one in ALL.items() if "ports" in one}
    assert set(published) == {"gateway", "prometheus", "grafana"}
    assert all(port.startswith("127.0.0.1:") for name in ("prometheus", "grafana") for port in published[name])


def test_only_what_must_call_the_outside_can() -> None:
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    assert {name for name, one in ALL.items() if "outside" in one["networks"]} == {
        "gateway",
        "comms",
        "automation",
        "prometheus",
        "grafana",
    }


def test_the_gateway_knows_every_service_by_its_name_here() -> None:
    upstreams = json.loads(ALL["gateway"]["environment"]["TOCSIN_UPSTREAMS"])
    assert upstreams == {name: [f"http://{name}:8000"] for name in SERVICES if name != "gateway"}


def test_every_variable_is_a_setting() -> None:
    known = {f"TOCSIN_{name.upper()}" for name in Settings.model_fields}
    given = {name for service in SERVICES for name in ALL[service]["environment"]}
    assert given <= known | {f"{name}_FILE" for name in SECRETS}


OF_THE_IMAGE = {"TOCSIN_RUN_DIR", "TOCSIN_SERVICE_HOST", "TOCSIN_SERVICE_PORT"}
IN_FILES = {"TOCSIN_AMQP_URL", "TOCSIN_MONGO_URL", "TOCSIN_SECRET_KEY", "TOCSIN_IDENTITY_PUBLIC_KEYS"}
IN_FILE_OF_GATEWAY = {"TOCSIN_IDENTITY_KEY"}
IN_FILES_OF_COMMS = {"TOCSIN_SMTP_URL", "TOCSIN_SLACK_TOKEN", "TOCSIN_SLACK_SIGNING_SECRET"}
OF_NO_CONTAINER = {"TOCSIN_INSTANCE", "TOCSIN_HTTP_PORT", "TOCSIN_ENV", "TOCSIN_TEST_CLOCK"}
"""Of `make run` and of tests; the port is published by another name."""


@pytest.mark.parametrize("service", SERVICES)
def test_every_setting_can_be_given_from_outside_the_file(service: str) -> None:
    elsewhere = (
        OF_THE_IMAGE | IN_FILES | IN_FILE_OF_GATEWAY | IN_FILES_OF_COMMS | OF_NO_CONTAINER | {"TOCSIN_UPSTREAMS"}
    )
    open_ones = {f"TOCSIN_{name.upper()}" for name in Settings.model_fields} - elsewhere
    given = ALL[service]["environment"]
    assert {name for name in open_ones if not str(given.get(name)).startswith(f"${{{name}:-")} == set()
    assert all(name in TEXT for name in IN_FILES_OF_COMMS)


@pytest.mark.parametrize("service", SERVICES)
def test_each_secret_of_a_service_is_a_file_that_it_gets_and_no_variable(service: str) -> None:
    named = {name: path for name, path in ALL[service]["environment"].items() if name.endswith("_FILE")}
    assert set(named.values()) == {f"/run/secrets/{name}" for name in ALL[service]["secrets"]}
    assert {name.removesuffix("_FILE") for name in named} <= set(SECRETS)
    assert "env_file" not in ALL[service]


def test_no_password_is_in_the_file() -> None:
    assert not re.search(r"(?i)(password|secret|pass)\w*\s*[:=]\s*[\w]{8,}$", TEXT, re.MULTILINE)
    assert not re.search(r"://[^/\s{]+:[^/\s{]+@", TEXT)


def test_every_secret_is_made_by_the_script() -> None:
    script = (ROOT / "deploy" / "make_secrets.sh").read_text(encoding="utf-8")
    wanted = {one["file"] for one in COMPOSE["secrets"].values()}
    names = {path.removeprefix("secrets/") for path in wanted}
    # "$1" is the folder that is handed to the function that makes the keys of identities
    assert {name for name in names if not any(f'"{folder}/{name}"' in script for folder in ("$draft", "$1"))} == set()


def test_everything_that_is_mounted_from_here_is_here() -> None:
    # without a colon it is a volume of the container's own, which has no name
    mounts = [volume.split(":")[0] for one in ALL.values() for volume in one.get("volumes", []) if ":" in volume]
    assert [path for path in mounts if path.startswith("./") and not (ROOT / "deploy" / path).exists()] == []
    assert {path for path in mounts if not path.startswith("./")} == set(COMPOSE["volumes"])


def test_the_private_key_of_identities_is_given_to_the_gateway_alone() -> None:
    assert [name for name in SERVICES if "identity-key" in ALL[name]["secrets"]] == ["gateway"]
