"""The opening gate on screen: what the scan found, clearing, the signed review, the office's confirmation."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from werkzeug.wrappers import Response

from ckanext.govshare.desk import pages, review_views
from ckanext.govshare.kernel import clock
from ckanext.govshare.roles import Role

__all__ = ["ROUTES"]

ACTS = ("scan", "clear", "sign", "confirm", "revoke")
STATES = ("waiting", "open", "publisher")


def opening(id: str) -> str:
    """The files for the public of a change or of an entry, each with what it still needs."""
    return _page(id)


def _subject(id: str) -> dict[str, Any]:
    """The change or the entry that an address names, as far as the page needs it."""
    try:
        found = tk.get_action("govshare_change_show")(pages.context(), {"id": id})
        url = tk.h.url_for("govshare_desk.change", id=id)
        return {"asked": {"change_id": id}, "title": found["title"], "url": url, "of": found["organization"]}
    except (tk.ObjectNotFound, tk.NotAuthorized):
        entry = pages.ask("package_show", {"id": id})
    url = tk.h.url_for(f"{entry['type']}.read", id=entry["name"])
    organization = {key: (entry.get("organization") or {}).get(key) for key in ("id", "name", "title")}
    return {"asked": {"package_id": entry["id"]}, "title": entry["title"], "url": url, "of": organization}


def _page(id: str, refused: dict[str, list[str]] | None = None, of: str = "") -> str:
    if not pages.offers("govshare_opening_show"):
        return tk.abort(404)
    pages.members_only()
    subject = _subject(id)
    files = pages.ask("govshare_opening_show", subject["asked"])
    extra = {
        "id": id,
        "subject": subject,
        "files": files,
        "refused": [("", message) for messages in (refused or {}).values() for message in messages],
        "refused_of": of,
        "given": tk.request.form,
        "people": review_views.names(_people(files)),
        "today": clock.today().isoformat(),
        "person": tk.current_user.display_name,
    }
    return tk.render("govshare/desk/opening.html", extra)


def _people(files: list[dict[str, Any]]) -> set[str]:
    """User names of everybody who acted on the files."""
    records = [file["record"] for file in files if file["record"]]
    cleared = [
        finding["cleared"] for file in files for finding in file["scan"]["findings"] if finding["cleared"]
    ]
    return {
        *(record["signed_by"] for record in records),
        *(record["confirmed_by"] for record in records if record["confirmed_by"]),
        *(clearance["by"] for clearance in cleared),
    }


def act_on_file(id: str) -> str | Response:
    """Scan, clear, sign, confirm or take back the review of one file."""
    pages.members_only()
    form = tk.request.form
    wanted = form.get("act", "")
    if wanted not in ACTS:
        return tk.abort(400, tk._("Choose what to do with the file"))
    names = ("organization", "digest", "column", "kind", "ground", "opinion", "reason", "reviewer", "basis")
    data = {name: pages.text(name) for name in (*names, "reviewed_on") if form.get(name) is not None}
    upload = tk.request.files.get("attachment")
    if wanted == "sign" and upload is not None and upload.filename:
        stored, refused = pages.act("govshare_file_store", {"upload": upload})
        if refused:
            return _page(id, refused, data.get("digest", ""))
        data["attachment"] = stored["hash"]
    after, refused = pages.act(f"govshare_opening_{wanted}", data)
    if refused:
        return _page(id, refused, data.get("digest", ""))
    tk.h.flash_success(_done(wanted, after))
    return tk.redirect_to("govshare_desk.opening", id=id)


def _done(wanted: str, after: dict[str, Any]) -> str:
    texts = {
        "scan": tk._("The file is being scanned. Load the page again in a moment."),
        "clear": tk._("Cleared. The ground is recorded."),
        "sign": tk._("Signed. The office confirms it next."),
        "confirm": tk._("Confirmed."),
        "revoke": tk._("Taken back. The file is closed."),
    }
    if wanted == "scan" and after.get("state") == "done":
        return tk._("The file is scanned.")
    return texts[wanted]


def openings() -> str:
    """Published files of the own departments that wait for their review."""
    pages.members_only()
    return _list("govshare_desk.openings", [(org.id, org.title) for org in pages.own_departments()])


def office_openings() -> str:
    """Published files of the region's departments that wait for a review or its confirmation."""
    pages.office_only()
    rows = pages.ask("govshare_desk_summary", {"office": True})
    departments = [(row["organization"]["id"], row["organization"]["title"]) for row in rows]
    return _list("govshare_desk.office_openings", departments)


def _list(endpoint: str, departments: list[tuple[str, str]]) -> str:
    if not pages.offers("govshare_opening_list"):
        return tk.abort(404)
    args = tk.request.args
    known = {id for id, _title in departments}
    state = args.get("state") if args.get("state") in STATES else STATES[0]
    organization = args.get("organization") if args.get("organization") in known else ""
    number = pages.page_number()
    asked = {"state": state, "limit": pages.PAGE, "offset": (number - 1) * pages.PAGE}
    found = pages.ask("govshare_opening_list", {**asked, "organization": organization})
    extra = {
        "endpoint": endpoint,
        "office": endpoint.endswith("office_openings"),
        "found": found,
        "state": state,
        "states": STATES,
        "organization": organization,
        "departments": sorted(departments, key=lambda pair: pair[1]),
        "page": pages.pager(found["count"], number),
        "reviews": any(Role.REVIEWER in held for _organization, held in pages.memberships()),
    }
    return tk.render("govshare/desk/openings.html", extra)


ROUTES = [
    ("/desk/opening", openings),
    ("/office/opening", office_openings),
    ("/desk/opening/<id>", opening),
    ("/desk/opening/<id>/act", act_on_file, "POST"),
]
