"""The incidents that this process wrote lately, as it wrote them. Pure.

What follows an incident's beginning comes within moments, and each of it would read what was written just now. What is
decided on what is remembered here is as good as what is decided on what was read before somebody else wrote: the
guarded write refuses it. So whoever decides to write nothing must read first.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable

from services.incident.incidents.incident import Incident

MOST_INCIDENTS = 500


class RecentIncidents:
    """Holds up to `MOST_INCIDENTS`, those that were written last."""

    def __init__(self) -> None:
        self._written: OrderedDict[str, Incident] = OrderedDict()

    def keep(self, incidents: Iterable[Incident]) -> None:
        """These were written; `version` is the one that they have now. Their blast radius is not kept."""
        for incident in incidents:
            known = self._written.pop(incident.id, None)
            newest = incident if known is None or known.version < incident.version else known
            self._written[incident.id] = newest if newest.blast_radius is None else newest.changed(blast_radius=None)
        while len(self._written) > MOST_INCIDENTS:
            self._written.popitem(last=False)

    def forget(self, ids: Iterable[str]) -> None:
        """Others wrote these, or nobody knows whether anybody did."""
        for key in ids:
            self._written.pop(key, None)

    def recall(self, ids: Iterable[str]) -> dict[str, Incident]:
        """Those of these incidents that are remembered, by id."""
        return {key: self._written[key] for key in ids if key in self._written}
