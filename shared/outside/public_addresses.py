"""Which IP addresses are public: a table of our own, so that it is the same under every version of Python.

Source: IANA's special-purpose address registries for IPv4 and IPv6 (RFC 6890 and what followed it), as of 2026. A few
networks that the registries call reachable are left out as well, since no receiver lives there: protocol assignments
and the relays of 6to4.
"""

from __future__ import annotations

import ipaddress

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

NOT_PUBLIC_IPV4 = tuple(
    ipaddress.IPv4Network(cidr)
    for cidr in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private use
        "100.64.0.0/10",  # shared by carriers
        "127.0.0.0/8",  # loopback
        "169.254.0.0/16",  # link-local, and the metadata of clouds
        "172.16.0.0/12",  # private use
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT
        "192.88.99.0/24",  # relays of 6to4
        "192.168.0.0/16",  # private use
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
    )
)
UNICAST = ipaddress.IPv6Network("2000::/3")
"""All that is globally reachable in IPv6 (RFC 4291, 2.4)."""
NOT_PUBLIC_IPV6 = tuple(
    ipaddress.IPv6Network(cidr)
    for cidr in (
        "2001::/23",  # protocol assignments: Teredo, ORCHID, benchmarks
        "2001:db8::/32",  # documentation
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
    )
)
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
MAPPED = ipaddress.IPv6Network("::ffff:0:0/96")
SIX_TO_FOUR = ipaddress.IPv6Network("2002::/16")
TEREDO = ipaddress.IPv6Network("2001::/32")


def addresses_within(address: Address) -> list[Address]:
    """The addresses that this one leads to: itself, and the IPv4 addresses that an IPv6 one carries inside.

    An IPv4-mapped one and one behind NAT64 are only another spelling of what they carry.
    """
    if isinstance(address, ipaddress.IPv4Address):
        return [address]
    number = int(address)
    if address in MAPPED or address in NAT64:
        return [ipaddress.IPv4Address(number & 0xFFFFFFFF)]
    if address in SIX_TO_FOUR:
        return [address, ipaddress.IPv4Address(number >> 80 & 0xFFFFFFFF)]
    if address in TEREDO:
        server, client = number >> 64 & 0xFFFFFFFF, ~number & 0xFFFFFFFF
        return [address, ipaddress.IPv4Address(server), ipaddress.IPv4Address(client)]
    return [address]


def is_public(address: Address) -> bool:
    """True when anybody's machine may have this address; what it carries inside: `addresses_within`."""
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in network for network in NOT_PUBLIC_IPV4)
    return address in UNICAST and not any(address in network for network in NOT_PUBLIC_IPV6)
