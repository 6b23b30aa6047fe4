"""How a rehearsal says what would happen: a sentence for each alert, page and decision, with ids instead of names."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from services.oncall.directory.policy import Target
from services.oncall.escalation import texts as wording
from services.oncall.escalation.escalation import JournalEntry, Reason
from services.oncall.rehearsals.override_changes import OverrideChange
from services.oncall.rehearsals.runbook_changes import RunbookChange
from services.oncall.rehearsals.simulation import RehearsedPage
from shared.questions.rehearsal import PlacedAlert

_PLACED: Mapping[str, str] = {
    "open_new": "It opens an incident.",
    "born_resolved": "It opens an incident that is over at once: the alert is resolved already.",
    "join": "It joins an open incident of which people know already: nobody is paged for it.",
    "join_page_again": "It is new to an incident that somebody has in hand: people are paged again.",
    "join_as_effect": "It joins the incident of a service that its own one needs: nobody is paged for an effect.",
    "attach": "It is kept with an incident that is over, or it does not fire: nobody is paged for it.",
    "member_update": "It changes an alert that is in an incident already.",
    "repeat": "It tells nothing new.",
    "not_firing": "It does not fire: no incident opens.",
    "opens_no_incident": "Its severity is none: it is kept, and opens no incident.",
}
_TOLD: Mapping[str, str] = {
    "repeat": "The alert fires already, and this tells nothing new.",
    "remembered": "Nothing of it is open: it is remembered for a while, and changes nothing.",
    "held": "It was resolved a moment ago: this copy is held, and fires in a minute unless it is resolved again.",
    "quiet": "A person resolved it, and its sender's repeats are quiet for a while.",
    "too_late": "Something newer is known of the alert: this changes nothing.",
}


def of_alert(alert: PlacedAlert) -> str:
    """What becomes of an alert."""
    if alert.reason is not None:
        return _PLACED.get(alert.reason, f"It goes to its incident ({alert.reason}).")
    return _TOLD.get(alert.told, f"It changes nothing that is told ({alert.told}).")


def of_page(page: RehearsedPage) -> str:
    """Why somebody is paged, and why by this method."""
    attempt = page.attempt
    meant = next((via for via in page.step.via if attempt.user_id in via.users), None) if page.step else None
    because = f": {wording.because_of(meant)}" if meant is not None else ""
    rule = f"; {wording.of_rule(attempt.rule, attempt.urgency)}" if attempt.rule is not None else ""
    return f"{wording.at_step(attempt.step, attempt.round).capitalize()}{because}{rule}."


def of_decision(entry: JournalEntry) -> str | None:
    """What the engine would note; None for what a page says itself."""
    if entry.reason is Reason.STEP_STARTED:
        step = wording.at_step(entry.step, entry.round).capitalize()
        return f"{step} begins and tells {', '.join(entry.users)}."
    if entry.reason is Reason.STEP_SKIPPED:
        targets = dict.fromkeys((via.type, via.id) for via in entry.via)
        skipped = [wording.of_skipped_step(entry, Target(type=type_, id=id_)) for type_, id_ in targets]
        return " ".join(skipped) or f"{wording.at_step(entry.step, entry.round).capitalize()} tells nobody."
    return wording.of_decision(entry)


def of_runbook(change: RunbookChange, at: datetime) -> str:
    """What the wait for a runbook changes: when people are first told with it, and when without it."""
    told = [min((page.attempt.requested_at for page in pages), default=None) for pages in (change.takes, change.adds)]
    without, with_it = ("nobody" if one is None else f"after {(one - at).total_seconds():.0f} s" for one in told)
    return (
        f"The runbook “{change.runbook.name}” starts by itself, and pages wait for it {change.runbook.seconds} s: "
        f"the first comes {with_it}, without it {without}; with it nobody is paged where all ends well before."
    )


def of_override(change: OverrideChange) -> str:
    """What an override changes."""
    instead = list(dict.fromkeys(page.attempt.user_id for page in change.takes))
    pages = list(dict.fromkeys(page.attempt.user_id for page in change.adds))
    there = f"{', '.join(pages)} would be paged by it" if pages else "nobody would be paged by it"
    without = f"without it {', '.join(instead)} would be" if instead else "without it nobody would be"
    return f"The override {change.override.id} of schedule {change.schedule_id}: {there}; {without}."
