"""How the answer to a sender names the service of what it sends.

A trigger is about the service that its own words lead to. A resolve, an acknowledgement or an edit often says a key
and nothing else: it is about the service of the alert that it finds, whatever itself says or leaves out.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from services.ingest.catalogue_copy.routing import shown_service
from services.ingest.intake.message import AcceptedAlert, Origin, head_ids
from services.ingest.normalisation.alert import Action

MOST_ASKED = 1000
"""As many alerts of one request are looked for; what is said of the rest is what their words lead to."""
MOST_REMEMBERED = 20_000


@dataclass(frozen=True, slots=True)
class AlertService:
    """The service of an alert that is in the database, and what its sender calls it."""

    service_id: str | None
    claim: str | None
    is_open: bool


class Announced:
    """The services of the alerts that this process accepted last: they may not be in the database yet."""

    def __init__(self) -> None:
        self._services: OrderedDict[tuple[str | None, str | None, str], tuple[str, bool]] = OrderedDict()

    def learn(self, alerts: Sequence[AcceptedAlert], services: Sequence[str], origin: Origin) -> list[str | None]:
        """What is remembered of each of these alerts, those before it in the request included; and remember them."""
        remembered: list[str | None] = []
        for one, service in zip(alerts, services, strict=True):
            if one.alert.key is None:
                remembered.append(None)
                continue
            key = (origin.integration_id or origin.key_id, one.alert.drill_id, one.key)
            known, is_over = self._services.get(key, ("", True))
            if one.alert.action is Action.TRIGGER:
                self._remember(key, service if is_over else known, is_over=False)
            elif known and one.alert.action is Action.RESOLVE:
                self._remember(key, known, is_over=True)
            remembered.append(known or None)
        return remembered

    def _remember(self, key: tuple[str | None, str | None, str], service: str, *, is_over: bool) -> None:
        self._services[key] = (service, is_over)
        self._services.move_to_end(key)
        if len(self._services) > MOST_REMEMBERED:
            self._services.popitem(last=False)


def heads_to_ask(alerts: Sequence[AcceptedAlert], origin: Origin) -> dict[int, tuple[str, ...]]:
    """Which of these alerts are about the service of an alert that is there: the ids of its head, by place."""
    return dict(_head_to_ask(alerts, origin))


def _head_to_ask(alerts: Sequence[AcceptedAlert], origin: Origin) -> Iterator[tuple[int, tuple[str, ...]]]:
    left = MOST_ASKED
    for place, one in enumerate(alerts):
        if one.alert.action is Action.TRIGGER:
            continue
        head, others = head_ids(one, origin)
        yield place, (*others, head)
        left -= 1
        if not left:
            return


def services_to_answer(
    services: Sequence[str],
    asked: Mapping[int, Sequence[str]],
    known: Mapping[str, AlertService],
    remembered: Sequence[str | None],
) -> list[str]:
    """The service of each alert: of the one that is open, else that was accepted lately, else that is over, else what
    its own words lead to, which is in `services`. `known` is what the database says of the heads that were asked for.
    """
    named = list(services)
    for place, heads in asked.items():
        found = [known[head] for head in heads if head in known]
        seen = next((one for one in found if one.is_open), None)
        if seen is None and remembered[place] is None:
            seen = next(iter(found), None)
        named[place] = shown_service(seen.service_id, seen.claim) if seen else remembered[place] or services[place]
    return named
