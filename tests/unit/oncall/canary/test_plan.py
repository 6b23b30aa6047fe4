"""The engine pages the canary's person once for each canary, and keeps nothing of those before."""

from __future__ import annotations

from datetime import UTC, datetime

from services.incident.canary.deciding import CanaryIncident, make_event
from services.oncall.canary.plan import directory_of, forget_earlier, to_page
from services.oncall.escalation.escalation import Decision, Escalation
from services.oncall.escalation.incident_news import apply_incident
from shared.events import make
from shared.events.incidents import IncidentFact
from shared.testing.examples import EXAMPLES

NOW = datetime(2026, 11, 29, 5, tzinfo=UTC)
CAUSE = make("alert.opened.v1", subject="a", sequence=1, time=NOW, data=EXAMPLES["alert.opened.v1"]())


def heard(known: Escalation | None, generation: int, sequence: int, *, is_open: bool) -> Decision:
    state = CanaryIncident(stamp="1", open=is_open, generation=generation, created_at=NOW)
    fact = make_event("canary", state, sequence, CAUSE.model_copy(update={"id": f"e{generation}"}), NOW).data
    assert isinstance(fact, IncidentFact)
    before = None if known is None else forget_earlier(known)
    decision = apply_incident(before, to_page(fact), sequence, directory_of("canary"), NOW)
    assert decision is not None
    return decision


def test_each_canary_is_one_page_and_its_escalation_stays_as_small_as_it_was() -> None:
    escalation: Escalation | None = None
    sizes: set[int] = set()
    pages: set[str] = set()
    for generation in range(1, 40):
        opened = heard(escalation, generation, generation * 2, is_open=True)
        (page,) = opened.pages
        pages.add(page.page_id)
        assert (page.user.id, page.generation) == ("canary", generation)
        ended = heard(opened.escalation, generation, generation * 2 + 1, is_open=False)
        assert ended.pages == ()
        assert ended.escalation.due_at is None
        escalation = ended.escalation
        sizes.add(len(escalation.attempts) + len(escalation.log))
    assert len(pages) == 39
    assert len(sizes) <= 2
