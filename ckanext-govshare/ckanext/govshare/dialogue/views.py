"""Pages of the room `dialogue`: the board and a case for everybody, the form, the receipt of who wrote."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.lib.pagination import Page
from flask import Blueprint, make_response
from werkzeug.wrappers import Response

from ckanext.govshare import config, receipts
from ckanext.govshare.dialogue import given, words
from ckanext.govshare.dialogue.model import CONTACT, KINDS
from ckanext.govshare.kernel.cases import Act

blueprint = Blueprint("govshare_dialogue", __name__)

SIZE = 20
TOO_MANY = 429
TYPED = (
    "title", "text", "about", "right", "purpose", "evidence", "provider", "rating", "ground", *CONTACT,
    "consent", "website", "nonce",
)  # fmt: skip


def _context() -> dict[str, Any]:
    """A fresh context of the person in front of the page."""
    account = getattr(tk.current_user, "_get_current_object", lambda: tk.current_user)()
    user = getattr(account, "name", "") or ""
    return {"user": user, "auth_user_obj": account} if user else {"user": ""}


def _asked(name: str, most: int = 200) -> str:
    """A value of the address, without what cannot be searched for or stored."""
    value = tk.request.args.get(name, "").replace("\x00", "").encode("utf-8", "ignore").decode()
    return value.strip()[:most]


def _page_number() -> int:
    asked = _asked("page")
    return max(1, int(asked)) if asked.isascii() and asked.isdecimal() and len(asked) < 6 else 1


@blueprint.route("/dialogue")
def index() -> str:
    """What the public asked and what it was answered: kinds, figures, filters, search. Alike for everybody."""
    chosen = {
        "kind": kind if (kind := _asked("kind")) in KINDS else "",
        "state": state if (state := _asked("state")) in words.public_states() else "",
        "q": _asked("q"),
        "entry": _asked("entry"),
    }
    number = _page_number()
    asked = {**chosen, "limit": SIZE, "offset": (number - 1) * SIZE}
    found = tk.get_action("govshare_dialogue_list")({"user": ""}, asked)
    return tk.render("govshare/dialogue/index.html", {
        "found": found,
        "chosen": chosen,
        "entry": given.entry(chosen["entry"]),
        "figures": tk.get_action("govshare_dialogue_counts")({"user": ""}, {}),
        "terms": {kind: given.term(kind) for kind in KINDS},
        "page": Page(collection=range(found["count"]), page=number, items_per_page=SIZE, item_count=found["count"]),
        "days": words.days,
    })  # fmt: skip


@blueprint.route("/dialogue/<id>")
def read(id: str) -> str:
    """One case as everybody may read it, whoever looks."""
    try:
        found = tk.get_action("govshare_dialogue_show")({"user": ""}, {"id": id})
    except tk.ObjectNotFound:
        return tk.abort(404, tk._("There is no such case"))
    return tk.render("govshare/dialogue/read.html", {"case": found})


@blueprint.route("/dialogue/new", methods=["GET", "POST"])
def new() -> str | Response | tuple[str, int]:
    """The form of a kind, and what is sent by it; without a kind, the kinds to choose from."""
    if tk.request.method == "GET":
        kind, named = _asked("kind"), given.entry(_asked("entry"))
        if kind not in KINDS:
            extra = {"terms": {kind: given.term(kind) for kind in KINDS}, "entry": named}
            return tk.render("govshare/dialogue/choose.html", extra)
        values = {"about": _asked("field"), "title": _asked("words", given.MOST["title"])}
        return tk.render("govshare/dialogue/new.html", _form(kind, values, {}, entry=named))
    values = _typed()
    kind = tk.request.form.get("kind", "")
    if kind not in KINDS:
        return tk.abort(400, tk._("Choose one of the values offered"))
    values |= {"kind": kind, "entry": tk.request.form.get("entry", "")}
    try:
        made = _hand_in(values)
    except tk.ValidationError as refused:
        model.Session.rollback()
        status = TOO_MANY if "throttled" in refused.error_dict else 200
        extra = _form(kind, values, refused.error_dict, entry=given.entry(values["entry"]))
        return tk.render("govshare/dialogue/new.html", extra), status
    return tk.redirect_to("govshare_dialogue.receipt", code=made["code"])


def _hand_in(values: dict[str, Any]) -> dict[str, Any]:
    """Create the case, unless the form came sooner than a person fills it in, or was never drawn here."""
    if receipts.age(values["nonce"], tk.request.form.get("drawn", "")) < config.get("dialogue.min_seconds"):
        raise tk.ValidationError({"": [tk._("That was very quick. Look it over and send it again.")]})
    return tk.get_action("govshare_dialogue_create")(_context(), values)


def _typed() -> dict[str, Any]:
    """What was sent, as the actions take it and as the form shows it again."""
    return {name: tk.request.form.get(name, "") for name in TYPED}


def _form(kind: str, values: dict[str, Any], errors: dict[str, Any], **more: Any) -> dict[str, Any]:
    """What the template of the form needs."""
    nonce = values.get("nonce") or receipts.new_nonce()
    return {
        "kind": kind,
        "values": values,
        "errors": {name: words.as_list(messages) for name, messages in errors.items()},
        "most": given.MOST,
        "required": given.REQUIRED[kind],
        "departments": tk.h.govshare_dialogue_departments() if kind == "request" else [],
        "term": given.term(kind),
        "nonce": nonce,
        "drawn": receipts.stamp(nonce),
        **more,
    }


@blueprint.route("/dialogue/mine", methods=["GET", "POST"])
def mine() -> str | Response | tuple[str, int]:
    """The way back to a receipt by its code."""
    if tk.request.method == "GET":
        return tk.render("govshare/dialogue/mine.html", {"code": "", "fault": ""})
    typed = tk.request.form.get("code", "").strip()[:100]
    try:
        tk.get_action("govshare_dialogue_show")({"user": ""}, {"code": typed or "-"})
    except tk.ObjectNotFound as fault:
        return tk.render("govshare/dialogue/mine.html", {"code": typed, "fault": str(fault)})
    return tk.redirect_to("govshare_dialogue.receipt", code=receipts.plain_code(typed))


@blueprint.route("/dialogue/mine/<code>")
def receipt(code: str) -> Response:
    """Where a case stands, for who knows its code."""
    return _receipt(code)


def _receipt(
    code: str, values: dict[str, Any] | None = None, errors: dict[str, Any] | None = None
) -> Response:
    try:
        found = tk.get_action("govshare_dialogue_show")({"user": ""}, {"code": code})
    except tk.ObjectNotFound as fault:
        return tk.abort(404, str(fault))
    typed = values or {**{name: found[name] for name in TYPED if name in found}, **found["contact"]}
    extra = {"case": found, "code": code, **_form(found["kind"], typed, errors or {}, entry=found["entry"])}
    response = make_response(tk.render("govshare/dialogue/receipt.html", extra))
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@blueprint.route("/dialogue/mine/<code>/act", methods=["POST"])
def act(code: str) -> Response:
    """Supplement what the office returned, or take it back."""
    wanted = tk.request.form.get("act", "")
    if wanted not in (Act.SUBMIT.value, Act.WITHDRAW.value):
        return tk.abort(400, tk._("Choose what to do"))
    values = _typed()
    try:
        tk.get_action(f"govshare_dialogue_{wanted}")({"user": ""}, {**values, "code": code})
    except tk.ValidationError as refused:
        model.Session.rollback()
        return _receipt(code, values if wanted == Act.SUBMIT.value else None, refused.error_dict)
    except tk.ObjectNotFound as fault:
        return tk.abort(404, str(fault))
    tk.h.flash_success(tk._("Handed in again.") if wanted == Act.SUBMIT.value else tk._("Taken back."))
    return tk.redirect_to("govshare_dialogue.receipt", code=code)
