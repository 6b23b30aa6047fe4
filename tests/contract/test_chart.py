"""The chart, rendered by helm and held to the code: one deployment a service, ports, paths, who may call whom."""

from __future__ import annotations

import json
import re
import subprocess
from functools import cache
from typing import Any

import kubernetes_validate
import pytest
import yaml

from deploy.linting import CHART, NEEDED
from deploy.local.helm import helm_program
from shared.bus.topology import QUEUES
from shared.runtime import DRAIN_SECONDS, Runtime
from shared.secrecy.secret_files import SECRETS
from shared.settings import Settings
from tests.architecture.source import SERVICES

pytestmark = [pytest.mark.contract, pytest.mark.timeout(120)]

Manifest = dict[str, Any]
KUBERNETES = ("1.27", "1.31")
ALL_ON = (
    "autoscaling.kind=keda",
    "autoscaling.keda.prometheus=http://prometheus.monitoring:9090",
    "ingress.enabled=true",
    "ingress.host=tocsin.example.org",
    "ingress.tlsSecret=tocsin-tls",
    "serviceMonitor.enabled=true",
    "prometheusRule.enabled=true",
    "dashboards.enabled=true",
    "services.comms.secretSettings.TOCSIN_SMTP_URL=smtp-url",
    "networkPolicy.metrics[0].namespaceSelector.matchLabels.name=monitoring",
    "networkPolicy.clients[0].namespaceSelector.matchLabels.name=ingress",
    "networkPolicy.broker[0].ipBlock.cidr=10.0.0.0/24",
)
SETS = {
    "as it comes": (),
    "all on": ALL_ON,
    "fixed replicas": ("autoscaling.kind=none", "image.digest=sha256:" + 64 * "a"),
    "open network": ("networkPolicy.enabled=false", "serviceAccount.name=mine"),
}
EXTENSIONS = ("keda.sh/", "monitoring.coreos.com/")


def helm(*values: str, needed: tuple[str, ...] = NEEDED) -> subprocess.CompletedProcess[str]:
    chosen = [word for value in values for word in ("--set", value)]
    command = [str(helm_program()), "template", "tocsin", str(CHART), *needed, *chosen]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


@cache
def rendered(*values: str) -> tuple[Manifest, ...]:
    done = helm(*values)
    assert done.returncode == 0, done.stderr
    return tuple(one for one in yaml.safe_load_all(done.stdout) if one)


def of_kind(kind: str, *values: str) -> dict[str, Manifest]:
    """The manifests of a kind by the service they are of, else by their name."""
    found = [one for one in rendered(*values) if one["kind"] == kind]
    by_service = {
        one["metadata"]["labels"].get("app.kubernetes.io/component", one["metadata"]["name"]): one for one in found
    }
    assert len(by_service) == len(found)
    return by_service


def pod(service: str) -> Manifest:
    spec: Manifest = of_kind("Deployment")[service]["spec"]["template"]["spec"]
    return spec


def container(service: str) -> Manifest:
    one: Manifest
    (one,) = pod(service)["containers"]
    return one


def environ(service: str) -> dict[str, Any]:
    return {one["name"]: one.get("value", one.get("valueFrom")) for one in container(service)["env"]}


@pytest.mark.parametrize("version", KUBERNETES)
@pytest.mark.parametrize("values", SETS.values(), ids=SETS)
def test_every_manifest_is_what_kubernetes_takes(values: tuple[str, ...], version: str) -> None:
    for manifest in rendered(*values):
        if not manifest["apiVersion"].startswith(EXTENSIONS):
            kubernetes_validate.validate(manifest, version, strict=True)


def test_every_service_has_exactly_one_deployment_address_policy_and_budget() -> None:
    for kind in ("Deployment", "Service", "NetworkPolicy", "PodDisruptionBudget", "HorizontalPodAutoscaler"):
        assert sorted(of_kind(kind)) == sorted(SERVICES), kind


@pytest.mark.parametrize("service", SERVICES)
def test_a_container_runs_its_service_where_the_others_look_for_it(service: str) -> None:
    port = container(service)["ports"][0]["containerPort"]
    assert container(service)["command"] == ["python", "-m", f"services.{service}.app"]
    assert environ(service)["TOCSIN_SERVICE_PORT"] == str(port)
    assert environ(service)["TOCSIN_SERVICE_HOST"] == "0.0.0.0"
    address = of_kind("Service")[service]
    assert address["spec"]["ports"] == [{"name": "http", "port": port, "targetPort": "http"}]
    assert address["spec"]["selector"].items() <= pod_labels(service).items()


def pod_labels(service: str) -> dict[str, str]:
    labels: dict[str, str] = of_kind("Deployment")[service]["spec"]["template"]["metadata"]["labels"]
    return labels


def test_the_gateway_knows_every_other_service_by_its_address() -> None:
    upstreams = json.loads(environ("gateway")["TOCSIN_UPSTREAMS"])
    names = {name: of_kind("Service")[name]["metadata"]["name"] for name in SERVICES if name != "gateway"}
    assert upstreams == {name: [f"http://{address}:8000"] for name, address in names.items()}


@pytest.mark.parametrize("service", SERVICES)
def test_the_probes_ask_what_the_service_answers(service: str) -> None:
    one = container(service)
    runtime = Runtime(service, Settings())
    known = {*runtime.checks, *(["admin_key"] if service == "gateway" else [])}
    path, parts = one["readinessProbe"]["httpGet"]["path"].split("?parts=")
    assert path == "/readyz"
    assert set(parts.split(",")) <= known
    assert "started" in parts, "while it drains it takes no more requests"
    for probe in ("startupProbe", "livenessProbe"):
        assert one[probe]["httpGet"] == {"path": "/healthz", "port": "http"}


@pytest.mark.parametrize("service", SERVICES)
def test_a_pod_lingers_until_balancers_have_heard_and_then_has_time_to_drain(service: str) -> None:
    command, seconds = container(service)["lifecycle"]["preStop"]["exec"]["command"]
    assert command == "sleep"
    uvicorn_seconds = 5
    assert pod(service)["terminationGracePeriodSeconds"] >= int(seconds) + DRAIN_SECONDS + uvicorn_seconds


@pytest.mark.parametrize("service", SERVICES)
def test_a_pod_can_do_nothing_that_it_need_not(service: str) -> None:
    spec = pod(service)
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert spec["automountServiceAccountToken"] is False
    assert spec["enableServiceLinks"] is False, "TOCSIN_SERVICE_PORT would be another one"
    for one in [*spec["containers"], *spec.get("initContainers", [])]:
        context = one["securityContext"]
        assert context["readOnlyRootFilesystem"] is True
        assert context["allowPrivilegeEscalation"] is False
        assert context["capabilities"] == {"drop": ["ALL"]}
        assert "memory" in one["resources"]["limits"]


@pytest.mark.parametrize("service", SERVICES)
def test_secrets_come_from_the_secret_and_all_else_is_a_setting(service: str) -> None:
    given = environ(service)
    named = {name.removesuffix("_FILE") for name in given}
    assert named <= {f"TOCSIN_{name.upper()}" for name in Settings.model_fields}
    half = "TOCSIN_IDENTITY_KEY" if service == "gateway" else "TOCSIN_IDENTITY_PUBLIC_KEYS"
    assert {name for name in named if name.startswith("TOCSIN_IDENTITY")} == {half}
    assert {"TOCSIN_AMQP_URL", "TOCSIN_MONGO_URL", "TOCSIN_SECRET_KEY", half} <= named


@pytest.mark.parametrize("service", SERVICES)
def test_each_secret_is_a_file_that_this_service_gets_and_no_variable(service: str) -> None:
    pod = of_kind("Deployment", *ALL_ON)[service]["spec"]["template"]["spec"]
    (only,) = pod["containers"]
    (volume,) = (one["secret"] for one in pod["volumes"] if one["name"] == "secrets")
    (mount,) = (one["mountPath"] for one in only["volumeMounts"] if one["name"] == "secrets")
    files = {one["name"]: one["value"] for one in only["env"] if one["name"].endswith("_FILE")}
    assert files == {f"{one['path']}_FILE": f"{mount}/{one['path']}" for one in volume["items"]}
    assert not {one["name"] for one in only["env"]} & set(SECRETS)
    assert volume["secretName"] == "tocsin"
    assert volume["defaultMode"] == 0o440
    assert not any("valueFrom" in one for one in only["env"] if one["name"] != "TOCSIN_INSTANCE")


def test_a_secret_setting_that_no_file_may_hold_stays_a_variable() -> None:
    one = of_kind("Deployment", "services.oncall.secretSettings.TOCSIN_DEFAULT_POLICY=policy")["oncall"]
    (only,) = one["spec"]["template"]["spec"]["containers"]
    (given,) = (entry for entry in only["env"] if entry["name"] == "TOCSIN_DEFAULT_POLICY")
    assert given["valueFrom"]["secretKeyRef"] == {"name": "tocsin", "key": "policy"}


def test_the_chart_knows_every_secret_that_a_file_may_hold() -> None:
    facts = (CHART / "templates" / "_facts.tpl").read_text(encoding="utf-8")
    listed = facts[facts.index("secretFiles:\n") :].split("services:")[0]
    assert re.findall(r"- (TOCSIN_\w+)", listed) == list(SECRETS)


def test_every_setting_is_the_charts_own_or_a_secret_or_can_be_given() -> None:
    schema = json.loads((CHART / "values.schema.json").read_text("utf-8"))
    refused = set(schema["properties"]["settings"]["propertyNames"]["not"]["enum"])
    own = {name.removesuffix("_FILE") for service in SERVICES for name in environ(service)}
    secret = {"TOCSIN_SMTP_URL", "TOCSIN_SLACK_TOKEN", "TOCSIN_SLACK_SIGNING_SECRET"}
    assert refused - own - secret == {"TOCSIN_RUN_DIR"}, "which is the image's"
    given = {f"TOCSIN_{name.upper()}": "7" for name in Settings.model_fields if f"TOCSIN_{name.upper()}" not in refused}
    for one in of_kind("Deployment", *(f"settings.{name}={text}" for name, text in given.items())).values():
        (only,) = one["spec"]["template"]["spec"]["containers"]
        assert given.items() <= {entry["name"]: entry.get("value") for entry in only["env"]}.items()


def test_what_else_is_secret_only_the_service_that_needs_it_has() -> None:
    holders = [
        service
        for service, one in of_kind("Deployment", *ALL_ON).items()
        if "TOCSIN_SMTP_URL" in str(one["spec"]["template"]["spec"]["containers"])
    ]
    assert holders == ["comms"]


def test_nobody_but_the_gateway_is_called_from_outside_and_nobody_but_it_calls_a_service() -> None:
    for service, policy in of_kind("NetworkPolicy").items():
        (rule,) = policy["spec"]["ingress"]
        if service == "gateway":
            assert "from" not in rule
        else:
            (peer,) = rule["from"]
            assert peer["podSelector"]["matchLabels"]["app.kubernetes.io/component"] == "gateway"
        assert policy["spec"]["policyTypes"] == ["Ingress", "Egress"]
        assert policy["spec"]["podSelector"]["matchLabels"].items() <= pod_labels(service).items()


def test_everybody_reaches_names_broker_and_database_the_gateway_the_services_and_two_the_outside() -> None:
    opened = {
        service: [sorted({port["port"] for port in rule["ports"]}, key=str) for rule in policy["spec"]["egress"]]
        for service, policy in of_kind("NetworkPolicy").items()
    }
    usual = [[53], [5671, 5672], [27017]]
    outside = [25, 443, 465, 587, 80]
    more: dict[str, list[list[Any]]] = {"gateway": [["http"]], "comms": [outside], "automation": [outside, [22]]}
    assert opened == {service: usual + more.get(service, []) for service in SERVICES}


def test_the_ingress_leads_to_the_gateway() -> None:
    (ingress,) = of_kind("Ingress", *ALL_ON).values()
    (path,) = ingress["spec"]["rules"][0]["http"]["paths"]
    assert path["backend"]["service"]["name"] == of_kind("Service")["gateway"]["metadata"]["name"]


def test_each_queue_that_is_consumed_has_a_say_in_how_many_replicas_there_are() -> None:
    scaled = of_kind("ScaledObject", *ALL_ON)
    by_waiting = {
        service: [trigger for trigger in one["spec"]["triggers"] if trigger["type"] == "rabbitmq"]
        for service, one in scaled.items()
    }
    watched = {
        service: {trigger["metadata"]["queueName"] for trigger in triggers} for service, triggers in by_waiting.items()
    }
    everything = {f"tocsin.{queue.name}" for queue in QUEUES if not queue.name.startswith("gateway")}
    assert set().union(*watched.values()) == everything
    assert all(name.split(".")[1] == service for service, names in watched.items() for name in names)
    deployments = of_kind("Deployment", *ALL_ON)
    (login,) = of_kind("TriggerAuthentication", *ALL_ON).values()
    for service, one in scaled.items():
        assert one["spec"]["scaleTargetRef"]["name"] == deployments[service]["metadata"]["name"]
        assert "replicas" not in deployments[service]["spec"]
        refs = [
            trigger.get("authenticationRef") for trigger in one["spec"]["triggers"] if trigger["type"] == "rabbitmq"
        ]
        assert refs == [{"name": login["metadata"]["name"]}] * len(refs)
        (by_age,) = [trigger for trigger in one["spec"]["triggers"] if trigger["type"] == "prometheus"]
        assert "tocsin_event_age_seconds_bucket" in by_age["metadata"]["query"]
    assert list(of_kind("HorizontalPodAutoscaler", *ALL_ON)) == ["gateway"]


def test_the_rules_and_dashboards_of_the_chart_are_those_that_are_tested() -> None:
    (rules,) = of_kind("PrometheusRule", *ALL_ON).values()
    assert rules["spec"] == yaml.safe_load((CHART.parents[1] / "prometheus" / "tocsin.rules.yml").read_text("utf-8"))
    (screens,) = of_kind("ConfigMap", *ALL_ON).values()
    kept = {path.name: path.read_text("utf-8") for path in (CHART.parents[1] / "grafana" / "dashboards").iterdir()}
    assert screens["data"] == {f"tocsin-{name}": text for name, text in kept.items()}


@pytest.mark.parametrize(
    "needed, said",
    [
        pytest.param((), "publicUrl", id="nothing said"),
        pytest.param((*NEEDED, "--set", "publicUrl=tocsin"), "publicUrl", id="no address"),
        pytest.param((*NEEDED, "--set", "settings.TOCSIN_SECRET_KEY=x"), "SECRET_KEY", id="a secret in the open"),
        pytest.param((*NEEDED, "--set", "autoscaling.kind=magic"), "autoscaling.kind", id="no such way to scale"),
        pytest.param((*NEEDED, "--set", "services.onkall.replicas=2"), "onkall", id="no such service"),
        pytest.param((*NEEDED, "--set", "ingress.enabled=true"), "ingress.host", id="a way in without a name"),
    ],
)
def test_wrong_values_are_refused_by_name(needed: tuple[str, ...], said: str) -> None:
    done = helm(needed=needed)
    assert done.returncode != 0
    assert said in done.stderr
