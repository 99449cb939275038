"""Excel on screen: the department's form, a file handed in and checked, its findings, its application; exports.

A file is checked first and changes nothing; what was checked is what is applied, as a whole or not at all.
"""

from __future__ import annotations

import base64
import binascii
from collections import Counter
from typing import Any
from urllib.parse import quote

import ckan.plugins.toolkit as tk
import flask
from flask import Response as Answer
from werkzeug.wrappers import Response

from ckanext.govshare import roles
from ckanext.govshare.desk import home_views, pages, review_views
from ckanext.govshare.kernel import forms
from ckanext.govshare.kernel.states import CatalogueState
from ckanext.govshare.roles import Role

__all__ = ["ROUTES"]

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MODES = ("draft", "submit", "publish")
AT_WORK = ("queued", "running")
FINDINGS = 100  # on one page
RECENT = 10


def _writable() -> list[roles.Organization]:
    """Departments whose files the person may hand in; another one that the address names, if it is the office's."""
    own = [org for org, held in pages.memberships() if Role.EDITOR in held or Role.OFFICE in held]
    wanted = pages.given("organization")
    if wanted and not any(wanted in (org.id, org.name) for org in own):
        other = roles.organization(wanted)
        regions = {org.region for org, held in pages.memberships() if Role.OFFICE in held}
        if other is not None and other.region in regions:
            own.append(other)
    if not own:
        tk.abort(403, tk._("Files are handed in by people who write for a department."))
    return sorted(own, key=lambda org: org.title)


def _choice() -> tuple[list[roles.Organization], roles.Organization, str]:
    """The departments to choose from, the one that is chosen, and the type of entries."""
    pages.members_only()
    if not pages.offers("govshare_catalogue_import"):
        tk.abort(404)
    departments = _writable()
    wanted, asked = pages.given("organization"), pages.given("type")
    package_type = asked if asked in forms.installed() else home_views.main_types()[0]
    return departments, pages.chosen(departments, wanted), package_type


def start() -> str:
    """Choose department and type, fetch the form, hand a file in; files that were handed in before."""
    return _start({})


def _start(refused: dict[str, list[str]]) -> str:
    departments, department, package_type = _choice()
    recent = pages.ask("govshare_catalogue_import_list", {"organization": department.id, "limit": RECENT})
    extra = {
        "departments": departments,
        "department": department,
        "type": package_type,
        "types": sorted(forms.installed()),
        "recent": recent["results"],
        "people": review_views.names({line["created_by"] for line in recent["results"]}),
        "refused": [("", message) for messages in refused.values() for message in messages],
    }
    return tk.render("govshare/desk/import.html", extra)


def template() -> Answer:
    """The Excel form of a department."""
    _departments, department, package_type = _choice()
    prefill = tk.request.args.get("prefill") == "1"
    asked = {"organization": department.id, "package_type": package_type, "prefill": prefill}
    return _file(pages.ask("govshare_catalogue_template", asked))


def _file(made: dict[str, Any]) -> Answer:
    try:
        content = base64.b64decode(made["content_base64"])
    except (binascii.Error, ValueError):
        return tk.abort(404)
    answer = Answer(content, content_type=XLSX)
    answer.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(made['filename'])}"
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def hand_in() -> str | Response:
    """Take a file and check it; nothing is written but the file."""
    _departments, department, package_type = _choice()
    upload = tk.request.files.get("upload")
    data = {"organization": department.id, "package_type": package_type, "dry_run": True, "upload": upload}
    made, refused = pages.act("govshare_catalogue_import", data)
    if refused:
        return _start(refused)
    return tk.redirect_to("govshare_desk.result", id=made["id"])


def result(id: str) -> str:
    """What came of a file: how far the check is, then its findings, or what was written."""
    return _result(id, {})


def _result(id: str, refused: dict[str, list[str]]) -> str:
    pages.members_only()
    found = pages.ask("govshare_catalogue_import_show", {"id": id})
    organization = roles.organization(found["organization"], closed=True)
    extra = {"file": found, "organization": organization, "at_work": found["state"] in AT_WORK}
    if extra["at_work"]:
        return tk.render("govshare/desk/progress.html", extra)
    args = tk.request.args
    severity, column = args.get("severity", ""), args.get("column")
    chosen = [
        finding
        for finding in found["findings"]
        if (not severity or _weight(finding) == severity) and (column is None or finding["title"] == column)
    ]
    number = pages.page_number()
    extra |= {
        "refused": [("", message) for messages in refused.values() for message in messages],
        "findings": chosen[(number - 1) * FINDINGS : number * FINDINGS],
        "shown": len(chosen),
        "page": pages.pager(len(chosen), number, FINDINGS),
        "severity": severity,
        "column": column,
        "columns": Counter(finding["title"] or "" for finding in found["findings"]).most_common(),
        "weights": Counter(map(_weight, found["findings"])),
        "weight": _weight,
        "may_publish": _may_publish(found),
        "titles": [
            line["title"] for line in found.get("plan", []) if line["verdict"] in ("create", "update")
        ],
    }
    return tk.render("govshare/desk/imported.html", extra)


def _weight(finding: dict[str, Any]) -> str:
    """How a finding weighs: ``wrong`` stops everything, ``missing`` stops review, ``hint`` stops nothing."""
    if finding.get("missing"):
        return "missing"
    return "wrong" if finding["severity"] == "refuse" else "hint"


def _may_publish(found: dict[str, Any]) -> bool:
    asked = {"organization": found["organization"], "package_type": found["package_type"], "publish": True}
    try:
        tk.check_access("govshare_catalogue_import", pages.context(), asked)
    except tk.NotAuthorized:
        return False
    return True


def progress(id: str) -> Response:
    """How far a check is, for the page that waits for it."""
    found = pages.ask("govshare_catalogue_import_show", {"id": id})
    done, total = found["progress"]["done"] or 0, found["progress"]["total"] or 0
    words = tk._("{done} of {total} rows").format(done=done, total=total) if total else ""
    over = found["state"] not in AT_WORK
    return flask.jsonify({"over": over, "done": done, "total": total, "words": words})


def findings_json(id: str) -> Response:
    """The result as JSON, as the API answers it."""
    return flask.jsonify(pages.ask("govshare_catalogue_import_show", {"id": id}))


def marked(id: str) -> Answer:
    """The file that was handed in, with its faulty cells marked."""
    return _file(pages.ask("govshare_catalogue_import_file", {"id": id}))


def apply(id: str) -> str | Response:
    """Apply the very file that was checked: as drafts, handed in for review, or published."""
    pages.members_only()
    mode = tk.request.form.get("mode", "")
    if mode not in MODES:
        return tk.abort(400, tk._("Choose what becomes of the entries"))
    data = {"import_id": id, "dry_run": False, "submit": mode == "submit", "publish": mode == "publish"}
    done, refused = pages.act("govshare_catalogue_import", data)
    if refused:
        return _result(id, refused)
    if done["state"] == "applied":
        tk.h.flash_success(tk._("Done: the whole file is in."))
    return tk.redirect_to("govshare_desk.result", id=id)


def export() -> str:
    """Choose what to take out, and in which format."""
    pages.members_only()
    if not pages.offers("govshare_catalogue_export"):
        return tk.abort(404)
    is_office = any(Role.OFFICE in held for _organization, held in pages.memberships())
    departments = [(org.name, org.title) for org in pages.own_departments()]
    if is_office:
        rows = pages.ask("govshare_desk_summary", {"office": True})
        known = {row["organization"]["name"]: row["organization"]["title"] for row in rows}
        departments = sorted({**dict(departments), **known}.items(), key=lambda pair: pair[1])
    args = tk.request.args
    extra = {
        "departments": departments,
        "organization": args.get("organization", departments[0][0] if not is_office else ""),
        "office": is_office,
        "type": args.get("type", ""),
        "types": sorted(forms.installed()),
        "states": [state.value for state in CatalogueState],
    }
    return tk.render("govshare/desk/export.html", extra)


ROUTES = [
    ("/desk/import", start),
    ("/desk/import/template", template),
    ("/desk/import/check", hand_in, "POST"),
    ("/desk/import/<id>", result),
    ("/desk/import/<id>/progress", progress),
    ("/desk/import/<id>/result.json", findings_json),
    ("/desk/import/<id>/marked.xlsx", marked),
    ("/desk/import/<id>/apply", apply, "POST"),
    ("/desk/export", export),
]
