"""Repairs of CKAN 2.12.0 that every govshare site needs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, MutableSet
from typing import Any

from ckan.lib.search import SearchError
from flask import Flask, abort, g, has_request_context, request
from werkzeug.exceptions import BadRequest


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


UNREADABLE = re.compile("[\x00\ud800-\udfff]")
MOST_CHARACTERS = 10_000


def refuse_unreadable_addresses(app: Flask) -> None:
    """Answer 404 to paths and 400 to query strings on which pages fail with a 500.

    They are passed on to the database, which takes no NUL, and to the index as they are; core's pages take a sort order
    for granted.
    """

    @app.errorhandler(SearchError)
    def _refused(_error: SearchError) -> Any:
        """A sort order or query that the index refuses; core catches it on some pages, on feeds it does not."""
        return app.handle_http_exception(BadRequest())

    @app.before_request
    def _look() -> None:
        if UNREADABLE.search(request.path):
            abort(404)
        values = [value for _name, value in request.args.items(multi=True)]
        if any(len(value) > MOST_CHARACTERS or UNREADABLE.search(value) for value in values):
            abort(400)
        order = request.args.get("sort")
        if order and not all(part.strip() for part in order.split(",")):
            abort(400)


def scope_csrf_exemptions(app: Flask) -> None:
    """Keep an exemption from the CSRF check to the request that it was made in.

    CKAN 2.12.0 exempts the *view* for the life of the process as soon as an anonymous visitor reads it
    (``config/middleware/flask_app.py``), so that the check wears off. API requests by token stay exempt:
    their exemption is set in the same request, before the check.
    """
    csrf = app.extensions.get("csrf")
    if csrf is not None:
        csrf._exempt_views = RequestSet(csrf._exempt_views)
