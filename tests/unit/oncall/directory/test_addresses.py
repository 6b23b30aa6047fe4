"""Addresses that no mail can go to are refused where they are given, and hold back no other edit."""

from __future__ import annotations

import pytest

from services.oncall.directory.people import Method, User, address_faults
from shared.vocabulary import Channel


def person(email: str, *addresses: str) -> User:
    methods = tuple(Method(id=f"m{n}", channel=Channel.EMAIL, address=one) for n, one in enumerate(addresses))
    return User(name="Sara", email=email, contact_methods=methods)


@pytest.mark.parametrize(
    "before, after, pointers",
    [
        pytest.param(None, person("a@x.org", "b@x.org"), [], id="good ones"),
        pytest.param(None, person("a@[x", "b@x.org", "c@[y"), ["/email", "/contact_methods/1/address"], id="bad ones"),
        pytest.param(person("a@[x", "c@[y"), person("a@[x", "c@[y"), [], id="old ones stay"),
        pytest.param(person("a@x.org"), person("a@x.org", "c@[y"), ["/contact_methods/0/address"], id="a new one"),
    ],
)
def test_only_new_addresses_are_asked_for(before: User | None, after: User, pointers: list[str]) -> None:
    assert [pointer for pointer, _ in address_faults(before, after)] == pointers
