"""What must hold whatever is killed, as pure checks over what was seen. All times are Unix times in seconds.

Every check returns what is broken, in words; nothing broken is an empty list.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

MOST_LATE_SECONDS = 5.0
IN_FLIGHT_SECONDS = 15.0
"""A page that comms had handed over, but not recorded, was sent at most so long before comms was killed."""


@dataclass(frozen=True, slots=True)
class Outage:
    """From the kill until all parts ran again."""

    part: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Page:
    """A page as its receiver saw it."""

    at: float
    page_id: str
    incident_id: str
    service: str
    user: str
    step: int
    round: int
    reason: str


def deadline(due: float, outages: Iterable[Outage]) -> float:
    """When what fell due at `due` must have happened: 5 s later, or 5 s after the outages that stood in its way."""
    ready = due
    for outage in sorted(outages, key=lambda one: one.start):
        if outage.start <= ready + MOST_LATE_SECONDS and outage.end > ready:
            ready = outage.end
    return ready + MOST_LATE_SECONDS


def lost_or_doubled(accepted: Iterable[str], listed: Iterable[str]) -> list[str]:
    """Each accepted dedup_key is listed exactly once."""
    times = Counter(listed)
    return [f"alert {key}: listed {times[key]} times" for key in accepted if times[key] != 1]


def incidents_per_service(services: Iterable[str], incidents: Iterable[str]) -> list[str]:
    """`incidents` names the service of each incident: every service has exactly one."""
    times = Counter(incidents)
    return [f"service {service}: {times[service]} incidents" for service in services if times[service] != 1]


def late_first_pages(
    first_accepted: Mapping[str, float], pages: Sequence[Page], outages: Sequence[Outage]
) -> list[str]:
    """Every service's first page came, and in time after its first alert was accepted."""
    first: dict[str, float] = {}
    for page in pages:
        if page.step == 1:
            first[page.service] = min(page.at, first.get(page.service, page.at))
    return [
        _missed(f"step 1 of {service}", accepted, first.get(service), outages)
        for service, accepted in first_accepted.items()
        if first.get(service) is None or first[service] > deadline(accepted, outages)
    ]


def late_second_steps(
    started: Mapping[str, float], timeout: float, pages: Sequence[Page], outages: Sequence[Outage]
) -> list[str]:
    """`started` maps an incident to when its first step began: its second step came after the timeout, in time."""
    second: dict[str, float] = {}
    for page in pages:
        if page.step == 2 and page.round == 0:
            second[page.incident_id] = min(page.at, second.get(page.incident_id, page.at))
    broken = []
    for incident, start in started.items():
        due, came = start + timeout, second.get(incident)
        if came is None or came > deadline(due, outages):
            broken.append(_missed(f"step 2 of {incident}", due, came, outages))
        elif came < due - 0.5:
            broken.append(f"step 2 of {incident}: {due - came:.1f} s too early")
    return broken


def told_twice(pages: Sequence[Page], outages: Sequence[Outage]) -> list[str]:
    """Nobody is told the same twice, but for a page that was in flight when comms was killed: same `page_id`."""
    seen: defaultdict[tuple[object, ...], list[Page]] = defaultdict(list)
    for page in pages:
        seen[(page.incident_id, page.user, page.step, page.round, page.reason)].append(page)
    kills = [outage.start for outage in outages if outage.part.split(".")[0] == "comms"]
    broken = []
    for what, times in seen.items():
        if len({page.page_id for page in times}) > 1:
            broken.append(f"{what}: under {len({page.page_id for page in times})} different ids")
        for before, again in pairwise(times):
            if not any(before.at - 1 <= kill <= before.at + IN_FLIGHT_SECONDS and kill <= again.at for kill in kills):
                broken.append(f"{what}: again after {again.at - before.at:.1f} s, and no comms had been killed")
    return broken


def _missed(what: str, due: float, came: float | None, outages: Sequence[Outage]) -> str:
    if came is None:
        return f"{what}: never"
    during = [outage.part for outage in outages if outage.start <= came and outage.end >= due]
    return f"{what}: {came - due:.1f} s after it was due, {came - deadline(due, outages):.1f} s too late ({during})"
