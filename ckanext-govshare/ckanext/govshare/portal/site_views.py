"""The office's forms: pages, announcements, settings of the site. Each POST carries a token; preview saves nothing."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
import flask
from ckan import model
from flask import Blueprint
from werkzeug.wrappers import Response

from ckanext.govshare.portal import announcements, colours, pages, settings

TYPED = ("title", "text", "title_en", "text_en", "since", "until", "pinned")
BOTH = ["GET", "POST"]


def register(blueprint: Blueprint) -> None:
    """Add the addresses to the portal's blueprint."""
    blueprint.add_url_rule("/site-settings", "settings", site_settings, methods=BOTH)
    blueprint.add_url_rule("/site-settings/pages", "settings_pages", page_list)
    blueprint.add_url_rule("/site-settings/announcements", "settings_announcements", announcement_list)
    blueprint.add_url_rule("/page/<slug>/edit", "edit_page", edit_page, methods=BOTH)
    blueprint.add_url_rule("/announcement/new", "new_announcement", edit_announcement, methods=BOTH)
    blueprint.add_url_rule("/announcement/<id>/edit", "edit_announcement", edit_announcement, methods=BOTH)
    blueprint.add_url_rule(
        "/announcement/<id>/withdraw", "withdraw_announcement", withdraw_announcement, methods=["POST"]
    )


def _context() -> dict[str, Any]:
    return {"user": tk.current_user.name if tk.current_user.is_authenticated else ""}


def _only(action: str) -> None:
    """Let nobody in but who may do this: a visitor is asked to log in, others get 403."""
    try:
        tk.check_access(action, _context(), {})
    except tk.NotAuthorized as error:
        if not tk.current_user.is_authenticated:
            flask.abort(tk.redirect_to("user.login", came_from=tk.request.full_path))
        tk.abort(403, str(error))


def _ask(action: str, data: dict[str, Any]) -> Any:
    try:
        return tk.get_action(action)(_context(), data)
    except tk.ObjectNotFound as error:
        return tk.abort(404, str(error))


def _preview() -> bool:
    return "preview" in tk.request.form


def site_settings() -> str | Response:
    """Names, emblem, colours and foot, with a preview."""
    _only("govshare_site_update")
    values, errors = settings.current(), {}
    if tk.request.method == "POST":
        form = tk.request.form
        typed = {name: form[name].strip() for name in settings.SETTINGS if name in form and name != "emblem"}
        try:
            typed["emblem"] = _emblem(values["emblem"])
            settings.checked(typed)
            if not _preview():
                _ask("govshare_site_update", typed)
                tk.h.flash_success(tk._("Saved. Everybody sees it with the next page."))
                return tk.redirect_to("govshare_portal.settings")
        except tk.ValidationError as refused:
            model.Session.rollback()
            errors = refused.error_dict
        values |= typed
    return tk.render("govshare/site/settings.html", {
        "values": values,
        "errors": errors,
        "preview": _preview() and not errors,
        "picture": settings.image(values["emblem"]) is not None,
        "style": _style(values),
    })  # fmt: skip


def _emblem(before: str) -> str:
    """The emblem of the form: a new picture, the one there is, or a character."""
    form, file = tk.request.form, tk.request.files.get("emblem_file")
    if file is not None and file.filename:
        return settings.as_emblem(file.stream.read(settings.MOST_IMAGE + 1))
    if form.get("emblem_held", "").startswith("data:"):
        held = form["emblem_held"]
        return held if not form.get("emblem_drop") else form.get("emblem", "").strip()
    return before if form.get("emblem_keep") else form.get("emblem", "").strip()


def _style(values: dict[str, str]) -> str:
    """The colours of a preview as the value of an attribute; empty unless both are colours."""
    both = (values["brand"], values["brand_deep"])
    if not all(colours.COLOUR.fullmatch(colour) for colour in both):
        return ""
    return f"--gs-brand:{both[0]};--gs-brand-deep:{both[1]};--gs-brand-bright:{colours.mix(both[0], 0.8, '#58b0ff')}"


def page_list() -> str:
    """The static pages with their states, in both languages."""
    _only("govshare_page_update")
    rows = [_ask("govshare_page_list", {"language": language}) for language in pages.LANGUAGES]
    return tk.render("govshare/site/settings_pages.html", {"rows": list(zip(*rows, strict=True))})


def edit_page(slug: str) -> str | Response:
    """A page in one language, as Markdown."""
    _only("govshare_page_update")
    language = pages.language(tk.request.values.get("language"))
    about = {"slug": slug, "language": language}
    now = _ask("govshare_page_show", dict(about))
    values, errors = {**now, "note": ""}, {}
    if tk.request.method == "POST":
        typed = {name: tk.request.form.get(name, "") for name in ("title", "text", "note", "version")}
        values |= typed
        if not _preview():
            try:
                _ask("govshare_page_update", {**about, **typed})
                tk.h.flash_success(tk._("Saved. Everybody sees it with the next page."))
                return tk.redirect_to("govshare_portal.page", slug=slug)
            except tk.ValidationError as refused:
                model.Session.rollback()
                errors = refused.error_dict
    return tk.render("govshare/site/edit_page.html", {
        "slug": slug,
        "label": pages.label(slug),
        "language": language,
        "values": values,
        "errors": errors,
        "preview": _preview(),
        "versions": _ask("govshare_page_history", dict(about)),
    })  # fmt: skip


def announcement_list() -> str:
    """Every announcement, also those of other days and withdrawn ones."""
    _only("govshare_announcement_create")
    found = _ask("govshare_announcement_list", {"all": True, "limit": announcements.MOST})
    return tk.render("govshare/site/settings_announcements.html", {"found": found})


def edit_announcement(id: str = "") -> str | Response:
    """A new announcement, or one that there is."""
    _only("govshare_announcement_update" if id else "govshare_announcement_create")
    values = _ask("govshare_announcement_show", {"id": id}) if id else {}
    errors: dict[str, Any] = {}
    if tk.request.method == "POST":
        typed = {name: tk.request.form.get(name, "") for name in TYPED}
        values = {**values, **typed}
        action = "govshare_announcement_update" if id else "govshare_announcement_create"
        try:
            if _preview():
                announcements.checked(typed)
            else:
                made = _ask(action, {**typed, "id": id})
                tk.h.flash_success(tk._("Saved. Everybody sees it with the next page."))
                shown = "announcement" if made["shown"] else "settings_announcements"
                return tk.redirect_to(
                    f"govshare_portal.{shown}", **({"id": made["id"]} if made["shown"] else {})
                )
        except tk.ValidationError as refused:
            model.Session.rollback()
            errors = refused.error_dict
    extra = {"id": id, "values": values, "errors": errors, "preview": _preview() and not errors}
    return tk.render("govshare/site/edit_announcement.html", extra)


def withdraw_announcement(id: str) -> Response:
    """Take an announcement from the public pages."""
    _only("govshare_announcement_withdraw")
    _ask("govshare_announcement_withdraw", {"id": id})
    tk.h.flash_success(tk._("The announcement is no longer shown."))
    return tk.redirect_to("govshare_portal.settings_announcements")
