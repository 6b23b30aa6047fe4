"""How one person is told: by the rules for the urgency, else by a sensible default; a failed method gives way.

Without rules for the urgency, high uses every contact method at once and low the first e-mail method, else the first
one. Who has no contact method is told by mail at the e-mail address of the person. A method that fails, if
only for now, gives way at once to the person's next one in this step: the next delayed rule, else a method not tried
yet, each once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from services.oncall.directory.people import Method, NotificationRule, User
from shared.vocabulary import Channel, Urgency

MAIL = "email"
"""The id of the method that stands for a person's own e-mail address."""

Failing = Mapping[str, Collection[str]]
"""By person the ids of the methods whose last page failed for good."""


class NoticeRule(StrEnum):
    """Why a contact method is used."""

    RULE_FOR_URGENCY = "rule_for_urgency"
    EVERY_METHOD = "every_method_without_rules"
    QUIET_METHOD = "quiet_method_for_low_urgency"
    OWN_ADDRESS = "own_address_without_methods"
    BY_MAIL = "admins_by_mail"
    NEXT_METHOD = "next_method_after_failure"


@dataclass(frozen=True, slots=True)
class Notice:
    """Use this contact method so many seconds after the step began, and why this one."""

    method_id: str
    rule: NoticeRule
    after_seconds: int = 0


def notices(user: User, urgency: Urgency, *, by_mail: bool = False) -> list[Notice]:
    """How this person is told, soonest first, each method at most once. Never empty."""
    if by_mail:
        return [Notice(mail_method(user).id, NoticeRule.BY_MAIL)]
    known = {method.id for method in user.contact_methods}
    rules = sorted(
        (rule for rule in user.notification_rules if rule.urgency is urgency and rule.contact_method_id in known),
        key=lambda rule: rule.after_seconds,
    )
    if rules:
        return list(
            _once(Notice(one.contact_method_id, NoticeRule.RULE_FOR_URGENCY, one.after_seconds) for one in rules)
        )
    if not user.contact_methods:
        return [Notice(MAIL, NoticeRule.OWN_ADDRESS)]
    if urgency is Urgency.LOW:
        return [Notice(quiet_method(user).id, NoticeRule.QUIET_METHOD)]
    return [Notice(method.id, NoticeRule.EVERY_METHOD) for method in user.contact_methods]


class NoPageReason(StrEnum):
    """Why a contact method that a person has is not used."""

    OTHER_URGENCY = "rule_for_other_urgency"
    NO_RULE = "method_without_rule"
    QUIETER_ONE = "quieter_method_used"
    BY_MAIL = "admins_by_mail_only"


@dataclass(frozen=True, slots=True)
class Unused:
    """A contact method that stays silent, and why; `rule` is the one that is for the other urgency."""

    method_id: str
    why: NoPageReason
    rule: NotificationRule | None = None


def find_unused(user: User, urgency: Urgency, used: Collection[str], *, by_mail: bool = False) -> list[Unused]:
    """The rules and methods by which a person is not paged: those for the other urgency, then others."""
    others = [
        Unused(rule.contact_method_id, NoPageReason.OTHER_URGENCY, rule)
        for rule in user.notification_rules
        if rule.urgency is not urgency
    ]
    ruled = any(rule.urgency is urgency for rule in user.notification_rules)
    why = NoPageReason.BY_MAIL if by_mail else NoPageReason.NO_RULE if ruled else NoPageReason.QUIETER_ONE
    told_by = [one.method_id for one in notices(user, urgency, by_mail=by_mail)]
    named = {*used, *told_by, *(one.method_id for one in others)}
    return others + [Unused(method.id, why) for method in user.contact_methods if method.id not in named]


def find_method(user: User, method_id: str) -> Method | None:
    """The contact method of this id as it is now, None when it is gone."""
    for method in user.contact_methods:
        if method.id == method_id:
            return method
    return _own_mail(user) if method_id == MAIL else None


def is_reachable(user: User, failing: Collection[str]) -> bool:
    """True when there is a method that could tell this person: one whose last page did not fail for good."""
    return any(method not in failing for method in [one.id for one in user.contact_methods] or [MAIL])


def mail_method(user: User) -> Method:
    """The person's first e-mail method, else the e-mail address."""
    return next((method for method in user.contact_methods if method.channel is Channel.EMAIL), _own_mail(user))


def quiet_method(user: User) -> Method:
    """The first e-mail method, else the first method, else the e-mail address."""
    return next(
        (method for method in user.contact_methods if method.channel is Channel.EMAIL),
        user.contact_methods[0] if user.contact_methods else _own_mail(user),
    )


def next_method(user: User, waiting: Sequence[str], tried: Collection[str]) -> str | None:
    """The method that takes over from a failed one: the first that waits in this step, else one not tried in it yet."""
    if waiting:
        return waiting[0]
    return next((method.id for method in user.contact_methods if method.id not in tried), None)


def _own_mail(user: User) -> Method:
    return Method(id=MAIL, channel=Channel.EMAIL, address=user.email)


def _once(found: Iterator[Notice]) -> Iterator[Notice]:
    seen: set[str] = set()
    for notice in found:
        if notice.method_id not in seen:
            seen.add(notice.method_id)
            yield notice
