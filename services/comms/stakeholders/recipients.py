"""Whom an update goes to: addresses as they stand, groups by their id or name; each address once. Pure.

All is found before anything is sent: one word that means nobody refuses the whole, with a pointer to it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.comms.i18n.words import language
from services.comms.stakeholders.update import Group, Recipient
from shared.mail import mail_address

MOST = 500


@dataclass(frozen=True, slots=True)
class Addressed:
    """The readers, by which groups, and what is wrong, as (JSON pointer, why)."""

    recipients: list[Recipient]
    groups: list[str]
    faults: list[tuple[str, str]]
    strangers: int = 0
    """How many of the readers are in none of the groups: only who sends it knows them."""


def is_group(word: str) -> bool:
    """True for what can only be a group's id or name: an address has an `@`, which those never have."""
    return "@" not in word


def resolve_recipients(to: Sequence[str], groups: Mapping[str, Sequence[Group]], locale: str | None) -> Addressed:
    """Who reads an update. `groups` are those that each word of `to` may mean; `locale` is the update's, if it has one.

    A group's own language counts where the update has none.
    """
    readers: dict[str, Recipient] = {}
    kept: set[str] = set()
    names: list[str] = []
    faults: list[tuple[str, str]] = []
    for number, raw in enumerate(to):
        word, pointer = raw.strip(), f"/to/{number}"
        if not is_group(word):
            if mail_address(word) is not None:
                readers.setdefault(_same(word), Recipient(address=word, locale=language(locale or "en")))
            else:
                faults.append((pointer, "not an e-mail address"))
            continue
        meant = groups.get(word, ())
        if len(meant) != 1:
            why = "several groups have this name: use the id" if meant else "there is no such group, and no @ in it"
            faults.append((pointer, why))
            continue
        if not meant[0].members:
            faults.append((pointer, "this group has no members"))
        names.append(meant[0].name)
        for address in meant[0].members:
            own = language(locale or meant[0].locale or "en")
            readers.setdefault(_same(address), Recipient(address=address, locale=own))
            kept.add(_same(address))
    if len(readers) > MOST:
        faults.append(("/to", f"more than {MOST} readers"))
    return Addressed(list(readers.values()), list(dict.fromkeys(names)), faults, len(readers.keys() - kept))


def _same(address: str) -> str:
    """What two spellings of one address have in common: the case of letters, and how a domain is written."""
    known = mail_address(address)
    return (known.envelope if known is not None else address).casefold()
