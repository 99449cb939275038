"""From where a request comes, for what is counted by address: never kept as it is."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from datetime import date

import ckan.plugins.toolkit as tk
from flask import has_request_context

from ckanext.govshare import config


def address() -> str:
    """The address of who is calling; empty outside a request.

    A proxy on this machine, or as many as ``publication.proxies`` says, hand it on in ``X-Forwarded-For``; what others
    write there is not believed.
    """
    if not has_request_context():
        return ""
    remote = tk.request.remote_addr or ""
    handed_on = [part.strip() for part in tk.request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    hops = max(config.get("publication.proxies"), 1 if remote in ("127.0.0.1", "::1") else 0)
    return handed_on[-hops] if 0 < hops <= len(handed_on) else remote


def mark(given: str, day: date) -> str:
    """A mark of an address that serves for one day's counting only; empty where no address is known.

    :param given: IPv4, or IPv6, of which the first 64 bits count (a household has a whole /64)
    """
    try:
        known = ipaddress.ip_address(given)
    except ValueError:
        return ""
    if known.version == 6:
        known = ipaddress.ip_network((known, 64), strict=False).network_address
    secret = str(tk.config["SECRET_KEY"]).encode()
    return hmac.new(secret, f"{day}:{known}".encode(), hashlib.sha256).hexdigest()
