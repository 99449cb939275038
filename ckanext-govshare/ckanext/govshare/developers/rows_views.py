"""The rows of an open table by the code of its entry: ``/api/rows/307001004/0007/1``.

Answers what everybody may read, to everybody alike: who asks counts only for the quota. Pages of other sites may read
it too (CORS), since it looks at no cookie.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

import ckan.plugins.toolkit as tk
import flask
import simplejson
from ckan import model
from flask import Response
from werkzeug.datastructures import MultiDict

from ckanext.govshare import callers, signals
from ckanext.govshare.developers import keys, numbers, quota, rows_asked, rows_read
from ckanext.govshare.developers.model import Key
from ckanext.govshare.developers.rows_asked import Asked, Column, RefusedError
from ckanext.govshare.kernel import clock

__all__ = ["ROUTES"]

KEY_HEADER = "X-Api-Key"
KINDS = {
    400: "Validation Error",
    403: "Authorization Error",
    404: "Not Found Error",
    429: "Too Many Requests",
}
#: Every site's pages may ask; without credentials, so that nothing of the reader is at stake.
ANYBODYS = (
    "govshare_developers.rows",
    "govshare_developers.openapi_json",
    "govshare_developers.openapi_yaml",
)
ANYWHERE = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Headers": KEY_HEADER,
    "Access-Control-Expose-Headers": "Link, Retry-After, X-RateLimit-Limit, X-RateLimit-Remaining",
}


def anywhere(response: Response) -> Response:
    """Let pages of other sites read what everybody may read; asked after every request of the room."""
    if tk.request.endpoint in ANYBODYS:
        response.headers.update(ANYWHERE)
    return response


def rows(prefix: str, sequence: str, number: int) -> Response:
    """Rows of file ``number`` of the entry with the code ``prefix/sequence``, as JSON or CSV."""
    verdict = None
    try:
        key = _key()
        verdict = _count(key)
        response = _answer(f"{prefix}/{sequence}", number, key)
    except RefusedError as refused:
        response = _refusal(refused)
    if verdict is not None:
        response.headers["X-RateLimit-Limit"] = str(verdict.quota.per_day)
        response.headers["X-RateLimit-Remaining"] = str(verdict.left)
    return response


def _key() -> Key | None:
    given = tk.request.headers.get(KEY_HEADER) or tk.request.args.get(rows_asked.KEY)
    if not given:
        return None
    found = keys.find(given)
    if found is None:
        message = tk._("This key is unknown or was revoked; open data can be read without one")
        raise RefusedError(403, message, rows_asked.KEY)
    return found


def _count(key: Key | None) -> quota.Verdict:
    if key is None:
        who, allowed = f"from:{callers.mark(callers.address(), clock.today())}", quota.anonymous()
    else:
        who, allowed = key.id, quota.of_key(key)
    verdict = quota.take(who, allowed)
    if verdict.wait:
        words = tk._(
            "Too many requests: {minute} a minute and {day} a day are allowed. Try again after {seconds} seconds."
        )
        if key is None:
            words += tk._(" With a key of your own there are more.")
        told = words.format(minute=allowed.per_minute, day=allowed.per_day, seconds=verdict.wait)
        raise RefusedError(429, told, "" if key is None else rows_asked.KEY, verdict.wait)
    return verdict


def _answer(code: str, number: int, key: Key | None) -> Response:
    entry = _entry(code)
    if entry.get("resource_code") != code:
        return _moved(entry["resource_code"], number)
    file = _file(entry, number)
    columns = _columns(entry, file)
    asked = rows_asked.read(MultiDict(tk.request.args.items(multi=True)), columns)
    found = rows_read.read(file["id"], asked)
    if key is not None:
        quota.note(key.id, entry["name"])
    signals.called.send(
        None, package_id=entry["id"], resource_id=file["id"], key=key.id if key is not None else ""
    )
    onward = _next(code, number, asked, found)
    response = (
        _csv(asked, found)
        if asked.format == "csv"
        else _json(entry, file, number, columns, asked, found, onward)
    )
    if onward:
        response.headers["Link"] = f'<{onward}>; rel="next"'
    return response


def _entry(code: str) -> dict[str, Any]:
    """The entry that bears or bore a code, as the public sees it."""
    try:
        return tk.get_action("govshare_entry_show")({"user": ""}, {"resource_code": code})
    except (tk.ObjectNotFound, tk.NotAuthorized, KeyError):
        raise RefusedError(
            404, tk._("No open entry has the code {code}").format(code=code[:60]), "code"
        ) from None


def _file(entry: dict[str, Any], number: int) -> dict[str, Any]:
    if entry.get("open_type") == "2":
        message = tk._("These data are open on condition; how to apply: {address}")
        address = tk.h.url_for("govshare_developers.apply", name=entry["name"], qualified=True)
        raise RefusedError(403, message.format(address=address))
    file = numbers.file_of(entry, number)
    if file is None:
        raise RefusedError(
            404, tk._("The entry has no file with the number {number}").format(number=number), "number"
        )
    if not file.get("url"):
        raise RefusedError(403, tk._("This file may not be taken yet"), "number")
    return file


def _columns(entry: dict[str, Any], file: dict[str, Any]) -> list[Column]:
    try:
        if file.get("datastore_active"):
            return rows_read.columns_of(file["id"], rows_read.titles(entry))
    except (tk.ObjectNotFound, tk.NotAuthorized, tk.ValidationError):
        pass
    message = tk._("The rows of this file cannot be read by program; take the whole file: {address}")
    raise RefusedError(404, message.format(address=file["url"]), "number")


def _address(code: str, number: int) -> str:
    prefix, _, sequence = code.partition("/")
    return tk.h.url_for(
        "govshare_developers.rows", prefix=prefix, sequence=sequence, number=number, qualified=True
    )


def _moved(code: str, number: int) -> Response:
    query = tk.request.query_string.decode("ascii", "replace")
    return flask.redirect(_address(code, number) + (f"?{query}" if query else ""), 301)


def _next(code: str, number: int, asked: Asked, found: rows_read.Found) -> str | None:
    """The address of what follows, without the key."""
    if found.after is None or asked.page * asked.rows >= rows_asked.DEEPEST:
        return None
    place = {"page": asked.page + 1} if asked.page else {"after": found.after}
    left_out = {"page", "after", rows_asked.KEY}
    pairs = [(name, value) for name, value in tk.request.args.items() if name not in left_out]
    return f"{_address(code, number)}?{urlencode([*pairs, *place.items()])}"


def _headings(asked: Asked) -> list[str]:
    """How columns are called in the answer: by label, all by technical name where two labels are alike."""
    labels = [column.label for column in asked.columns]
    if asked.names == "label" and len(set(labels)) == len(labels):
        return labels
    return [column.id for column in asked.columns]


def _json(
    entry: dict[str, Any], file: dict[str, Any], number: int, columns: Sequence[Column], asked: Asked,
    found: rows_read.Found, onward: str | None,
) -> Response:  # fmt: skip
    headings = _headings(asked)
    result = {
        "code": entry["resource_code"],
        "title": entry["title"],
        "page_url": tk.h.url_for("dataset.read", id=entry["name"], qualified=True),
        "license": entry.get("license_id") or None,
        "updated": entry.get("data_updated") or None,
        "file": {"number": number, "id": file["id"], "name": file.get("name")},
        "columns": [{"id": column.id, "label": column.label, "type": column.type} for column in columns],
        "page": asked.page or None,
        "rows": asked.rows,
        "total": found.total,
        "next": onward,
        "records": [dict(zip(headings, row, strict=True)) for row in found.rows],
    }
    return _json_response({"success": True, "result": result})


def _json_response(content: dict[str, Any], status: int = 200) -> Response:
    text = simplejson.dumps(content, ensure_ascii=False, use_decimal=True, ignore_nan=True, default=_plain)
    return Response(text, status, content_type="application/json; charset=utf-8")


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)


def _csv(asked: Asked, found: rows_read.Found) -> Response:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_headings(asked))
    writer.writerows(_texts(found.rows))
    body = ("\ufeff" + out.getvalue()).encode("utf-8", "replace")
    return Response(
        body, content_type="text/csv; charset=utf-8", headers={"X-Content-Type-Options": "nosniff"}
    )


def _texts(found: Iterable[Sequence[Any]]) -> Iterable[list[Any]]:
    for row in found:
        yield [_plain(value) if isinstance(value, date) else value for value in row]


def _refusal(refused: RefusedError) -> Response:
    model.Session.rollback()
    error = {
        "__type": KINDS[refused.status],
        "message": refused.words,
        "parameter": refused.parameter or None,
    }
    response = _json_response({"success": False, "error": error}, refused.status)
    if refused.wait:
        response.headers["Retry-After"] = str(refused.wait)
    return response


ROUTES = [("/api/rows/<prefix>/<sequence>/<int:number>", rows)]
