"""Pages of data applications: what others made of open data."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from werkzeug.wrappers import Response

from ckanext.govshare import roles, sending
from ckanext.govshare.publication import (
    pages,
    submissions,
    submissions_input,
    submissions_used,
    submissions_views,
)

__all__ = ["ROUTES", "office_form_only"]

FILTERS = ("app_form", "developer_kind")


def applications() -> str:
    """Data applications by words, form and kind of developer."""
    page, q = pages.number(), submissions_views.asked("q")
    known = {name: submissions_input.choices(name) for name in FILTERS}
    chosen = {name: value for name in FILTERS if (value := submissions_views.asked(name)) in known[name]}
    query = {
        "q": q, "sort": "score desc, metadata_created desc",
        "fq_list": ["dataset_type:application", *(f'{name}:"{value}"' for name, value in chosen.items())],
        "rows": pages.SIZE, "start": (page - 1) * pages.SIZE, "include_private": True,
    }  # fmt: skip
    try:
        found = tk.get_action("package_search")(pages.context(), query)
    except tk.ValidationError:
        found = {"count": 0, "results": []}
    pictures = submissions.files_of([item["id"] for item in found["results"]])
    return tk.render("govshare/publication/applications.html", {
        "found": found, "q": q, "page": page, "pages": max(1, -(-found["count"] // pages.SIZE)),
        "chosen": chosen, "choices": {name: submissions_views.labelled(name) for name in FILTERS},
        "pictures": {id for id, files in pictures.items() if "picture" in files},
    })  # fmt: skip


def application(id: str) -> str:
    """One data application, with the open data sets that it uses."""
    shown = _shown(id)
    return tk.render("govshare/publication/application.html", {
        "pkg_dict": shown, "pkg": shown, "used": submissions_used.used(shown.get("dataset_codes")),
        "pictures": submissions.files_of([shown["id"]]).get(shown["id"], {}),
        "kinds": submissions_views.labelled("developer_kind"),
        "address": submissions_input.is_address(shown.get("app_id") or ""),
    })  # fmt: skip


def _shown(id: str) -> dict[str, Any]:
    """An application that the reader may see; of another one nobody learns that it is there."""
    try:
        shown = tk.get_action("package_show")(pages.context(), {"id": id})
    except tk.ObjectNotFound:
        shown = {}
    if shown.get("type") != "application":
        raise tk.ObjectNotFound(tk._("Not found"))
    return shown


def picture(id: str, kind: str) -> Response:
    """The screenshot or the QR code of an application that the reader may see."""
    shown = _shown(id)
    files = submissions.files_of([shown["id"]]).get(shown["id"], {})
    if kind not in files:
        raise tk.ObjectNotFound(tk._("Not found"))
    return sending.send(files[kind], files[kind]["filename"])


def office_form_only() -> Response | None:
    """Core's form of an application is the office's; everybody else is led to the public one."""
    if tk.request.endpoint != "application.new" or roles.is_office(pages.context()["user"]):
        return None
    if tk.request.method == "GET":
        return tk.redirect_to("govshare_publication.submit")
    return tk.abort(403, tk._("Applications are shown after a review: hand one in by the public form"))


ROUTES = [
    ("/application", applications),
    *submissions_views.ROUTES,
    ("/application/<id>", application),
    ("/application/<id>/<any(picture, qr_code):kind>", picture),
]
