"""A store in memory: decides on batches of alert events as the handler does, with a relay that may lag."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from services.incident.alerts.correlation import Known, Outcome, correlate, has_met_since, prints_that_matter
from services.incident.alerts.folding import Arrival
from services.incident.incidents.alert_member import Member
from services.incident.incidents.edit import Edit
from services.incident.incidents.incident import Incident
from services.incident.numbering.incident_ids import incident_id
from tests.unit.incident.builders import after, make_service


class Desk:
    """Incidents and members, changed only by edits whose base is the stored version."""

    def __init__(self, delay_seconds: int = 0) -> None:
        self.incidents: dict[str, Incident] = {}
        self.members: dict[str, Member] = {}
        self.edits: list[Edit] = []
        self._service = make_service(auto_resolve_after_seconds=delay_seconds)
        self.second = 0
        self._taken = 0

    def hear(self, *arrivals: Arrival) -> Outcome:
        """Decide on a batch and write what was decided."""
        self.second += 1
        fresh = [incident_id("20261121", self._taken + n) for n in range(1, len(arrivals) + 1)]
        self._taken += len(arrivals)
        prints = prints_that_matter(arrivals, self.incidents)
        met = (one.fingerprint for one in self.members.values() if has_met_since(one, prints))
        known = Known(self.incidents, self.members, frozenset(met))
        outcome = correlate(arrivals, known, lambda _: self._service, fresh, after(self.second))
        assert len(outcome.reasons) == len(arrivals)
        for edit in outcome.edits:
            self.write(edit)
        return outcome

    def write(self, edit: Edit) -> None:
        """Write one edit."""
        stored = self.incidents.get(edit.after.id)
        assert (stored.version if stored else 0) == edit.base
        self.incidents = {**self.incidents, edit.after.id: edit.after.model_copy(update={"version": edit.base + 1})}
        self.members = {**self.members, **{member.alert_id: member for member in edit.members}}
        self.edits.append(edit)

    @property
    def only(self) -> Incident:
        """The one incident there is."""
        (one,) = self.incidents.values()
        return one

    def check(self) -> None:
        """What must hold at any time, whatever was heard."""
        counted: Counter[tuple[str, str]] = Counter()
        for member in self.members.values():
            counted[member.incident_id, "count"] += 1
            counted[member.incident_id, "firing"] += member.firing
            counted[member.incident_id, "open"] += member.status.is_open
        for key, incident in self.incidents.items():
            for name in ("count", "firing", "open"):
                assert getattr(incident.alerts, name) == counted[key, name], (key, name)
            assert incident.status.is_open == (incident.alerts.open > 0 or incident.resolve_due_at is not None)
            numbers = [member.number for member in self.members.values() if member.incident_id == key]
            assert sorted(numbers) == list(range(1, len(numbers) + 1))
        groups = Counter(one.group_id for one in self.incidents.values() if one.status.is_open)
        assert all(number == 1 for number in groups.values())


def batches(arrivals: Sequence[Arrival], cuts: Sequence[int]) -> list[list[Arrival]]:
    """The arrivals in batches, cut at these places."""
    places = sorted({cut % (len(arrivals) + 1) for cut in cuts} | {0, len(arrivals)})
    return [list(arrivals[low:high]) for low, high in pairwise(places)]
