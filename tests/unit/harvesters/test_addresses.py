"""Which addresses may be connected to: the whole matrix."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.govshare.harvesters.addresses import parse_networks, refusal

GOVERNMENT = parse_networks(["10.20.0.0/16", "fd12:3456::/32"])
EVERYTHING = parse_networks(["0.0.0.0/0", "::/0"])

NEVER = [
    ("169.254.169.254", "metadata"), ("fd00:ec2::254", "metadata"), ("100.100.100.200", "metadata"),
    ("192.0.0.192", "metadata"), ("168.63.129.16", "metadata"),
    ("169.254.1.1", "link-local"), ("fe80::1", "link-local"), ("fe80::1%eth0", "link-local"),
    ("224.0.0.1", "multicast"), ("239.255.255.255", "multicast"), ("ff02::1", "multicast"),
    ("0.0.0.0", "unspecified"), ("::", "unspecified"),  # noqa: S104
    ("100.64.0.1", "carrier-grade NAT"), ("100.127.255.255", "carrier-grade NAT"),
    ("::ffff:127.0.0.1", "embedded IPv4"), ("::ffff:8.8.8.8", "embedded IPv4"),
    ("::ffff:10.20.0.1", "embedded IPv4"),
    ("64:ff9b::7f00:1", "embedded IPv4"), ("64:ff9b::808:808", "embedded IPv4"),
    ("64:ff9b:1::a00:1", "embedded IPv4"),
    ("2002:7f00:1::", "embedded IPv4"), ("2001::1", "embedded IPv4"), ("::127.0.0.1", "embedded IPv4"),
    ("::8.8.8.8", "embedded IPv4"), ("", "invalid"), ("example.com", "invalid"), ("1.2.3", "invalid"),
]  # fmt: skip


@pytest.mark.parametrize(("address", "kind"), NEVER)
def test_never_whatever_the_settings(address, kind):
    assert refusal(address) == kind
    assert refusal(address, EVERYTHING, allow_loopback=True) == kind


@pytest.mark.parametrize("address", ["127.0.0.1", "127.255.255.254", "::1"])
def test_this_machine_only_where_a_setting_allows_it(address):
    assert refusal(address) == "loopback"
    assert refusal(address, EVERYTHING) == "loopback"
    assert refusal(address, allow_loopback=True) is None


@pytest.mark.parametrize("address", ["10.20.1.1", "fd12:3456::1"])
def test_private_address_only_inside_its_network(address):
    assert refusal(address) == "private"
    assert refusal(address, allow_loopback=True) == "private"
    assert refusal(address, GOVERNMENT) is None


@pytest.mark.parametrize("address", ["10.21.0.1", "192.168.1.1", "172.16.0.1", "172.31.255.255", "fd99::1"])
def test_private_address_of_another_network_is_refused(address):
    assert refusal(address, GOVERNMENT) == "private"


@pytest.mark.parametrize("address",
    ["192.0.2.1", "198.18.0.1", "203.0.113.9", "240.0.0.1", "255.255.255.255", "2001:db8::1", "192.0.0.8"])
def test_reserved_addresses_are_refused(address):
    assert refusal(address) is not None
    assert refusal(address, EVERYTHING) is not None


@pytest.mark.parametrize("address",
    ["8.8.8.8", "114.114.114.114", "172.32.0.1", "2400:3200::1", "59.192.0.1"])
def test_public_addresses_pass(address):
    assert refusal(address) is None


@given(st.ip_addresses(v=4))
def test_what_passes_is_public_and_hiding_it_in_ipv6_never_helps(address):
    if refusal(str(address)) is None:
        assert address.is_global
        assert not address.is_multicast
    assert refusal(str(ipaddress.IPv6Address(f"::ffff:{address}"))) is not None


def test_wrong_range_in_the_configuration_raises():
    with pytest.raises(ValueError, match="10"):
        parse_networks(["10.0.0.0/99"])
