"""What every page of the exchange room does alike: ask actions, say why not, hand out tables."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

import ckan.plugins.toolkit as tk
import flask
from ckan import model
from ckan.lib.pagination import Page
from werkzeug.wrappers import Response

from ckanext.govshare.kernel import grids

PAGE, MOST_PAGES = 30, 10_000
ROWS = 1000  # of a table that is handed out, asked for at once


def context() -> dict[str, Any]:
    """A fresh context of the person in front of the page."""
    return {"user": tk.current_user.name if tk.current_user.is_authenticated else ""}


def ask(action: str, data: Mapping[str, Any] | None = None) -> Any:
    """An action's answer; who may not have it is asked to log in, or gets 403.

    :raises ValidationError: as the action does
    """
    try:
        return tk.get_action(action)(context(), dict(data or {}))
    except tk.NotAuthorized:
        model.Session.rollback()
        if not tk.current_user.is_authenticated:
            came_from = tk.request.full_path if tk.request.method == "GET" else None
            return flask.abort(tk.redirect_to("user.login", came_from=came_from))
        return tk.abort(403, tk._("Not authorized to see this page"))
    except tk.ObjectNotFound as error:
        model.Session.rollback()
        return tk.abort(404, str(error))


def refused(error: tk.ValidationError) -> None:
    """Show on the next page why something was not done."""
    model.Session.rollback()
    for messages in error.error_dict.values():
        tk.h.flash_error("；".join(map(str, messages)) if isinstance(messages, list) else str(messages))


def may(action: str, data: dict[str, Any]) -> bool:
    """Whether the person in front of the page may do something."""
    try:
        tk.check_access(action, context(), data)
    except tk.NotAuthorized:
        return False
    return True


def offers(action: str) -> bool:
    """Whether the site has an action."""
    try:
        tk.get_action(action)
    except KeyError:
        return False
    return True


def offers_page(endpoint: str) -> bool:
    """Whether the site has a page."""
    return endpoint in flask.current_app.view_functions


def number() -> int:
    """The page of a list that is asked for; nonsense gives the first."""
    asked = tk.request.args.get("page", "")
    return max(1, min(int(asked), MOST_PAGES)) if asked.isdecimal() else 1


def pager(count: int, page: int) -> Page:
    """What the pager snippet needs."""
    return Page(collection=range(count), page=page, items_per_page=PAGE, item_count=count)


def given(name: str, most: int = 2000) -> str:
    """A value of the address or of the form, without what cannot be stored; empty if there is none."""
    return (tk.request.values.get(name) or "").replace("\x00", "").strip()[:most]


def chosen(name: str, known: Iterable[str]) -> str:
    """A value of the address that is one of those known; else empty."""
    value = given(name)
    return value if value in known else ""


def table(name: str, heading: Sequence[str], rows: Iterable[Sequence[Any]]) -> Response:
    """A table as a CSV that spreadsheet programs open as it is: with a byte order mark, no text taken for a formula.

    It is written while it is read, so that its length costs no memory.

    :param name: name of the file without its ending
    """
    lines = flask.stream_with_context(_lines(heading, rows))
    made = flask.Response(lines, content_type="text/csv; charset=utf-8")
    made.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}.csv"
    made.headers["Cache-Control"] = "private, no-store"
    return made


def _lines(heading: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterable[bytes]:
    buffer = io.StringIO()
    buffer.write("\ufeff")
    writer = csv.writer(buffer)
    writer.writerow(heading)
    for count, row in enumerate(rows, 1):
        writer.writerow([grids.neutral(cell) if isinstance(cell, str) else cell for cell in row])
        if count % ROWS == 0:
            yield _drained(buffer)
    yield _drained(buffer)


def _drained(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode()
