"""Dashboards and rules speak only of metrics, labels and words that the services really have."""

import importlib
import json
import pkgutil
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import yaml
from prometheus_client import REGISTRY, Histogram
from prometheus_client.metrics import MetricWrapperBase

import services
from services.comms.delivery.delivery_state import DeliveryState
from shared.bus.settlement import Verdict
from shared.bus.topology import QUEUES
from tests.architecture.source import ROOT, SERVICES

FOLDER = ROOT / "deploy"
DASHBOARDS = sorted((FOLDER / "grafana" / "dashboards").glob("*.json"))
RULES = yaml.safe_load((FOLDER / "prometheus" / "tocsin.rules.yml").read_text(encoding="utf-8"))
ALERTS = [rule for group in RULES["groups"] for rule in group["rules"]]
OF_THE_SCRAPE = {"job", "instance", "service"}
"""Labels that who scrapes adds: prometheus.yml, or the chart's ServiceMonitor."""


@cache
def labels_by_metric() -> dict[str, set[str]]:
    """Every sample's name that a service's /metrics may have, with its labels."""
    for module in pkgutil.walk_packages(services.__path__, "services."):
        importlib.import_module(module.name)
    # `up` is Prometheus's own; what tells of the process is in every Python program's metrics
    known: dict[str, set[str]] = {"up": set(), "process_resident_memory_bytes": set()}
    for collector in ours():
        labels = set(collector._labelnames)
        suffixes = ("_bucket", "_sum", "_count") if isinstance(collector, Histogram) else ("",)
        (metric,) = collector.describe()
        total = "_total" if metric.type == "counter" else ""
        for suffix in suffixes:
            known[f"{metric.name}{total}{suffix}"] = labels | ({"le"} if suffix == "_bucket" else set())
    return known


def ours() -> Iterator[MetricWrapperBase]:
    for collector, names in REGISTRY._collector_to_names.items():
        if isinstance(collector, MetricWrapperBase) and any(name.startswith("tocsin_") for name in names):
            yield collector


def panels(dashboard: dict[str, Any]) -> list[dict[str, Any]]:
    return list(dashboard["panels"])


def expressions() -> Iterator[tuple[str, str]]:
    for path in DASHBOARDS:
        for panel in panels(json.loads(path.read_text(encoding="utf-8"))):
            for target in panel["targets"]:
                yield f"{path.stem}: {panel['title']}", target["expr"]
    for rule in ALERTS:
        yield rule["alert"], rule["expr"]


EXPRESSIONS = [pytest.param(expr, id=f"{where} {number}") for number, (where, expr) in enumerate(expressions())]


def metrics_in(expr: str) -> list[tuple[str, str]]:
    """(metric, its selector) of each one that an expression names."""
    return re.findall(r"\b(tocsin_\w+|up|process_\w+)\b(?:\{([^}]*)\})?", expr)


@pytest.mark.parametrize("expr", EXPRESSIONS)
def test_every_metric_that_is_named_is_one_that_the_services_have(expr: str) -> None:
    named = metrics_in(expr)
    assert named
    assert {name for name, _ in named} - labels_by_metric().keys() == set()


@pytest.mark.parametrize("expr", EXPRESSIONS)
def test_every_label_that_is_named_is_one_that_the_metric_has(expr: str) -> None:
    known = set().union(*(labels_by_metric()[name] for name, _ in metrics_in(expr))) | OF_THE_SCRAPE
    grouped = {label.strip() for names in re.findall(r"by \(([^)]*)\)", expr) for label in names.split(",")}
    chosen = {label for _, selector in metrics_in(expr) for label in re.findall(r"(\w+)(?:=|!)", selector)}
    assert (grouped | chosen) - known == set()


@pytest.mark.parametrize("expr", EXPRESSIONS)
def test_every_word_that_is_chosen_by_is_one_that_the_services_say(expr: str) -> None:
    words = {
        "verdict": {verdict.value for verdict in Verdict},
        "state": {state.value for state in DeliveryState},
        "queue": {queue.name for queue in QUEUES},
        "job": {"tocsin"},
    }
    for label, text in re.findall(r'(\w+)(?:=~|!=|=)"([^"]*)"', expr):
        if label in words:
            assert set(text.split("|")) - words[label] == set()


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)
def test_a_dashboard_is_drawn_from_the_source_that_is_provisioned(path: Any) -> None:
    sources = yaml.safe_load((FOLDER / "grafana/provisioning/datasources/prometheus.yml").read_text(encoding="utf-8"))
    uid = sources["datasources"][0]["uid"]
    dashboard = json.loads(path.read_text(encoding="utf-8"))
    used = {target["datasource"]["uid"] for panel in panels(dashboard) for target in panel["targets"]}
    assert used == {uid}
    assert len({panel["id"] for panel in panels(dashboard)}) == len(panels(dashboard))
    assert all(panel["description"] for panel in panels(dashboard))


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)
def test_the_panels_of_a_dashboard_do_not_lie_on_each_other(path: Any) -> None:
    taken: set[tuple[int, int]] = set()
    for panel in panels(json.loads(path.read_text(encoding="utf-8"))):
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken, panel["title"]
        assert at["x"] + at["w"] <= 24
        taken |= cells


def test_every_alert_says_how_bad_it_is_and_what_is_lost() -> None:
    for rule in ALERTS:
        assert rule["labels"]["severity"] in ("critical", "warning")
        assert rule["annotations"].keys() == {"summary", "description"}


def test_every_alert_is_explained_to_who_operates_it() -> None:
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert [rule["alert"] for rule in ALERTS if f"`{rule['alert']}`" not in page] == []


def test_every_service_is_scraped() -> None:
    config = yaml.safe_load((FOLDER / "prometheus" / "prometheus.yml").read_text(encoding="utf-8"))
    targets = [
        target for one in config["scrape_configs"] for static in one["static_configs"] for target in static["targets"]
    ]
    assert sorted(targets) == sorted(f"{name}:8000" for name in SERVICES)
    assert config["rule_files"] == ["tocsin.rules.yml"]
