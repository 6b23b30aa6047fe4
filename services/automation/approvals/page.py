"""The page behind an approval link: what is asked, and two buttons; no script. Pure: text in, HTML out, all escaped."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from services.automation.approvals.texts import words_of
from services.automation.executions.execution import Execution
from shared.ack_page import plain_page
from shared.secrecy.approval_links import ApprovalClaim


def ask_page(execution: Execution, claim: ApprovalClaim, address: str) -> str:
    """The page with the two buttons; each posts to an address below `address`, the page's own path."""
    words = words_of(claim.locale)
    buttons = "".join(
        f'<form method="post" action="{escape(address)}/{name}"><button type="submit">{words[name]}</button></form>'
        for name in ("approve", "reject")
    )
    until = f"{words['until']} {claim.until:%Y-%m-%d %H:%M} UTC"
    asks = f'<p dir="auto">{escape(execution.run.asks)}</p>'
    return plain_page(
        claim.locale, words["ask"], f'{_about(execution, claim, words)}{asks}<p class="id">{until}</p>{buttons}'
    )


def done_page(execution: Execution, claim: ApprovalClaim, *, approved: bool) -> str:
    """What is shown after a button was pressed."""
    words = words_of(claim.locale)
    heading = words["approved" if approved else "rejected"]
    return plain_page(claim.locale, heading, f"{_about(execution, claim, words)}<p>{words['thanks']}</p>")


def over_page(execution: Execution, claim: ApprovalClaim) -> str:
    """Shown instead of the buttons once it was decided, or its time is over; it says who decided, if that is known."""
    words = words_of(claim.locale)
    who = ""
    run = execution.runs[claim.n - 1] if 1 <= claim.n <= len(execution.runs) else None
    if run is not None and run.approved_by is not None:
        who = f"<p>{words['approved_by']}: {escape(run.approved_by.name)}</p>"
    elif run is not None and run.done_by is not None:
        who = f"<p>{words['rejected_by']}: {escape(run.done_by.name)}</p>"
    said = f"<p>{words['not_waiting']}</p>{who}"
    return plain_page(claim.locale, words["sorry"], _about(execution, claim, words) + said)


def refused_page(code: str, locale: str) -> str:
    """Shown to who may not answer, and for a link that is not ours; `code` says why."""
    words = words_of(locale)
    return plain_page(locale, words["sorry"], f'<p dir="auto">{words.get(code, words["not_found"])}</p>')


def _about(execution: Execution, claim: ApprovalClaim, words: Mapping[str, str]) -> str:
    """Which step of which runbook for which incident it is about."""
    step = execution.names[claim.n - 1] if 1 <= claim.n <= len(execution.names) else ""
    drill = f"<p><strong>{words['drill']}</strong></p>" if execution.drill_id is not None else ""
    return (
        f'{drill}<p dir="auto"><strong>{escape(execution.runbook_name)} · {escape(step)}</strong></p>'
        f'<p class="id" dir="auto">{escape(execution.incident_id)} · {escape(execution.incident_title)}</p>'
    )
