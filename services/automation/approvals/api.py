"""`/approvals/{token}`: the signed link of an approval. It needs no key: the token says who answers what.

GET shows what is asked, with two buttons, and changes nothing, since mail scanners follow links; POST answers. A link
ends with its waiting, however that ends, and counts only while its person may answer.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Path, Response
from fastapi.responses import HTMLResponse, JSONResponse

from services.automation.approvals.answering import ApprovalAnswers
from services.automation.approvals.decision import Answer
from services.automation.approvals.page import ask_page, done_page, over_page, refused_page
from services.automation.executions.execution import Execution
from shared.ack_page import HEADERS, wants_html
from shared.problem import Problem, conflict
from shared.secrecy.approval_links import PATH, ApprovalClaim, read_approval_token
from shared.secrecy.signed_links import LONGEST
from shared.web.application import problem_response

Token = Annotated[str, Path(max_length=LONGEST)]
Accept = Annotated[str | None, Header()]


def routes(answers: ApprovalAnswers, secret_key: str) -> APIRouter:
    """The approval links' endpoints."""
    api = APIRouter(tags=["automation"])

    @api.get(
        f"{PATH}{{token}}", response_class=HTMLResponse, summary="The page behind an approval link; changes nothing"
    )
    async def ask(token: Token, accept: Accept = None) -> Response:
        """Show what is asked, and the two buttons."""
        claim: ApprovalClaim | None = None
        execution: Execution | None = None
        try:
            claim = _personal(read_approval_token(secret_key, token))
            execution = await answers.find(claim.execution_id)
            if not await answers.may_answer(execution, claim.n, claim.until, claim.user_id):
                raise conflict("not_waiting", "This was decided already, or its time is over.")
        except Problem as problem:
            return _sorry(problem, accept, claim, execution)
        return HTMLResponse(ask_page(execution, claim, f"{PATH}{token}"), headers=dict(HEADERS))

    async def answer(token: str, accept: str | None, *, approve: bool) -> Response:
        claim: ApprovalClaim | None = None
        execution: Execution | None = None
        try:
            claim = _personal(read_approval_token(secret_key, token))
            execution = await answers.find(claim.execution_id)
            given = Answer(claim.execution_id, claim.n, claim.until, claim.user_id, approve)
            execution = await answers.take(given)
        except Problem as problem:
            return _sorry(problem, accept, claim, execution)
        if not wants_html(accept):
            return JSONResponse({"id": execution.id, "state": execution.state.value}, headers=dict(HEADERS))
        return HTMLResponse(done_page(execution, claim, approved=approve), headers=dict(HEADERS))

    @api.post(f"{PATH}{{token}}/approve", summary="Approve, in the name of the person whose link it is")
    async def approve_by_link(token: Token, accept: Accept = None) -> Response:
        return await answer(token, accept, approve=True)

    @api.post(f"{PATH}{{token}}/reject", summary="Reject, in the name of the person whose link it is")
    async def reject_by_link(token: Token, accept: Accept = None) -> Response:
        return await answer(token, accept, approve=False)

    return api


def _personal(claim: ApprovalClaim) -> ApprovalClaim:
    """The claim of somebody's own link. Raises a 404 `Problem` for a button's in a message that several people read."""
    if not claim.user_id:
        raise Problem(404, "not_found", "This link is nobody's: it belongs to a button.")
    return claim


def _sorry(problem: Problem, accept: str | None, claim: ApprovalClaim | None, execution: Execution | None) -> Response:
    if not wants_html(accept):
        return problem_response(problem)
    if claim is not None and execution is not None and problem.status == 409:
        page = over_page(execution, claim)
    else:
        page = refused_page(problem.code, claim.locale if claim is not None else "en")
    return HTMLResponse(page, problem.status, headers=dict(HEADERS))
