"""The code lists at a URL: a page that lists them, each of them as JSON and CSV, for programs and people alike."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from typing import Any

import ckan.plugins.toolkit as tk
from flask import Response

from ckanext.govshare.kernel.grids import neutral

COLUMNS = ("code", "zh", "en", "parent")


def index() -> str:
    """The lists of this site, with version, source and the addresses of their files."""
    return tk.render(
        "govshare/catalogue/codelists.html", {"lists": tk.get_action("govshare_codelist_list")({}, {})}
    )


def as_json(name: str) -> Response:
    """A list as ``govshare_codelist_show`` answers it; ``?parent=`` gives the values below one."""
    text = json.dumps(_shown(name), ensure_ascii=False, indent=1)
    return _file(text.encode(), "application/json", f"{name}.json")


def as_csv(name: str) -> Response:
    """A list as a table for spreadsheet programs: UTF-8 with byte order mark, no cell is a formula."""
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(COLUMNS)
    for code in _shown(name)["codes"]:
        rows.writerow([neutral(code.get(column, "")) for column in COLUMNS])
    return _file(text.getvalue().encode("utf-8-sig"), "text/csv", f"{name}.csv")


def _shown(name: str) -> dict[str, Any]:
    parent = tk.request.args.get("parent")
    try:
        return tk.get_action("govshare_codelist_show")(
            {}, {"name": name} if parent is None else {"name": name, "parent": parent}
        )
    except tk.ObjectNotFound as error:
        return tk.abort(404, str(error))


def _file(content: bytes, mimetype: str, filename: str) -> Response:
    """A file for everybody's cache; how long it is good unasked is core's ``ckan.cache_expires``.

    The answer to somebody with a session carries their cookie: no shared cache may keep it.
    """
    if tk.request.cookies:
        tk.request.environ["__no_cache__"] = True
    response = Response(content, mimetype=mimetype)
    response.headers["Content-Disposition"] = f'inline; filename="{filename}"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.set_etag(hashlib.sha256(content).hexdigest())
    return response.make_conditional(tk.request)
