"""Whom the canary's policy tells, and what of its escalation is kept."""

from __future__ import annotations

from services.oncall.directory.people import Method, User
from services.oncall.directory.policy import Policy, Step, Target, TargetType
from services.oncall.directory.snapshot import Directory
from services.oncall.escalation.escalation import Escalation
from shared.events.incidents import IncidentFact
from shared.vocabulary import Channel

TIMEOUT_SECONDS = 604_800
"""Nobody answers a canary, and it goes to nobody else."""


def directory_of(canary: str) -> Directory:
    """A policy and a person, both of this id; the address is no web address: only the loopback takes it."""
    method = Method.model_construct(id=canary, channel=Channel.WEBHOOK, address=canary)
    person = User(name="Canary", email="canary@localhost", contact_methods=()).changed(contact_methods=(method,))
    step = Step(targets=(Target(type=TargetType.USER, id=canary),), timeout_seconds=TIMEOUT_SECONDS)
    return Directory(users={canary: person}, policies={canary: Policy(name="Canary", steps=(step,))})


def to_page(fact: IncidentFact) -> IncidentFact:
    """The fact as the engine is to read it: `imported` keeps those away who know no canaries."""
    return fact.changed(imported=False)


def forget_earlier(escalation: Escalation) -> Escalation:
    """The escalation without what it remembers of earlier canaries, so that it does not grow."""
    return escalation.changed(attempts=(), log=())
