"""The first draft of a post-mortem: its sections as far as Tocsin knows them, in Markdown, for people to go on from.

What only people know (what went well, what went badly, where we were lucky) begins with what the figures show, else
with a question. Of a long timeline people's own words are kept before the system's.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.incident.incidents.alert_member import Member
from services.incident.incidents.incident import Incident
from services.incident.people.names import mention
from services.incident.postmortems.figures import Figures, spell_duration
from services.incident.postmortems.sections import MAX_SECTION, Section
from services.incident.sla.record import read_resolution, read_response
from services.incident.timeline.entry import SYSTEM, Entry, EntryKind
from shared.events.command import ClockState
from shared.text.markdown import bullet_list, paragraphs, plain

MAX_LINE = 1_000
"""Characters of one entry in the timeline's section."""
_BUDGET = MAX_SECTION - 1_000
_NAMING = frozenset({EntryKind.PAGE, EntryKind.ESCALATION, EntryKind.ROLE, EntryKind.PARTICIPANT})
"""What the system writes with people's ids in it."""
_NAMED = 20


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that a draft is made from. Entries are the oldest first, alerts in the order they joined."""

    incident: Incident
    figures: Figures
    entries: Sequence[Entry] = ()
    alerts: Sequence[Member] = ()
    suspects: Sequence[str] = ()
    """The reasons of the changes that are suspected, worst first."""


def draft(evidence: Evidence, now: datetime) -> dict[Section, str]:
    """Every section's first text."""
    return {
        Section.SUMMARY: _summary(evidence),
        Section.IMPACT: _impact(evidence.incident),
        Section.TIMELINE: _timeline(evidence.entries, _people_of(evidence.incident)),
        Section.DETECTION: _detection(evidence),
        Section.ROOT_CAUSES: _root_causes(evidence),
        Section.WENT_WELL: _describe_targets(evidence.incident, now, good=True) or "_What helped, and should stay?_",
        Section.WENT_BADLY: _describe_targets(evidence.incident, now, good=False)
        or "_What cost time, or made it worse?_",
        Section.LUCKY: "_What could have made it worse, and did not?_",
        Section.ACTIONS: _actions(evidence.incident),
    }


def moment(at: datetime) -> str:
    """A time as the document writes it."""
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


def _summary(evidence: Evidence) -> str:
    incident = evidence.incident
    where = f" on **{plain(incident.service_name or incident.service_id or '')}**" if incident.service_id else ""
    ended = f" and ended {moment(incident.resolved_at)}" if incident.resolved_at else " and is not over"
    lines = [
        f"{plain(incident.title)}.",
        f"It was a {incident.severity.value} {incident.category.value} incident{where}, priority "
        f"{incident.priority.value}. It began {moment(incident.created_at)}{ended}"
        + (f", after {spell_duration(evidence.figures.time_to_resolve_seconds)}." if incident.resolved_at else "."),
    ]
    if incident.description.strip():
        lines.append(paragraphs(incident.description))
    if incident.roles:
        lines.append(bullet_list([f"{one.name}: @{one.user_id}" for one in incident.roles]))
    return _fitting("\n\n".join(lines))


def _impact(incident: Incident) -> str:
    parts = [paragraphs(incident.impact) or "_Who noticed what, and for how long?_"]
    if incident.affected_components:
        parts.append("Affected components:\n\n" + bullet_list(incident.affected_components))
    return _fitting("\n\n".join(parts))


def _people_of(incident: Incident) -> frozenset[str]:
    holders = (one.user_id for one in incident.roles)
    return frozenset([*incident.participants, *incident.told, *incident.taken_by, *holders])


def _timeline(entries: Sequence[Entry], people: Collection[str]) -> str:
    lines = {entry.id: _line(entry, people) for entry in entries}
    room, kept = _BUDGET, set[str]()
    for entry in sorted(entries, key=lambda one: one.author == SYSTEM):
        room -= len(lines[entry.id]) + 1
        if room < 0:
            break
        kept.add(entry.id)
    shown = [lines[entry.id] for entry in entries if entry.id in kept]
    if len(shown) < len(entries):
        shown.append(f"- _{len(entries) - len(shown)} more lines stand on the incident's own timeline._")
    return "\n".join(shown) or "_Nothing was noted._"


def _line(entry: Entry, people: Collection[str]) -> str:
    words = entry.text[:MAX_LINE]
    said = plain(mention(words, people) if entry.kind in _NAMING else words)
    by = "" if entry.author == SYSTEM else f" ({plain(mention(entry.author, people))})"
    return f"- {moment(entry.at)}: {said}{by}"


def _detection(evidence: Evidence) -> str:
    incident, figures = evidence.incident, evidence.figures
    if not evidence.alerts:
        found = f"Somebody opened it by hand {moment(incident.created_at)}; no alert told of it."
    else:
        first = min(evidence.alerts, key=lambda one: (one.starts_at, one.number))
        source = f" from {plain(first.source)}" if first.source else ""
        found = (
            f"The first alert{source}, “{plain(first.title)}”, began {moment(first.starts_at)}; the incident was "
            f"there {spell_duration(figures.detection_seconds)} later."
        )
    taken = f"It was acknowledged after {spell_duration(figures.time_to_acknowledge_seconds)}."
    if incident.acknowledged_at is None:
        taken = "Nobody acknowledged it."
    paged = f"Pages: {figures.pages}. Steps of escalation: {figures.escalations}."
    parts = [found, f"{taken} {paged}"]
    if len(evidence.alerts) > 1:
        titles = list(dict.fromkeys(one.title for one in evidence.alerts))
        rest = f"\n- _and {len(titles) - _NAMED} others_" if len(titles) > _NAMED else ""
        parts.append(f"Its {incident.alerts.count} alerts:\n\n{bullet_list(titles[:_NAMED])}{rest}")
    return _fitting("\n\n".join(parts))


def _root_causes(evidence: Evidence) -> str:
    parts = [paragraphs(evidence.incident.root_cause) or "_Why did it happen, and why could it?_"]
    if evidence.suspects:
        parts.append("Changes under suspicion:\n\n" + bullet_list(list(evidence.suspects[:_NAMED])))
    return _fitting("\n\n".join(parts))


def _describe_targets(incident: Incident, now: datetime, *, good: bool) -> str:
    wanted = (ClockState.MET,) if good else (ClockState.BREACHED,)
    said = "was met" if good else "was missed"
    clocks = [("resolve", read_resolution(incident.sla, incident.priority, now))]
    # resolving stops the clock of the response too, but what nobody acknowledged met no target to acknowledge it
    if incident.acknowledged_at is not None or not good:
        clocks.insert(0, ("acknowledge", read_response(incident.sla, incident.priority, now)))
    return "\n".join(f"- The target to {name} it {said}." for name, reading in clocks if reading.state in wanted)


def _actions(incident: Incident) -> str:
    parts: list[str] = []
    if incident.actions_taken:
        parts.append("Done during the incident:\n\n" + bullet_list(incident.actions_taken))
    if incident.preventive_measures:
        parts.append("To keep it from coming back:\n\n" + bullet_list(incident.preventive_measures))
    return _fitting("\n\n".join(parts))


def _fitting(text: str) -> str:
    return text if len(text) <= MAX_SECTION else text[: MAX_SECTION - 1] + "…"
