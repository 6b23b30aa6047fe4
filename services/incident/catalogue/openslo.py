"""SLOs as OpenSLO YAML (`openslo/v1`): written with Tocsin's own indicator, read from any. Pure.

Tocsin's indicator is its incidents (`metricSource.type: tocsin`), counted as Timeslices. Of a document that has another
indicator only service, target and window are taken, and that is said; so is each document that is no SLO.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from services.incident.catalogue.service_definition import Service, Slo
from shared.ids import derive_id
from shared.problem import Fault, Problem
from shared.text.yaml_writer import write_yaml

VERSION, OURS = "openslo/v1", "tocsin"
MOST_DOCUMENTS = 5000
MOST_FAULTS = 50
SLICE = "1m"
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_DURATION = re.compile(r"([1-9][0-9]{0,5})(m|h|d|w|M|Q|Y)")
_MINUTES = {"m": 1, "h": 60, "d": 1440, "w": 7 * 1440, "M": 30 * 1440, "Q": 90 * 1440, "Y": 365 * 1440}
_DAY_MINUTES, _LONGEST_DAYS = 1440, 400
_PERCENT = 100


@dataclass(frozen=True, slots=True)
class Promise:
    """What a document says: `place` counts documents from 0, `notes` say what of it was not taken."""

    place: int
    service_id: str
    slo: Slo
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SloFile:
    """What a file says, and which of its documents (from 0) say nothing here."""

    promises: Sequence[Promise]
    skipped: Mapping[int, str]


def write_slos(services: Iterable[Service]) -> str:
    """A document for each of these services that has an SLO, in their order."""
    return "---\n".join(write_yaml(_document(one, one.slo)) for one in services if one.slo is not None)


def read_slos(documents: Sequence[Any]) -> SloFile:
    """What the documents of a file say. Raises a 422 `Problem` that names each fault by document and member."""
    faults: list[Fault] = []
    promises: list[Promise] = []
    skipped: dict[int, str] = {}
    said: dict[str, int] = {}
    for place, document in enumerate(documents):
        if document is None:
            continue
        reading = _Reading(place, faults)
        kind = reading.text(document, "kind")
        if kind is not None and kind != "SLO":
            skipped[place] = f"{kind[:60]}: only SLO is read"
            continue
        promise = reading.promise(document) if kind is not None else None
        if promise is not None and promise.service_id in said:
            first = said[promise.service_id]
            reading.fault("/spec/service", f"document {first} is about this service already")
        elif promise is not None:
            said[promise.service_id] = place
            promises.append(promise)
        if len(faults) >= MOST_FAULTS:
            break
    if faults:
        raise refuse(faults)
    return SloFile(promises, skipped)


def refuse(faults: Sequence[Fault]) -> Problem:
    """The refusal of a file; pointers begin with the document's place."""
    return Problem(422, "invalid", "; ".join(f"{one.pointer}: {one.detail}" for one in faults[:5]), errors=faults)


def _document(service: Service, slo: Slo) -> dict[str, Any]:
    measured = {"metricSource": {"type": OURS, "spec": {"service": service.id, "measure": "uptime"}}}
    name = service.id if _NAME.fullmatch(service.id) else f"service-{derive_id('slo', service.id)[:12].lower()}"
    return {
        "apiVersion": VERSION,
        "kind": "SLO",
        "metadata": {"name": name, "displayName": service.name},
        "spec": {
            "description": "Minutes in which no failure was open, and no status page said so.",
            "service": service.id,
            "indicator": {
                "metadata": {"name": f"{name[:56]}-uptime"},
                "spec": {"thresholdMetric": measured},
            },
            "timeWindow": [{"duration": f"{slo.window_days}d", "isRolling": True}],
            "budgetingMethod": "Timeslices",
            "objectives": [
                {
                    "displayName": "Uptime",
                    "op": "gte",
                    "value": 1,
                    "target": slo.target,
                    "timeSliceTarget": 1.0,
                    "timeSliceWindow": SLICE,
                }
            ],
        },
    }


class _Reading:
    """One document; what is wrong with it is collected."""

    def __init__(self, place: int, faults: list[Fault]) -> None:
        self._place = place
        self._faults = faults

    def fault(self, pointer: str, detail: str) -> None:
        self._faults.append(Fault(f"/{self._place}{pointer}", detail))

    def text(self, within: Any, name: str, pointer: str = "") -> str | None:
        if not isinstance(within, dict):
            self.fault(pointer, "must be a mapping")
            return None
        value = within.get(name)
        if not isinstance(value, str) or not value:
            self.fault(f"{pointer}/{name}", "must be a text" if value is not None else "is missing")
            return None
        return value

    def promise(self, document: dict[str, Any]) -> Promise | None:
        if document.get("apiVersion") != VERSION:
            self.fault("/apiVersion", f"must be {VERSION}")
            return None
        spec = document.get("spec")
        service_id = self.text(spec, "service", "/spec")
        if not isinstance(spec, dict):
            return None
        window = self._window(spec.get("timeWindow"))
        target = self._target(spec.get("objectives"))
        if service_id is None or window is None or target is None:
            return None
        days, notes = window
        return Promise(self._place, service_id, Slo(target=target, window_days=days), (*notes, *_not_taken(spec)))

    def _window(self, windows: Any) -> tuple[int, tuple[str, ...]] | None:
        pointer = "/spec/timeWindow"
        if not isinstance(windows, list) or len(windows) != 1 or not isinstance(windows[0], dict):
            self.fault(pointer, "must be a list of one window")
            return None
        duration = windows[0].get("duration")
        match = _DURATION.fullmatch(duration) if isinstance(duration, str) else None
        minutes = int(match[1]) * _MINUTES[match[2]] if match is not None else 0
        if not minutes or minutes % _DAY_MINUTES or minutes > _LONGEST_DAYS * _DAY_MINUTES:
            self.fault(f"{pointer}/0/duration", f"must be whole days, 1 to {_LONGEST_DAYS}, such as 30d or 4w")
            return None
        is_rolling = windows[0].get("isRolling", True) is True and "calendar" not in windows[0]
        return minutes // _DAY_MINUTES, () if is_rolling else ("its window is taken as a rolling one",)

    def _target(self, objectives: Any) -> float | None:
        pointer = "/spec/objectives"
        if not isinstance(objectives, list) or len(objectives) != 1 or not isinstance(objectives[0], dict):
            self.fault(pointer, "must be a list of one objective")
            return None
        whole = objectives[0]
        name = "target" if "target" in whole else "targetPercent"
        value = whole.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.fault(f"{pointer}/0/{name}", "must be a number" if name in whole else "is missing")
            return None
        target = float(Fraction(repr(value)) / (1 if name == "target" else _PERCENT))
        if not 0 < target < 1:
            self.fault(
                f"{pointer}/0/{name}", "must be more than 0 and less than " + ("1" if name == "target" else "100")
            )
            return None
        return target


def _not_taken(spec: Mapping[str, Any]) -> Iterable[str]:
    """What of a document means nothing here."""
    if spec.get("budgetingMethod", "Timeslices") != "Timeslices":
        yield "its budget is counted as Timeslices"
    if not _is_ours(spec):
        yield "its indicator is not Tocsin's: only service, target and window are taken"
    if spec.get("alertPolicies"):
        yield "its alert policies are not taken"


def _is_ours(spec: Mapping[str, Any]) -> bool:
    indicator: Any = spec
    for name in ("indicator", "spec", "thresholdMetric", "metricSource"):
        indicator = indicator.get(name) if isinstance(indicator, dict) else None
    return isinstance(indicator, dict) and indicator.get("type") == OURS
