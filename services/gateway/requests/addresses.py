"""Who called, where proxies stand before the gateway: `X-Forwarded-For` counts as far as its writers are trusted."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address

MOST_HOPS = 32
"""Proxies that are followed; who writes more is none of ours."""


def client_address(peer: str, forwarded: Sequence[bytes], trusted: Sequence[Network]) -> str:
    """The address of the client.

    `peer` is who holds the connection, `forwarded` the values of `X-Forwarded-For` in their order, `trusted` the
    networks of our own proxies. Each proxy appends whom it heard, so the list is read from its end: the first address
    that is no proxy of ours is the client. What stands before it, anybody may have written. What is no address ends the
    reading at the proxy that passed it on.
    """
    known = _parse(peer)
    if known is None or not _is_trusted(known, trusted):
        return peer
    hops = b",".join(forwarded).decode("latin-1").split(",")[-MOST_HOPS:] if forwarded else []
    found = known
    for hop in reversed(hops):
        said = _parse(_without_port(hop.strip()))
        if said is None:
            break
        found = said
        if not _is_trusted(said, trusted):
            break
    return str(found)


def _is_trusted(address: Address, trusted: Sequence[Network]) -> bool:
    return any(address.version == network.version and address in network for network in trusted)


def _parse(text: str) -> Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _without_port(text: str) -> str:
    """The address of `192.0.2.1:80`, `[2001:db8::1]:80` and `[2001:db8::1]`."""
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0] if text.count(":") == 1 else text
