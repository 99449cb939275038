"""The public form by which an application is handed in, and the receipt that tells where it stands."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from flask import make_response
from werkzeug.wrappers import Response

from ckanext.govshare import receipts
from ckanext.govshare.kernel.cases import Act
from ckanext.govshare.publication import pages, reasons, submissions_input, submissions_used
from ckanext.govshare.publication.submissions_input import FILES, TEXTS

__all__ = ["ROUTES"]

FORM = "govshare/publication/application_submit.html"
RECEIPT = "govshare/publication/application_receipt.html"
TOO_MANY = 429


def asked(name: str) -> str:
    """A value of the address, without what cannot be searched for."""
    return tk.request.args.get(name, "").replace("\x00", "").strip()[:200]


def labelled(field: str) -> list[tuple[str, str]]:
    """The values of a field of the form with their labels in the reader's language."""
    language = "en" if reasons.language() == "en" else "zh_Hans_CN"
    return [(value, labels[language]) for value, labels in submissions_input.choices(field).items()]


def _typed() -> dict[str, Any]:
    """What was sent, as the actions take it and as the form shows it again."""
    form = tk.request.form
    values: dict[str, Any] = {name: form.get(name, "") for name in (*TEXTS, "consent", "website", "nonce")}
    values["datasets"] = [*form.getlist("dataset"), *submissions_used.words(form.get("datasets", ""))]
    return values


def _files() -> dict[str, Any]:
    return {kind: file for kind in FILES if (file := tk.request.files.get(kind)) and file.filename}


def _form(values: dict[str, Any], errors: dict[str, list[str]], **more: Any) -> dict[str, Any]:
    """What the template of the form needs; words that lead to no open data set stay in their field."""
    words = submissions_used.words(values.get("datasets") or [])
    known = submissions_used.resolve(words[: submissions_used.MOST])
    return {
        "values": values,
        "errors": errors,
        "chosen": list({entry["name"]: entry for entry in known.values()}.values()),
        "unknown": "\n".join(word for word in words if word not in known),
        "forms": labelled("app_form"),
        "kinds": labelled("developer_kind"),
        "nonce": values.get("nonce") or receipts.new_nonce(),
        "most": TEXTS,
        "files": {},
        **more,
    }


def submit() -> str | Response | tuple[str, int]:
    """The form, and what is sent by it."""
    if tk.request.method == "GET":
        return tk.render(FORM, _form({"datasets": [asked("dataset")]}, {}))
    values = _typed()
    try:
        made = tk.get_action("govshare_submission_create")(pages.context(), {**values, **_files()})
    except tk.ValidationError as refused:
        model.Session.rollback()
        status = TOO_MANY if "throttled" in refused.error_dict else 200
        return tk.render(FORM, _form(values, refused.error_dict)), status
    return tk.redirect_to("govshare_publication.receipt", token=made["token"])


def receipt(token: str) -> Response:
    """Where a submission stands; by its token only."""
    return _receipt(token)


def _receipt(
    token: str, values: dict[str, Any] | None = None, errors: dict[str, list[str]] | None = None
) -> Response:
    shown = _shown(token)
    typed = values or {**shown["data"], **shown["contact"], "datasets": shown["data"]["dataset_codes"]}
    extra = {"submission": shown, "token": token, **_form(typed, errors or {}, files=shown["files"])}
    response = make_response(tk.render(RECEIPT, extra))
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _shown(token: str) -> dict[str, Any]:
    try:
        return tk.get_action("govshare_submission_show")(pages.context(), {"token": token})
    except tk.NotAuthorized:
        raise tk.ObjectNotFound(tk._("There is no such receipt")) from None


def correct(token: str) -> Response:
    """Correct a returned submission and hand it in again, or take it back; all of it or nothing."""
    _shown(token)
    wanted = tk.request.form.get("act", "")
    if wanted not in (Act.SUBMIT.value, Act.WITHDRAW.value):
        return tk.abort(400, tk._("Choose what to do"))
    values = _typed()
    try:
        if wanted == Act.SUBMIT.value:
            context = {**pages.context(), "defer_commit": True}
            tk.get_action("govshare_submission_update")(context, {**values, **_files(), "token": token})
        tk.get_action(f"govshare_submission_{wanted}")(pages.context(), {"token": token})
    except tk.ValidationError as refused:
        model.Session.rollback()
        return _receipt(token, values, refused.error_dict)
    tk.h.flash_success(tk._("Handed in again.") if wanted == Act.SUBMIT.value else tk._("Taken back."))
    return tk.redirect_to("govshare_publication.receipt", token=token)


ROUTES = [
    ("/application/submit", submit, "GET", "POST"),
    ("/application/receipt/<token>", receipt),
    ("/application/receipt/<token>/act", correct, "POST"),
]
