"""Pages of data applications: what others made of open data."""

from __future__ import annotations

import ckan.plugins.toolkit as tk

from ckanext.govshare.publication import pages, service

__all__ = ["ROUTES"]


def applications() -> str:
    """Data applications: what others made of open data."""
    page, q = pages.number(), tk.request.args.get("q", "").strip()[:200]
    query = {
        "q": q, "fq": "dataset_type:application", "sort": "score desc, metadata_created desc",
        "rows": pages.SIZE, "start": (page - 1) * pages.SIZE, "include_private": True,
    }  # fmt: skip
    try:
        found = tk.get_action("package_search")(pages.context(), query)
    except tk.ValidationError:
        found = {"count": 0, "results": []}
    return tk.render("govshare/publication/applications.html", {
        "found": found, "q": q, "page": page, "pages": max(1, -(-found["count"] // pages.SIZE)),
    })  # fmt: skip


def application(id: str) -> str:
    """One data application, with the data sets that it uses."""
    shown = tk.get_action("package_show")(pages.context(), {"id": id})
    if shown["type"] != "application":
        raise tk.ObjectNotFound(tk._("Not found"))
    used = service.used_datasets(shown.get("dataset_codes"))
    return tk.render("govshare/publication/application.html", {"pkg_dict": shown, "pkg": shown, "used": used})


ROUTES = [("/application", applications), ("/application/<id>", application)]
