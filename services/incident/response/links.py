"""Which pages an acknowledge link still answers: its own, and newer ones until somebody has answered its own."""

from __future__ import annotations

from services.incident.incident import Incident
from shared.problem import Problem
from shared.signed_links import VALID_FOR, AckClaim


def require_present_page(paged: Incident, survivor: Incident, claim: AckClaim) -> None:
    """Raise a 410 `Problem` where people are paged now for what came after this link's page was answered.

    `paged` is the incident of the page, `survivor` the one that it was merged into, or itself. Of an answered page
    whose incident pages nobody now the link goes on to say that it is answered.
    """
    if survivor.unanswered and _is_answered(paged, survivor, claim):
        raise Problem(
            410, "page_over", "This page was answered, and people were paged anew since: use the newest page."
        )


def _is_answered(paged: Incident, survivor: Incident, claim: AckClaim) -> bool:
    if paged.id == survivor.id:
        return claim.generation <= paged.paging.answered
    # generations are counted anew in each incident; what the survivor was acknowledged after stands for its pages
    first = survivor.acknowledged_at
    return first is not None and claim.expires_at - VALID_FOR <= first
