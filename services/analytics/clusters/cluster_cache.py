"""Keeps all incidents, as clusters know them, and the clusters made of them in memory.

Every process follows what any replica writes, and forms the clusters anew, beside the event loop, when something
changed. What has to be remembered of them (their ids) is written by whoever formed them first.
"""

from __future__ import annotations

import asyncio
import contextlib
from bisect import insort
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from services.analytics.clusters.cluster import Cluster
from services.analytics.clusters.clustered_incident import ClusteredIncident
from services.analytics.clusters.membership import FEWEST, Corrections, Memberships, form_clusters, limit_to
from services.analytics.clusters.store.clusters import ClusterStore, read_cluster
from services.analytics.clusters.store.incidents import IncidentCopies, read_action, read_incident
from services.analytics.clusters.template import Template, template_of
from services.analytics.runbooks.store import RunbookCopies, read_run, read_runbook
from services.analytics.runbooks.usage import RunbookHistory, RunbookRun
from shared.bus.news import Nudges
from shared.copies.following import one_by_one
from shared.events.actions import ActionFact
from shared.events.automation import RunbookFact
from shared.process.off_loop import OffLoop
from shared.process.outliving import log_and_continue

DEAF_SECONDS = 15.0
QUIET_SECONDS = 300.0
GATHER_SECONDS = 2.0
"""Between hearing that something was told and looking at the copies, which are written a second after it."""
REST_SECONDS = 20.0
"""Between two looks that nobody asked for: each reads again what was written in the last minute."""
PATIENCE_SECONDS = 3.0
"""So long an answer waits for clusters that are made anew; after it, it is of those from before."""


@dataclass(frozen=True, slots=True)
class Known:
    """Everything that trends are made of, as of one moment; it never changes."""

    incidents: Sequence[ClusteredIncident] = ()
    """In order of (created_at, id)."""
    actions: Mapping[str, Sequence[ActionFact]] = field(default_factory=dict)
    """Action items by incident."""
    memberships: Memberships = field(default_factory=lambda: Memberships({}, {}))
    templates: Mapping[str, Template] = field(default_factory=dict)
    """By incident."""
    clusters: Mapping[str, Cluster] = field(default_factory=dict)
    """What is kept of each, by id."""
    runbooks: RunbookHistory = field(default_factory=RunbookHistory)

    def limited_to(self, teams: Sequence[str]) -> Known:
        """What a key that is limited to `teams` (empty: not limited) may hear of; names are made of nothing else."""
        if not teams:
            return self
        return self._of(teams, [one for one in self.incidents if one.team in teams])

    def by_team(self) -> Iterator[tuple[str, Known]]:
        """For each team what a key of its alone may hear of."""
        by_team: dict[str, list[ClusteredIncident]] = {}
        for one in self.incidents:
            if one.team is not None:
                by_team.setdefault(one.team, []).append(one)
        for team, visible in sorted(by_team.items()):
            yield team, self._of((team,), visible)

    def _of(self, teams: Sequence[str], visible: Sequence[ClusteredIncident]) -> Known:
        memberships = limit_to(self.memberships, visible, self.templates, self.clusters)
        return replace(self, incidents=visible, memberships=memberships, runbooks=self.runbooks.limited_to(teams))


class ClusterCache:
    """`known` is the newest that was formed."""

    def __init__(
        self, incidents: IncidentCopies, runbooks: RunbookCopies, clusters: ClusterStore, news: Nudges
    ) -> None:
        self.known = Known()
        self._store = clusters
        self._news = news
        self._follow_incidents, self._follow_actions = incidents.follow()
        self._follow_runbooks, self._follow_runs = runbooks.follow()
        self._follow_clusters, self._follow_moves = clusters.follow()
        self._incidents: dict[str, ClusteredIncident] = {}
        self._order: list[tuple[float, str]] = []
        self._templates: dict[str, Template] = {}
        self._by_title: dict[tuple[str, str | None], Template] = {}
        self._actions: dict[str, dict[str, ActionFact]] = {}
        self._runs: dict[str, dict[str, RunbookRun]] = {}
        self._runbooks: dict[str, RunbookFact] = {}
        self._clusters: dict[str, Cluster] = {}
        self._gone: dict[str, int] = {}
        """The versions of clusters that are no more, should they come again."""
        self._moves: dict[str, str] = {}
        self._is_stale = True
        """The clusters have to be formed anew."""
        self._is_behind = False
        """What stands beside the clusters is another."""
        self._lock = asyncio.Lock()
        self._off_loop = OffLoop()
        self._forming: asyncio.Task[None] | None = None
        self._asked = asyncio.Event()
        """Somebody asked since the last look: what follows from a look is then not put off."""
        self._after_look: list[Callable[[Known], Awaitable[None]]] = []

    def after_look(self, act: Callable[[Known], Awaitable[None]]) -> None:
        """Have `act` called with what is known after each look at what was written."""
        self._after_look.append(act)

    async def fresh(self, patience_seconds: float = PATIENCE_SECONDS) -> Known:
        """What is known with all that is written by now; where forming takes longer, what was known before."""
        self._asked.set()
        if self._forming is None or self._forming.done():
            self._forming = asyncio.create_task(self.refresh())
        forming = self._forming
        await asyncio.wait([forming], timeout=patience_seconds if self.known.incidents else None)
        if forming.done():
            forming.result()
        return self.known

    async def refresh(self) -> None:
        """Read what was written since, and form the clusters anew if that changed anything."""
        async with self._lock:
            await self._read()
            if not self._is_stale:
                if self._is_behind:
                    self.known = replace(self.known, actions=self._actions_by_incident(), runbooks=self._history())
                    self._is_behind = False
                return
            self._is_stale = self._is_behind = False
            try:
                known = await self._off_loop.run(self._form)
                await self._remember(known)
            except BaseException:
                self._is_stale = True
                raise
            self.known = known

    def moved_to(self, key: str) -> str | None:
        """Into which cluster a person moved an incident or a template (`store.clusters`); None: nowhere."""
        return self._moves.get(key)

    async def run(self) -> None:
        """Follow what is written, for ever."""
        while True:
            self._asked.clear()
            with log_and_continue("clusters are made anew"):
                await self.refresh()
            for act in self._after_look:
                with log_and_continue("what follows from the clusters is done again"):
                    await act(self.known)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(REST_SECONDS):
                    await self._asked.wait()
            await self._news.wait(
                deaf_seconds=DEAF_SECONDS, longest_seconds=QUIET_SECONDS, gather_seconds=GATHER_SECONDS
            )

    async def _read(self) -> None:
        async for document in one_by_one(self._follow_incidents):
            self._take_incident(read_incident(document))
        async for document in one_by_one(self._follow_actions):
            self._take_action(read_action(document))
        async for document in one_by_one(self._follow_runbooks):
            self._take_runbook(read_runbook(document))
        async for document in one_by_one(self._follow_runs):
            self._take_run(*read_run(document))
        async for document in one_by_one(self._follow_clusters):
            self._take_cluster(read_cluster(document), is_gone=bool(document.get("gone")))
        async for document in one_by_one(self._follow_moves):
            self._take_move(document["_id"], document.get("cluster_id"))

    def _take_incident(self, incident: ClusteredIncident) -> None:
        before = self._incidents.get(incident.id)
        if before == incident:
            return
        self._incidents[incident.id] = incident
        self._is_stale = True
        if before is not None and before.created_at != incident.created_at:
            self._order.remove((before.created_at.timestamp(), before.id))
            before = None
        if before is None:
            insort(self._order, (incident.created_at.timestamp(), incident.id))

    def _take_action(self, action: ActionFact) -> None:
        of_incident = self._actions.setdefault(action.incident_id, {})
        if of_incident.get(action.id) != action:
            of_incident[action.id] = action
            self._is_behind = True

    def _take_runbook(self, runbook: RunbookFact) -> None:
        if self._runbooks.get(runbook.id) != runbook:
            self._runbooks[runbook.id] = runbook
            self._is_behind = True

    def _take_run(self, incident_id: str, execution_id: str, run: RunbookRun) -> None:
        of_incident = self._runs.setdefault(incident_id, {})
        if of_incident.get(execution_id) != run:
            of_incident[execution_id] = run
            self._is_behind = True

    def _take_cluster(self, cluster: Cluster, *, is_gone: bool) -> None:
        if is_gone:
            self._gone[cluster.id] = cluster.version
            self._is_stale = self._clusters.pop(cluster.id, None) is not None or self._is_stale
        elif self._clusters.get(cluster.id) != cluster:
            self._clusters[cluster.id] = cluster
            self._is_stale = True

    def _take_move(self, key: str, cluster_id: str | None) -> None:
        if self._moves.get(key) == cluster_id:
            return
        self._is_stale = True
        if cluster_id is None:
            self._moves.pop(key, None)
        else:
            self._moves[key] = cluster_id

    def _form(self) -> Known:
        incidents = [one for _, key in self._order if (one := self._incidents[key]).counts]
        for incident in incidents:
            title = (incident.title, incident.service_name)
            if title not in self._by_title:
                self._by_title[title] = template_of(*title)
            self._templates[incident.id] = self._by_title[title]
        memberships = form_clusters(incidents, self._templates, self._corrections())
        return Known(
            incidents,
            self._actions_by_incident(),
            memberships,
            dict(self._templates),
            dict(self._clusters),
            self._history(),
        )

    def _actions_by_incident(self) -> dict[str, list[ActionFact]]:
        return {
            incident: [one for one in items.values() if not one.deleted and not one.drill]
            for incident, items in self._actions.items()
        }

    def _history(self) -> RunbookHistory:
        return RunbookHistory({key: list(runs.values()) for key, runs in self._runs.items()}, dict(self._runbooks))

    def _corrections(self) -> Corrections:
        by_kind: dict[str, dict[str, str]] = {"incident": {}, "template": {}}
        for key, cluster_id in self._moves.items():
            kind, _, name = key.partition(":")
            by_kind[kind][name] = cluster_id
        return Corrections(dict(self._clusters), by_kind["incident"], by_kind["template"])

    async def _remember(self, known: Known) -> None:
        """Write what clusters were made of where that changed, and forget those that are no more."""
        changed, gone = _to_remember(known.memberships, self._clusters, self._gone)
        if changed or gone:
            lost = await self._store.commit(changed, gone)
            for one in changed:
                if one.id not in lost:
                    self._clusters[one.id] = one.changed(version=one.version + 1)
            for one in gone:
                if one.id not in lost:
                    self._clusters.pop(one.id)
                    self._gone[one.id] = one.version + 1
            # what another replica wrote first is read, and made anew with, at the next look
            self._is_stale = self._is_stale or bool(lost)


def _to_remember(
    memberships: Memberships, before: Mapping[str, Cluster], gone_before: Mapping[str, int]
) -> tuple[Sequence[Cluster], Sequence[Cluster]]:
    """The clusters to write, and those to forget. Counts alone are not worth a write until they doubled."""
    changed = []
    for key, templates in memberships.made_of.items():
        known = before.get(key)
        if known is None:
            if sum(templates.values()) >= FEWEST:
                changed.append(Cluster(id=key, version=gone_before.get(key, 0), templates=templates))
        elif _differs(known.templates, templates):
            changed.append(known.changed(templates=templates))
    gone = [
        one
        for key, one in before.items()
        if key not in memberships.made_of and not one.is_persons and one.merged_into is None
    ]
    return changed, gone


def _differs(before: Mapping[str, int], now: Mapping[str, int]) -> bool:
    return before.keys() != now.keys() or sum(now.values()) > 2 * sum(before.values())
