"""The form of an address. Where it leads is checked when connecting (`transport`)."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

from ckanext.govshare.harvesters import refusals
from ckanext.govshare.harvesters.addresses import Address, never
from ckanext.govshare.harvesters.refusals import FetchRefused

MAX_URL = 2000  # characters
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f\\]")
_NUMERIC_HOST = re.compile(r"(?:.*\.)?(?:0x[0-9a-f]*|[0-9]+)", re.IGNORECASE)
_ODD_PLACE = re.compile(r"[\s<>\"'`{}|^]|^[^\[]*%")  # a % has its place in the zone of an IPv6 address only


def check_url(url: str) -> None:
    """Check the form of an address; where it leads is checked when connecting.

    :raises FetchRefused: not http or https, with user name or password, without host, in a misleading form, or an
        address that no setting lets pass (metadata service, link-local, multicast …)
    """
    if len(url) > MAX_URL or _FORBIDDEN.search(url):
        raise refusals.bad_url()
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise refusals.bad_url() from error
    if parts.scheme not in ("http", "https"):
        raise FetchRefused(
            "scheme_refused",
            "来源地址只能以 http:// 或 https:// 开头。",
            "The address of a source begins with http:// or https://.",
        )
    if "@" in parts.netloc:
        raise FetchRefused(
            "userinfo_refused",
            "来源地址中不得包含用户名或密码（“@”之前的部分），请删除。",
            "The address must not carry a user name or password (the part before @): remove it.",
        )
    if not host or port == 0 or _ODD_PLACE.search(parts.netloc):
        raise refusals.bad_url()
    literal = _literal(host)
    if literal is None and _NUMERIC_HOST.fullmatch(host.rstrip(".")):
        raise refusals.bad_url()
    kind = never(literal) if literal is not None else None
    if kind:
        raise refusals.address(host, kind)


def _literal(host: str) -> Address | None:
    """A host that is written as an address; None for a name."""
    try:
        return ipaddress.ip_address(host.rstrip(".").partition("%")[0])
    except ValueError:
        return None
