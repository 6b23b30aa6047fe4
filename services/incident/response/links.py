"""Which pages a link or a button still answers: its own, and newer ones until somebody has answered its own."""

from __future__ import annotations

from datetime import datetime

from services.incident.incidents.incident import Incident
from shared.problem import Problem
from shared.secrecy.signed_links import VALID_FOR, AckClaim


def require_present_page(paged: Incident, survivor: Incident, claim: AckClaim) -> None:
    """Raise a 410 `Problem` where people are paged now for what came after this link's page was answered.

    `paged` is the incident of the page, `survivor` the one that it was merged into, or itself. Of an answered page
    whose incident pages nobody now the link goes on to say that it is answered.
    """
    if survivor.unanswered and is_answered(paged, survivor, claim.generation, claim.expires_at - VALID_FOR):
        raise Problem(
            410, "page_over", "This page was answered, and people were paged anew since: use the newest page."
        )


def is_answered(paged: Incident, survivor: Incident, generation: int, paged_at: datetime) -> bool:
    """Whether a page of `paged`, of this generation and asked for at `paged_at`, was answered.

    `survivor` is the incident that `paged` was merged into, or itself.
    """
    if paged.id == survivor.id:
        return generation <= paged.paging.answered
    # generations are counted anew in each incident; what the survivor was acknowledged after stands for its pages
    first = survivor.acknowledged_at
    return first is not None and paged_at <= first
