"""The address of an export, among the catalogue's: a file of whatever its reader may see, made anew each time."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import IO, Any
from urllib.parse import quote

import ckan.plugins.toolkit as tk
from flask import Response

from ckanext.govshare.catalogue import exporter, sheet_apply
from ckanext.govshare.catalogue.views import blueprint

_CHUNK = 256 * 1024


@blueprint.route("/catalogue/export.<format>")
def export_catalogue(format: str) -> Response:
    """The selection of the query string as a file."""
    asked = tk.request.args
    try:
        tk.check_access("govshare_catalogue_export", {"user": tk.current_user.name}, {})
        form = sheet_apply.form_of(asked.get("package_type") or "dataset")
        query: dict[str, Any] = {key: asked.get(key) for key in ("q", "fq", "organization")}
        selection = exporter.Selection(
            form, tk.current_user.name or None, {**query, "ids": asked.getlist("ids")}
        )
        if format not in exporter.FORMATS:
            return tk.abort(404)
        target = tempfile.TemporaryFile()  # noqa: SIM115 - closed when it is sent
        exporter.write(target, selection, format)
    except (tk.ObjectNotFound, tk.NotAuthorized, tk.ValidationError):
        return tk.abort(404)
    size = target.tell()
    target.seek(0)
    name = quote(exporter.filename(form, format))
    response = Response(_sent(target), content_type=exporter.FORMATS[format])
    response.headers["Content-Length"] = str(size)
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _sent(target: IO[bytes]) -> Iterator[bytes]:
    with target:
        while chunk := target.read(_CHUNK):
            yield chunk
