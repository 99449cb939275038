"""The one door of files: who may take a file gets it, everybody else the reason."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import ckan.plugins.toolkit as tk
from ckan import model
from flask import Blueprint, Flask, Response, send_file

from ckanext.govshare import roles, signals
from ckanext.govshare.catalogue import codelist_pages, files, helpers, opening_versions, redirects

blueprint = Blueprint("govshare_catalogue", __name__)
blueprint.add_url_rule("/code/<prefix>/<sequence>", view_func=redirects.by_code)
blueprint.add_url_rule("/codelist", view_func=codelist_pages.index, endpoint="codelists")
blueprint.add_url_rule("/codelist/<name>.json", view_func=codelist_pages.as_json, endpoint="codelist_json")
blueprint.add_url_rule("/codelist/<name>.csv", view_func=codelist_pages.as_csv, endpoint="codelist_csv")

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
        return _count(resource, _send(resource))
    if urlsplit(resource.url or "").scheme not in ("http", "https"):
        return tk.abort(404, tk._("No download is available"))
    return _count(resource, tk.redirect_to(resource.url))


@blueprint.route("/dataset/<id>/resource/<resource_id>/version/<sha256>")
def version(id: str, resource_id: str, sha256: str) -> Any:
    """Give out a former file of a resource to who may take it."""
    user = getattr(tk.current_user, "name", "") or ""
    try:
        tk.check_access("govshare_file_versions", {"user": user}, {"package_id": id})
    except (tk.NotAuthorized, tk.ObjectNotFound):
        return tk.abort(404, tk._("Resource not found"))
    resource = model.Resource.get(resource_id)
    if resource is None or id not in (resource.package_id, resource.package.name):
        return tk.abort(404, tk._("Resource not found"))
    file, may, reason = opening_versions.take(resource, sha256, user)
    if file is None:
        return tk.abort(404, tk._("Resource not found"))
    if not may:
        return tk.abort(403, helpers.govshare_not_available(reason))
    if reason != "open":
        _record(user, resource, reason)
    return _count(resource, _send_file(file.sha256, file.mimetype, file.filename))


@blueprint.route("/opening/<organization>/<digest>/attachment")
def review_attachment(organization: str, digest: str) -> Any:
    """The attachment of a review record: for the provider and the office."""
    user = getattr(tk.current_user, "name", "") or ""
    try:
        tk.check_access("govshare_opening_show", {"user": user}, {"organization": organization})
    except tk.NotAuthorized:
        return tk.abort(404, tk._("No download is available"))
    provider = roles.organization(organization)
    found = opening_versions.attachment(provider.id, digest) if provider is not None else None
    if found is None:
        return tk.abort(404, tk._("No download is available"))
    return _send_file(found["hash"], None, found["filename"])


def _send(resource: model.Resource) -> Response:
    return _send_file(resource.hash, resource.mimetype, resource.extras.get("original_name") or resource.url)


def _send_file(sha256: str | None, mimetype: str | None, name: str) -> Response:
    path = files.path_of(sha256) if sha256 else None
    if path is None or not path.exists():
        return tk.abort(404, tk._("No download is available"))
    mimetype = mimetype if mimetype in OFFERED_AS_IS else "application/octet-stream"
    response = send_file(
        path,
        mimetype=mimetype,
        as_attachment=True,
        download_name=name,
        conditional=True,
        etag=sha256,
        max_age=0,
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _count(resource: model.Resource, response: Response) -> Response:
    """Tell whoever counts, when a file is taken and not only asked about (signals.py)."""
    if signals.begins(response):
        about = {"package_id": resource.package_id, "resource_id": resource.id}
        signals.taken.send(None, **about, format=(resource.format or "").upper(), converted=False)
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
