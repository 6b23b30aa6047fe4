"""Where a page leads: its incident, and the signed link by which its reader answers. The same at every attempt."""

from __future__ import annotations

from services.comms.channels.contract import PageLinks, SimilarPast
from shared.events.incidents import SimilarFact
from shared.events.oncall import PageFact
from shared.secrecy.signed_links import ack_url, make_ack_token


def links_of(page: PageFact, base_url: str, secret_key: str, similar: SimilarFact | None = None) -> PageLinks:
    """The links of one page, and the past incident that its own is like.

    `base_url` has no trailing slash, `secret_key` signs the acknowledge link.
    """
    token = make_ack_token(
        secret_key,
        incident_id=page.incident.id,
        generation=page.generation,
        user_id=page.user.id,
        page_id=page.page_id,
        requested_at=page.requested_at,
        locale=page.user.locale,
    )
    past = SimilarPast(similar, incident_url(base_url, similar.similar_id)) if similar is not None else None
    return PageLinks(incident_url(base_url, page.incident.id), ack_url(base_url, token), past)


def incident_url(base_url: str, incident_id: str) -> str:
    """Where an incident is to be seen."""
    return f"{base_url}/incidents/{incident_id}"
