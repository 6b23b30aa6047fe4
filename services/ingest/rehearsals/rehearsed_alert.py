"""What is told of alerts that were only decided on: their events as they would be, by key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from services.ingest.alerts.batch import KeyDecision, Placement, with_group
from services.ingest.alerts.events import fact
from services.ingest.catalogue_copy.routing import shown_service
from services.ingest.grouping.group import GroupReason
from shared.questions.rehearsal import AlertTold, RehearsedAlert
from shared.vocabulary import AlertStatus


def describe_all(decisions: Iterable[KeyDecision], placement: Placement) -> list[RehearsedAlert]:
    """One for each key, in the order of the decisions."""
    made = list(decisions)
    founded = sorted((one.occurrence.opened, one.occurrence.id) for decision in made for one in decision.founded)
    grouped = {id_: reason for (_, id_), reason in zip(founded, placement.reasons, strict=True)}
    return [_describe(one, placement, grouped) for one in made]


def _describe(decision: KeyDecision, placement: Placement, grouped: Mapping[str, GroupReason]) -> RehearsedAlert:
    head, newest = decision.head, decision.newest
    seen = head.occurrence
    reason = grouped.get(seen.id) if seen is not None else None
    return RehearsedAlert(
        dedup_key=head.key,
        title=seen.content.title if seen is not None else newest.content.title,
        service=shown_service(seen.service_id, seen.claim) if seen is not None else shown_service(None, newest.claim),
        status=seen.status if seen is not None else AlertStatus.RESOLVED,
        told=decision.reasons[-1].value,
        grouped=reason.value if reason is not None else None,
        events=[
            AlertTold(
                type=draft.kind.value,
                sequence=draft.sequence,
                fact=fact(head, with_group(draft.occurrence, placement), draft.cause.stamp),
            )
            for draft in decision.drafts
        ],
    )
