import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from deploy.local.plan import Plan, make_plan
from deploy.local.ports import Ports
from deploy.local.processes import Program
from deploy.local.settings import read_settings
from shared.callers.identity_tokens import make_private_key, public_key

THEIRS = {"TOCSIN_AMQP_URL": "amqp://theirs/", "TOCSIN_MONGO_URL": "mongodb://theirs/"}


@pytest.fixture
def ports(tmp_path: Path) -> Iterator[Ports]:
    claimed = Ports(tmp_path)
    yield claimed
    claimed.close()


def plan_for(environ: Mapping[str, str], ports: Ports, run_dir: Path) -> Plan:
    return make_plan(read_settings({"TOCSIN_RUN_DIR": str(run_dir), **environ}), ports, running=False)


def named(plan: Plan, name: str) -> Program:
    return next(program for program in plan.services if program.name == name)


def test_a_service_is_told_who_it_is_and_where_everything_is(ports: Ports, tmp_path: Path) -> None:
    plan = plan_for({**THEIRS, "TOCSIN_REPLICAS": "oncall=2", "TOCSIN_HTTP_PORT": "9000"}, ports, tmp_path)

    environ = named(plan, "oncall.2").environ
    assert environ["TOCSIN_INSTANCE"] == "oncall.2"
    assert environ["TOCSIN_SERVICE_PORT"] == str(plan.ports["oncall.2"])
    assert environ["TOCSIN_AMQP_URL"] == "amqp://theirs/"
    assert environ["TOCSIN_MONGO_URL"] == "mongodb://theirs/"
    assert environ["TOCSIN_RUN_DIR"] == str(tmp_path)
    assert environ["TOCSIN_HTTP_PORT"] == "9000"
    assert environ["PYTHONUNBUFFERED"] == "1"
    assert "TOCSIN_UPSTREAMS" not in environ
    assert named(plan, "oncall.2").command[1:] == ("-m", "services.oncall.app")


def test_the_gateway_has_the_one_fixed_port_and_knows_every_replica(ports: Ports, tmp_path: Path) -> None:
    asked = {**THEIRS, "TOCSIN_REPLICAS": "gateway=2,ingest=2", "TOCSIN_HTTP_PORT": "9000"}
    plan = plan_for(asked, ports, tmp_path)

    for name in ("gateway", "gateway.2"):
        environ = named(plan, name).environ
        assert environ["TOCSIN_SERVICE_PORT"] == "9000"
        upstreams = json.loads(environ["TOCSIN_UPSTREAMS"])
        assert sorted(upstreams) == ["analytics", "automation", "comms", "incident", "ingest", "oncall"]
        assert upstreams["ingest"] == [f"http://127.0.0.1:{plan.ports[name]}" for name in ("ingest", "ingest.2")]


def test_what_the_caller_set_is_passed_on_unchanged(ports: Ports, tmp_path: Path) -> None:
    theirs = {"TOCSIN_SMTP_URL": "smtp://u:p@mail/", "TOCSIN_SECRET_KEY": "theirs", "LANG": "fa_IR.UTF-8"}
    plan = plan_for({**THEIRS, **theirs}, ports, tmp_path)

    assert theirs.items() <= named(plan, "comms").environ.items()
    assert not (tmp_path / "secret.key").exists()


def test_a_secret_key_is_made_on_the_first_start_and_kept(ports: Ports, tmp_path: Path) -> None:
    first = named(plan_for(THEIRS, ports, tmp_path), "comms").environ["TOCSIN_SECRET_KEY"]
    second = named(plan_for(THEIRS, ports, tmp_path), "comms").environ["TOCSIN_SECRET_KEY"]

    assert first == second == (tmp_path / "secret.key").read_text().strip()


@pytest.mark.parametrize("asked", [{}, {"TOCSIN_IDENTITY_KEY": make_private_key()}], ids=["ours", "theirs"])
def test_the_private_key_of_identities_is_the_gateways_alone(
    asked: dict[str, str], ports: Ports, tmp_path: Path
) -> None:
    plan = plan_for({**THEIRS, **asked}, ports, tmp_path)
    private = named(plan, "gateway").environ["TOCSIN_IDENTITY_KEY"]

    assert private == asked.get("TOCSIN_IDENTITY_KEY", private)
    assert {program.name for program in plan.programs if private in program.environ.values()} == {"gateway"}
    assert named(plan, "oncall").environ["TOCSIN_IDENTITY_PUBLIC_KEYS"] == public_key(private)
    assert private not in plan.common.values()
    again = plan_for({**THEIRS, **asked}, ports, tmp_path)
    assert named(again, "gateway").environ["TOCSIN_IDENTITY_KEY"] == private


def test_somebody_elses_broker_and_database_take_the_place_of_ours(ports: Ports, tmp_path: Path) -> None:
    assert plan_for(THEIRS, ports, tmp_path).parts == []
    only_broker = plan_for({"TOCSIN_AMQP_URL": "amqp://theirs/"}, ports, tmp_path)
    assert [part.name for part in only_broker.parts] == ["database"]


def test_no_secret_is_on_a_command_line(ports: Ports, tmp_path: Path) -> None:
    plan = plan_for({}, ports, tmp_path)

    words = " ".join(word for program in plan.programs for word in program.command)
    for secret in ("broker/password", "database/password", "secret.key"):
        assert (tmp_path / secret).read_text().strip().rstrip("=") not in words


def test_the_embedded_servers_are_told_nothing_of_the_services_settings(ports: Ports, tmp_path: Path) -> None:
    plan = plan_for({"TOCSIN_SMTP_URL": "smtp://u:p@mail/", "RABBITMQ_NODENAME": "another"}, ports, tmp_path)

    for part in plan.parts:
        for program in part.programs():
            assert "TOCSIN_SMTP_URL" not in program.environ
            assert part.name != "broker" or program.environ.get("RABBITMQ_NODENAME") != "another"
