"""`/incidents/{id}/stakeholders`: send an update by a template; the ledger of what was sent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, Field

from services.comms.delivery.delivery_state import DeliveryState, Reason
from services.comms.incident_copies.lookup import wait_for_incident
from services.comms.incident_copies.store import IncidentCopies
from services.comms.mail.quota import over_quota
from services.comms.mail.store.letters import Letters
from services.comms.mail.store.quotas import MailQuotas
from services.comms.mail.template import LetterForms
from services.comms.people.store.people import People
from services.comms.stakeholders.api.templates import BUILT_IN
from services.comms.stakeholders.follow_up import UpdateFollowUp
from services.comms.stakeholders.mail import News, Template, UpdateContent, by_default, by_template
from services.comms.stakeholders.recipients import Addressed, is_group, resolve_recipients
from services.comms.stakeholders.store.updates import StakeholderUpdates
from services.comms.stakeholders.template_sandbox import BadTemplate
from services.comms.stakeholders.update import Group, StakeholderUpdate, delivery_id, require_public
from shared.clocks.clock import Now
from shared.events.incidents import IncidentFact
from shared.ids import fresh
from shared.kept.editing import Locale
from shared.kept.entries import Entries, Entry
from shared.process.off_loop import OffLoop
from shared.secrecy.masking import mask_address
from shared.team_scope import may_see
from shared.vocabulary import Role
from shared.web import Caller, Page, decode_cursor, encode_cursor
from shared.web.merge_patch import Fault, refuse
from shared.web.paging import Cursor, Limit

PATH = "/incidents/{id}/stakeholders"
IncidentId = Annotated[str, Path(max_length=128)]
Word = Annotated[str, Field(min_length=1, max_length=320)]


class NotifyRequest(BaseModel):
    """An update to stakeholders."""

    template: Annotated[str, Field(min_length=1, max_length=200)] = BUILT_IN
    """A template's id or name; `default` is built in."""
    to: Annotated[list[Word], Field(min_length=1, max_length=100)]
    """E-mail addresses, and groups by their id or name."""
    message: Annotated[str, Field(max_length=5000)] = ""
    """What the sender adds in their own words."""
    locale: Locale | None = None
    """For the built-in template: its language; absent: that of each group."""
    preview: bool = False
    """Show what would be sent, and send nothing."""


class NotifiedDelivery(BaseModel):
    """The delivery to one reader: `GET /deliveries/{id}` tells what becomes of it."""

    id: str
    address: str


class NotifyView(BaseModel):
    """An update that is on its way."""

    id: str
    subject: str
    delivery_ids: list[str]
    deliveries: list[NotifiedDelivery]


class PreviewView(BaseModel):
    """What an update would say, in the language of its first reader, and to how many."""

    preview: bool = True
    subject: str
    text: str
    html: str
    recipients: int


class LedgerDelivery(BaseModel):
    """What became of an update for one reader."""

    id: str
    address: str
    state: DeliveryState
    reason: Reason
    attempts: int
    finished_at: datetime | None


class LedgerView(BaseModel):
    """One update and what became of it."""

    id: str
    at: datetime
    by: str
    template: str
    template_version: int | None
    subject: str
    message: str
    groups: list[str]
    deliveries: list[LedgerDelivery]


class UpdateSending:
    """Makes updates of requests."""

    def __init__(
        self,
        copies: IncidentCopies,
        people: People,
        groups: Entries[Group],
        templates: Entries[Template],
        *,
        forms: LetterForms,
        updates: StakeholderUpdates,
        clock: Now,
        base_url: str,
    ) -> None:
        self._copies = copies
        self._people = people
        self._groups = groups
        self._templates = templates
        self._forms = forms
        self._updates = updates
        self._clock = clock
        self._base_url = base_url
        self._writing = OffLoop()

    async def prepare(self, incident_id: str, body: NotifyRequest, caller: Caller) -> tuple[StakeholderUpdate, int]:
        """The update that a request asks for, complete, and how many of its readers are in no group.

        Raises a 404, 409 or 422 `Problem`; nothing is stored.
        """
        incident = await wait_for_incident(self._copies, incident_id)
        require_public(incident)
        template, faults = await self._template(body.template, caller)
        locale = template.content.locale if template is not None else body.locale
        to = await self._resolve_recipients(body.to, locale, caller)
        refuse([*faults, *to.faults])
        now = self._clock.now()
        news = News(
            incident=incident,
            commander=await self._commander(incident),
            message=body.message,
            number=await self._updates.count(incident_id) + 1,
            now=now,
        )
        update = StakeholderUpdate(
            id=fresh("upd_"),
            incident_id=incident_id,
            template=template.id if template is not None else BUILT_IN,
            template_version=template.version if template is not None else None,
            by=caller.author,
            message=body.message,
            groups=to.groups,
            recipients=to.recipients,
            contents=await self._writing.run(
                self._contents, template, news, [*dict.fromkeys(recipient.locale for recipient in to.recipients)]
            ),
            at=now,
            due_at=now,
        )
        return update, to.strangers

    def _contents(
        self, template: Entry[Template] | None, news: News, locales: Sequence[str]
    ) -> dict[str, UpdateContent]:
        return {locale: self._content(template, news, locale) for locale in locales}

    def _content(self, template: Entry[Template] | None, news: News, locale: str) -> UpdateContent:
        if template is None:
            return by_default(news, locale, self._forms, self._base_url)
        try:
            return by_template(template.content, news, self._forms, self._base_url)
        except BadTemplate as error:
            refuse([("/template", f"it fails for this incident: {error}")])
            raise

    async def _template(self, word: str, caller: Caller) -> tuple[Entry[Template] | None, list[Fault]]:
        if word == BUILT_IN:
            return None, []
        meant = [one for one in await self._templates.named(word) if may_see(caller, one.content.team)]
        if len(meant) != 1:
            why = "several templates have this name: use the id" if meant else f"there is no template {word[:100]!r}"
            return None, [("/template", why)]
        return meant[0], []

    async def _resolve_recipients(self, to: list[str], locale: str | None, caller: Caller) -> Addressed:
        groups = {
            word: [one.content for one in await self._groups.named(word) if may_see(caller, one.content.team)]
            for word in dict.fromkeys(raw.strip() for raw in to)
            if is_group(word)
        }
        return resolve_recipients(to, groups, locale)

    async def _commander(self, incident: IncidentFact) -> str:
        held = [holder.user_id for holder in incident.roles if holder.role == "commander"]
        readers = await self._people.readers(held)
        return readers[held[0]].name if held and held[0] in readers else ""


def routes(
    desk: UpdateSending, updates: StakeholderUpdates, clerk: UpdateFollowUp, letters: Letters, quotas: MailQuotas
) -> APIRouter:
    """`/incidents/{id}/stakeholders`: send an update, preview one, list what was sent."""
    api = APIRouter(tags=["communication"])

    @api.post(
        f"{PATH}/notify",
        status_code=202,
        summary="Mail stakeholders the latest state by a template",
        responses={200: {"model": PreviewView, "description": "With `preview`: nothing was sent"}},
    )
    async def notify(
        id: IncidentId, body: NotifyRequest, caller: Caller, response: Response
    ) -> NotifyView | PreviewView:
        caller.require(Role.RESPONDER)
        update, strangers = await desk.prepare(id, body, caller)
        content = update.contents[update.recipients[0].locale]
        if body.preview:
            response.status_code = 200
            return PreviewView(recipients=len(update.recipients), **content.model_dump())
        if not await quotas.take(caller.key_id, strangers, update.at):
            raise over_quota(quotas.limit, update.at)
        await updates.add(update)
        await clerk.post(update)
        deliveries = [
            NotifiedDelivery(id=delivery_id(update.id, one.address), address=one.address) for one in update.recipients
        ]
        return NotifyView(
            id=update.id,
            subject=content.subject,
            delivery_ids=[one.id for one in deliveries],
            deliveries=deliveries,
        )

    @api.get(PATH, summary="What stakeholders were told of an incident, newest first, and what became of it")
    async def ledger(id: IncidentId, caller: Caller, limit: Limit = 20, cursor: Cursor = None) -> Page[LedgerView]:
        caller.require(Role.VIEWER)
        found = await updates.of_incident(id, limit + 1, decode_cursor(cursor, datetime, str))
        items = [await _to_view(letters, update, unmasked=caller.may(Role.ADMIN)) for update in found[:limit]]
        more = encode_cursor(found[limit - 1].at, found[limit - 1].id) if len(found) > limit else None
        return Page(items=items, next_cursor=more)

    return api


async def _to_view(letters: Letters, update: StakeholderUpdate, *, unmasked: bool) -> LedgerView:
    addresses = {delivery_id(update.id, one.address): one.address for one in update.recipients}
    sent = await letters.by_ids(list(addresses))
    return LedgerView(
        id=update.id,
        at=update.at,
        by=update.by,
        template=update.template,
        template_version=update.template_version,
        subject=update.contents[update.recipients[0].locale].subject,
        message=update.message,
        groups=update.groups,
        deliveries=[
            LedgerDelivery(
                id=key,
                address=addresses[key] if unmasked else mask_address(addresses[key]),
                state=one.state,
                reason=one.reason,
                attempts=one.attempts,
                finished_at=one.finished_at,
            )
            for key in addresses
            if (one := sent.get(key)) is not None
        ],
    )
