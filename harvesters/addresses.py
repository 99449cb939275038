"""Which addresses a harvest may connect to.

The threat: whoever can register a source address can make the server speak to what only the server reaches:
its own services, the metadata service of a cloud, machines of another network. Looking at the address in the
URL is not enough, because names resolve to anything and answers change between a check and a connection; so
`http.GuardedSession` asks here for the very address that it then connects to.

Forms that carry an IPv4 address inside an IPv6 one are refused as such: no honest source needs them.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def _networks(*texts: str) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(text) for text in texts)


# IPv4 inside IPv6: mapped, translated, NAT64 (well-known and local), 6to4, Teredo.
_EMBEDDED = _networks(
    "::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32"
)
# Metadata services; some lie in ranges that would otherwise pass (AWS IPv6, Alibaba, Oracle, Azure).
_METADATA = _networks(
    "169.254.169.254/32", "fd00:ec2::254/128", "100.100.100.200/32", "192.0.0.192/32", "168.63.129.16/32"
)
# IANA's special-purpose registries, written out: Python's idea of "global" differs between its versions.
_RESERVED = _networks(
    "0.0.0.0/8", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24",
    "203.0.113.0/24", "240.0.0.0/4", "2001::/23", "2001:db8::/32", "3fff::/20",
)  # fmt: skip
_GLOBAL_IPV6 = _networks("2000::/3")
_CGNAT = _networks("100.64.0.0/10")
_PRIVATE = _networks("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")


def parse_networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Private ranges of a network as the configuration lists them.

    :param texts: CIDR notation
    :raises ValueError: one of them is none
    """
    return tuple(ipaddress.ip_network(text, strict=False) for text in texts)


def refusal(text: str, allowed: Iterable[Network] = (), allow_loopback: bool = False) -> str | None:
    """Why an address must not be connected to.

    :param text: an IPv4 or IPv6 address, perhaps with a zone
    :param allowed: private ranges of the point's network
    :param allow_loopback: whether this machine itself may be a source
    :returns: a word for the kind of address, or None when it may be used
    """
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return "invalid"
    kind = never(address)
    if kind:
        return kind
    if address.is_loopback:
        return None if allow_loopback else "loopback"
    if _within(address, _PRIVATE):
        return None if _within(address, allowed) else "private"
    if _within(address, _RESERVED) or (address.version == 6 and not _within(address, _GLOBAL_IPV6)):
        return "reserved"
    return None if address.is_global else "reserved"


def never(address: Address) -> str | None:
    """Kinds that no setting lets pass."""
    if _within(address, _METADATA):
        return "metadata"
    if address.is_unspecified:
        return "unspecified"
    if address.is_multicast:
        return "multicast"
    if address.is_link_local:
        return "link-local"
    if _within(address, _CGNAT):
        return "carrier-grade NAT"
    compatible = address.version == 6 and not address.is_loopback and int(address) < 1 << 32
    if compatible or _within(address, _EMBEDDED):
        return "embedded IPv4"
    return None


def _within(address: Address, networks: Iterable[Network]) -> bool:
    return any(address.version == network.version and address in network for network in networks)
