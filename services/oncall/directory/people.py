"""People and teams: who there is, how each wants to be reached, and who belongs together.

A contact method may be paged as soon as it is stored. Notification rules say, per urgency, which method is used after
how many seconds; a rule names a method of the same person.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, ValidationInfo, field_validator, model_validator

from services.oncall.schedules.plan import Name, UserId
from shared.clocks.wallclock import find_zone
from shared.mail import mail_address
from shared.stored import Stored
from shared.vocabulary import Channel, Role, Urgency

Email = Annotated[str, Field(max_length=254, pattern=r"^[^@\s,;<>]+@[^@\s,;<>]+$")]
MethodId = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[^\s/]+$")]


class Method(Stored):
    """One way to reach a person. Without an id it is called as its channel, with a number from the second one on."""

    id: MethodId
    channel: Channel
    address: Annotated[str, Field(min_length=1, max_length=2000)]

    @field_validator("address")
    @classmethod
    def _fits_channel(cls, value: str, info: ValidationInfo) -> str:
        channel = info.data.get("channel")
        local, _, domain = value.partition("@")
        if channel is Channel.EMAIL and (
            not local or not domain or len(value) > 254 or any(c.isspace() for c in value)
        ):
            raise ValueError("an e-mail address")
        if channel is Channel.WEBHOOK and not value.startswith(("http://", "https://")):
            raise ValueError("an http or https address")
        return value


class NotificationRule(Stored):
    """For pages of this urgency: use this method, so many seconds after the step began."""

    urgency: Urgency
    after_seconds: Annotated[int, Field(ge=0, le=86_400)] = 0
    contact_method_id: MethodId


class User(Stored):
    """A person."""

    name: Name
    email: Email
    time_zone: str = "UTC"
    locale: Annotated[str, Field(max_length=35, pattern=r"^[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8})*$")] = "en"
    role: Role = Role.RESPONDER
    contact_methods: Annotated[tuple[Method, ...], Field(max_length=20)] = ()
    notification_rules: Annotated[tuple[NotificationRule, ...], Field(max_length=50)] = ()

    @field_validator("time_zone")
    @classmethod
    def _is_known(cls, value: str) -> str:
        if find_zone(value) is None:
            raise ValueError("not the name of an IANA time zone, such as Asia/Tehran")
        return value

    @model_validator(mode="before")
    @classmethod
    def _name_methods(cls, body: Any) -> Any:
        methods = body.get("contact_methods") if isinstance(body, dict) else None
        if not isinstance(methods, list):
            return body
        taken = {method["id"] for method in methods if isinstance(method, dict) and isinstance(method.get("id"), str)}
        return {**body, "contact_methods": [_name_method(method, taken) for method in methods]}


class Team(Stored):
    """People who belong together."""

    name: Name
    members: Annotated[tuple[UserId, ...], Field(max_length=500)] = ()


def rule_faults(user: User) -> list[tuple[str, str]]:
    """What does not fit together in a person: JSON pointer and reason of each fault, none when all is well."""
    faults: list[tuple[str, str]] = []
    known: set[str] = set()
    for number, method in enumerate(user.contact_methods):
        if method.id in known:
            faults.append((f"/contact_methods/{number}/id", f"the id {method.id!r} is there twice"))
        known.add(method.id)
    faults.extend(
        (
            f"/notification_rules/{number}/contact_method_id",
            f"there is no contact method with the id {rule.contact_method_id!r}",
        )
        for number, rule in enumerate(user.notification_rules)
        if rule.contact_method_id not in known
    )
    return faults


def address_faults(before: User | None, after: User) -> list[tuple[str, str]]:
    """The addresses of `after` that no mail can go to, as `rule_faults`; what stood in `before` is not asked again."""
    known = {before.email, *(method.address for method in before.contact_methods)} if before else set()
    given = [("/email", after.email)]
    given += [
        (f"/contact_methods/{number}/address", method.address)
        for number, method in enumerate(after.contact_methods)
        if method.channel is Channel.EMAIL
    ]
    return [
        (pointer, "no mail can be addressed to this")
        for pointer, address in given
        if address not in known and mail_address(address) is None
    ]


def _name_method(method: Any, taken: set[str]) -> Any:
    if not isinstance(method, dict) or method.get("id") is not None:
        return method
    channel = str(method.get("channel"))
    names = (channel if number == 1 else f"{channel}-{number}" for number in range(1, 1000))
    name = next(name for name in names if name not in taken)
    taken.add(name)
    return {**method, "id": name}
