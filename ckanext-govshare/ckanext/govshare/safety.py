"""Repairs of CKAN 2.12.0 that every govshare site needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, MutableSet

from flask import Flask, g, has_request_context


class RequestSet(MutableSet):
    """A set whose additions live as long as one request.

    :param lasting: members that stay, as declared when the process started
    """

    def __init__(self, lasting: Iterable[str] = ()):
        self._lasting = set(lasting)

    def _members(self) -> set[str]:
        if not has_request_context():
            return self._lasting
        if "govshare_csrf_exempt" not in g:
            g.govshare_csrf_exempt = set(self._lasting)
        return g.govshare_csrf_exempt

    def __contains__(self, value: object) -> bool:
        return value in self._members()

    def __iter__(self) -> Iterator[str]:
        return iter(self._members())

    def __len__(self) -> int:
        return len(self._members())

    def add(self, value: str) -> None:
        self._members().add(value)

    def discard(self, value: str) -> None:
        self._members().discard(value)


def scope_csrf_exemptions(app: Flask) -> None:
    """Keep an exemption from the CSRF check to the request that it was made in.

    CKAN 2.12.0 exempts the *view* for the life of the process as soon as an anonymous visitor reads it
    (``config/middleware/flask_app.py``), so that the check wears off. API requests by token stay exempt:
    their exemption is set in the same request, before the check.
    """
    csrf = app.extensions.get("csrf")
    if csrf is not None:
        csrf._exempt_views = RequestSet(csrf._exempt_views)
