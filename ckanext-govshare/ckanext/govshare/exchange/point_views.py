"""Pages of the life of a point: its form, the steps of its acceptance, its papers."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from werkzeug.wrappers import Response

from ckanext.govshare import sending
from ckanext.govshare.exchange import pages, papers, point_form, point_steps, words
from ckanext.govshare.harvesters import KINDS

__all__ = ["ROUTES"]

FORM, CHOICE = "govshare/exchange/point_form.html", "govshare/exchange/point_new.html"


def new_point() -> str | Response:
    """Choose department and kind, then fill in the form of that kind."""
    departments = point_form.departments(pages.context()["user"])
    if not departments:
        pages.ask("govshare_exchange_point_create")  # asks a visitor to log in, and refuses everybody else
    asked = pages.given("organization")
    department = next((found for found in departments if asked in (found["id"], found["name"])), None)
    kind = pages.given("kind")
    if department is None or kind not in KINDS:
        extra = {"departments": departments, "kinds": point_form.kinds(), "chosen": department, "kind": kind}
        return tk.render(CHOICE, extra)
    if tk.request.method == "GET":
        return _form(kind, department, point_form.fresh())
    values = point_form.typed()
    try:
        sent = {**point_form.data(kind, values), "kind": kind, "organization": department["id"]}
        pages.ask("govshare_exchange_point_create", sent)
    except tk.ValidationError as refused:
        model.Session.rollback()
        return _form(kind, department, values, refused.error_dict)
    tk.h.flash_success(tk._("Registered. The office reviews the exchange point next."))
    return tk.redirect_to("govshare_exchange.point", name=sent["name"])


def edit_point(name: str) -> str | Response:
    """Change a point."""
    point = pages.ask("govshare_exchange_point_show", {"id": name})
    if not pages.may("govshare_exchange_point_update", {"id": point["id"]}):
        return tk.abort(403, tk._("Not authorized to see this page"))
    if tk.request.method == "GET":
        return _form(point["kind"], point["organization"], point_form.of_point(point), point=point)
    values = point_form.typed()
    try:
        sent = {**point_form.data(point["kind"], values), "id": point["id"]}
        sent.pop("name", None)
        after = pages.ask("govshare_exchange_point_update", sent)
    except tk.ValidationError as refused:
        model.Session.rollback()
        return _form(point["kind"], point["organization"], values, refused.error_dict, point)
    anew = after["state"] != point["state"]
    tk.h.flash_success(tk._("Saved. The office reviews the exchange point again.") if anew else tk._("Saved."))
    return tk.redirect_to("govshare_exchange.point", name=name)


def _form(
    kind: str,
    department: dict[str, Any],
    values: dict[str, Any],
    errors: dict[str, Any] | None = None,
    point: dict[str, Any] | None = None,
) -> str:
    extra = {
        "kind": kind,
        "department": department,
        "values": values,
        "errors": errors or {},
        "point": point,
        "names": point_steps.fields() | {"state": tk._("State")},
        "label": words.label(kind),
        **point_form.offered(kind, department["id"]),
    }
    return tk.render(FORM, extra)


def step(name: str, what: str) -> Response:
    """The office takes a step, or sends the point back; papers of the form are attached with it, or nothing is done."""
    if what == "resume":
        pages.ask("govshare_exchange_point_suspend", {"id": name, "undo": True})
        return tk.redirect_to("govshare_exchange.point", name=name)
    data: dict[str, Any] = {"id": name, "opinion": pages.given("opinion", 4000), "passed": pages.given("passed") == "1"}
    pages.ask("govshare_exchange_point_show", {"id": name})
    if what == "assess" and pages.may("govshare_exchange_point_assess", {"id": name}):
        data["attachments"] = _attached(name)
    pages.ask(f"govshare_exchange_point_{what}", data)
    return tk.redirect_to("govshare_exchange.point", name=name, _anchor="acceptance")


def _attached(name: str) -> list[str]:
    """Ids of the papers that came with the form; the step that follows commits them."""
    found = []
    for kind in papers.KINDS:
        upload = tk.request.files.get(kind)
        if upload is not None and upload.filename:
            context = {**pages.context(), "defer_commit": True}
            paper = tk.get_action("govshare_exchange_point_attach")(
                context, {"id": name, "kind": kind, "upload": upload}
            )
            found.append(paper["id"])
    return found


def attach(name: str) -> Response:
    """Attach a paper to a point."""
    data = {"id": name, "kind": pages.given("kind"), "upload": tk.request.files.get("upload")}
    pages.ask("govshare_exchange_point_attach", data)
    return tk.redirect_to("govshare_exchange.point", name=name, _anchor="acceptance")


def attachment(id: str) -> Response:
    """Hand out a paper: never shown in the browser, whatever it is."""
    found = pages.ask("govshare_exchange_attachment_show", {"id": id})
    return sending.send({"hash": found["hash"], "mimetype": "application/octet-stream"}, found["filename"])


def detach(id: str) -> Response:
    """Take a paper off its point."""
    found = pages.ask("govshare_exchange_attachment_show", {"id": id})
    try:
        pages.ask("govshare_exchange_attachment_remove", {"id": id})
    except tk.ValidationError as error:
        pages.refused(error)
    return tk.redirect_to("govshare_exchange.point", name=found["exchange_point"], _anchor="acceptance")


def mark(name: str) -> Response:
    """Put the mark of high-frequency data on a point, or take it off."""
    high = pages.given("high_frequency") == "1"
    pages.ask("govshare_exchange_point_mark", {"id": name, "high_frequency": high})
    return tk.redirect_to("govshare_exchange.point", name=name)


ROUTES = [
    ("/new", new_point, "GET", "POST"),
    ("/attachment/<id>", attachment),
    ("/attachment/<id>/remove", detach, "POST"),
    ("/<name>/edit", edit_point, "GET", "POST"),
    ("/<name>/step/<any(review, assess, accept, resume):what>", step, "POST"),
    ("/<name>/attachment", attach, "POST"),
    ("/<name>/mark", mark, "POST"),
]
