"""The one door of files: who may take a file gets it, everybody else the reason."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import ckan.plugins.toolkit as tk
from ckan import model
from flask import Blueprint, Flask, Response, send_file

from ckanext.govshare import roles
from ckanext.govshare.catalogue import files, helpers

blueprint = Blueprint("govshare_catalogue", __name__)

OFFERED_AS_IS = {
    "text/csv",
    "application/json",
    "application/pdf",
    "application/zip",
    "text/plain",
    "application/xml",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.ms-excel",
}


def download(package_type: str = "", id: str = "", resource_id: str = "", filename: str | None = None) -> Any:
    """Give out the file of a resource, or lead to its link; core's view of the same name is replaced by this one."""
    user = getattr(tk.current_user, "name", "") or ""
    try:
        verdict = tk.get_action("govshare_may_take")({"user": user}, {"resource_id": resource_id})
    except tk.ObjectNotFound:
        return tk.abort(404, tk._("Resource not found"))
    resource = model.Resource.get(resource_id)
    if id not in (resource.package_id, resource.package.name):
        return tk.abort(404, tk._("Resource not found"))
    if not verdict["may"]:
        return tk.abort(403, helpers.govshare_not_available(verdict["reason"]))
    if verdict["reason"] != "open":
        _record(user, resource, verdict["reason"])
    if resource.url_type == "upload":
        return _send(resource)
    if urlsplit(resource.url or "").scheme not in ("http", "https"):
        return tk.abort(404, tk._("No download is available"))
    return tk.redirect_to(resource.url)


def _send(resource: model.Resource) -> Response:
    path = files.path_of(resource.hash) if resource.hash else None
    if path is None or not path.exists():
        return tk.abort(404, tk._("No download is available"))
    mimetype = resource.mimetype if resource.mimetype in OFFERED_AS_IS else "application/octet-stream"
    name = resource.extras.get("original_name") or resource.url
    response = send_file(
        path,
        mimetype=mimetype,
        as_attachment=True,
        download_name=name,
        conditional=True,
        etag=resource.hash,
        max_age=0,
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _record(user: str, resource: model.Resource, right: str) -> None:
    """Who took which file that is not open to everybody, by which right."""
    tk.get_action("govshare_event_add")(
        {"ignore_auth": True, "user": user},
        {
            "action": "file_taken",
            "object_type": "resource",
            "object_id": resource.id,
            "region": roles.region_of(resource.package.owner_org),
            "data": {"entry": resource.package.name, "right": right},
        },
    )
    model.Session.commit()


def replace_download(app: Flask) -> None:
    """Put :func:`download` in the place of core's download view, for every type of package."""
    for endpoint in app.view_functions:
        blueprint, _, view = endpoint.rpartition(".")
        if view == "download" and (blueprint == "resource" or blueprint.endswith("_resource")):
            app.view_functions[endpoint] = download
