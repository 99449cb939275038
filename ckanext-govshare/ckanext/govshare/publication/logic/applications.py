"""Actions on data applications: those that somebody handed in (beside), and the registered ones after that."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.types import Context

from ckanext.govshare import roles
from ckanext.govshare.kernel import clock
from ckanext.govshare.publication import submissions, submissions_input
from ckanext.govshare.publication import submissions_registered as registered
from ckanext.govshare.publication.logic.submissions import (
    govshare_submission_approve,
    govshare_submission_create,
    govshare_submission_list,
    govshare_submission_return,
    govshare_submission_show,
    govshare_submission_submit,
    govshare_submission_update,
    govshare_submission_withdraw,
)
from ckanext.govshare.publication.submissions import LOOKED_AT, Look

__all__ = [
    "govshare_application_list",
    "govshare_application_look",
    "govshare_application_todo",
    "govshare_application_withdraw",
    "govshare_submission_approve",
    "govshare_submission_create",
    "govshare_submission_list",
    "govshare_submission_return",
    "govshare_submission_show",
    "govshare_submission_submit",
    "govshare_submission_update",
    "govshare_submission_withdraw",
]

LONGEST_NOTE = 1000
NO = ("0", "false", "no", "off")


@tk.side_effect_free
def govshare_application_list(context: Context, data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """Registered applications of the caller's region with their proof, for the office; by title.

    :param proof: only those whose proof by a person's look is ``soon`` to run out, ``old``, ``holds``, or ``due``
        (soon or old); all by default
    :param id: only this one (id or name)
    :returns: ``[{id, name, title, app_form, url, app_id, doi, developer, developer_kind, approved, own_use,
        proof_checked, proof: none|holds|soon|old, holds_until, looks: [{at, actor, ok, note, holds_until}]}]``
    """
    tk.check_access("govshare_application_list", context, data_dict)
    wanted, package_id = data_dict.get("proof") or "", ""
    if wanted not in ("", "due", *registered.PROOFS):
        raise tk.ValidationError({"proof": [tk._("Unknown state")]})
    if data_dict.get("id"):
        package_id = _application({"id": data_dict["id"]}).id
    rows = registered.applications(roles.Hands.of(context.get("user")).offices, package_id)
    if wanted:
        states = ("soon", "old") if wanted == "due" else (wanted,)
        rows = [row for row in rows if row["proof"] in states and row["approved"] == "1"]
    looks = registered.looks(row["id"] for row in rows)
    return [{**row, "looks": looks[row["id"]]} for row in rows]


def _application(data_dict: dict[str, Any]) -> model.Package:
    id = tk.get_or_bust(data_dict, "id")
    package = model.Package.get(id) if isinstance(id, str) and "\x00" not in id else None
    if package is None or package.type != "application" or package.state != "active":
        raise tk.ObjectNotFound(tk._("There is no such application"))
    return package


def _approved(data_dict: dict[str, Any]) -> model.Package:
    """An application that is shown, held until the transaction ends."""
    package = _application(data_dict)
    model.Session.execute(sa.select(model.Package.id).where(model.Package.id == package.id).with_for_update())
    model.Session.refresh(package)
    if package.extras.get("approved") != "1":
        raise tk.ValidationError({"state": [tk._("This application is not shown at present")]})
    return package


def _note(data_dict: dict[str, Any], name: str) -> str:
    value = data_dict.get(name) or ""
    if not isinstance(value, str) or "\x00" in value or len(value) > LONGEST_NOTE:
        message = tk._("At most {number} characters").format(number=LONGEST_NOTE)
        raise tk.ValidationError({name: [message]})
    return value.strip()


def _write(context: Context, package: model.Package, action: str, data: dict[str, Any], **fields: str) -> None:
    """Change fields of an application with an event, in one transaction."""
    tk.get_action("govshare_event_add")(
        {"ignore_auth": True, "user": context["user"]},
        {
            "action": action,
            "object_type": "application",
            "object_id": package.id,
            "region": roles.region_of(package.owner_org),
            "data": {"title": package.title, **data},
        },
    )
    tk.get_action("package_patch")({"user": context["user"]}, {"id": package.id, **fields})


def govshare_application_look(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Record that a person of the office looked at a mini-program, app or official account. Proof for 90 days.

    Sent twice on one day with the same words, it is one look. Source: standards.md §7 "Applications".

    :param id: id or name of the application
    :param ok: whether it works and uses the data; false ends its proof
    :param note: what was seen, at most 1000 characters; needed where all was not well
    :returns: ``{at, actor, ok, note, holds_until}``
    :raises NotAuthorized: the caller is not of the office of its region
    :raises ValidationError: ``note`` is missing; ``id``: the proof of its form needs no look; it is not shown
    """
    tk.check_access("govshare_application_look", context, data_dict)
    package = _approved(data_dict)
    if package.extras.get("app_form") not in LOOKED_AT:
        raise tk.ValidationError({"id": [tk._("The proof of this form needs no person's look")]})
    ok, note = submissions_input.is_yes(data_dict.get("ok")), _note(data_dict, "note")
    if not ok and str(data_dict.get("ok")).strip().lower() not in NO:
        raise tk.ValidationError({"ok": [tk._("Say whether it works")]})
    if not ok and not note:
        raise tk.ValidationError({"note": [tk._("Say what was seen")]})
    last = model.Session.scalars(
        sa.select(Look).filter_by(package_id=package.id).order_by(Look.id.desc()).limit(1)
    ).first()
    same = last is not None and (last.actor, last.ok, last.note) == (context["user"], ok, note)
    if same and last.at.astimezone(clock.ZONE).date() == clock.today():
        model.Session.rollback()
        return last.as_dict()
    look = registered.add_look(package.id, context["user"], ok, note)
    model.Session.flush()
    answer = look.as_dict()
    checked = clock.today().isoformat() if ok else ""
    _write(context, package, "application_look", {"ok": ok, "note": note}, proof_checked=checked)
    return answer


def govshare_application_withdraw(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Take an application off the public pages. Its register entry stays, and the office may approve it again.

    :param id: id or name of the application
    :param reason: why (recorded), at most 1000 characters
    :returns: ``{id, name, approved: false}``
    :raises NotAuthorized: the caller is not of the office of its region
    :raises ValidationError: ``reason`` is missing; ``state``: it is not shown
    """
    tk.check_access("govshare_application_withdraw", context, data_dict)
    package = _approved(data_dict)
    reason = _note(data_dict, "reason")
    if not reason:
        raise tk.ValidationError({"reason": [tk._("Give the reason")]})
    answer = {"id": package.id, "name": package.name, "approved": False}
    _write(context, package, "application_withdraw", {"reason": reason}, approved="0")
    return answer


@tk.side_effect_free
def govshare_application_todo(context: Context, data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """What the office has to do with applications: to review, and proofs that run out within 14 days or are old.

    :returns: lines of the to-do list ``{slug, title, detail, url, since, due, level, organization, count}``
    """
    tk.check_access("govshare_application_todo", context, data_dict)
    regions = roles.Hands.of(context.get("user")).offices
    number, since = submissions.waiting(regions)
    lines = []
    if number:
        lines.append(_line(
            "application_review", tk._("Review an application that was handed in"), number, "/office/submission",
            since=since.astimezone(clock.ZONE).isoformat(),
        ))  # fmt: skip
    due = [
        row
        for row in registered.applications(regions)
        if row["approved"] == "1" and row["proof"] in ("soon", "old")
    ]
    if due:
        days = [row["holds_until"] for row in due if row["holds_until"]]
        lines.append(_line(
            "application_proof", tk._("Look at an application again"), len(due), "/office/application?proof=due",
            detail="、".join(row["title"] for row in due[:3]), due=min(days) if days else None,
            level="late" if any(row["proof"] == "old" for row in due) else "warn",
        ))  # fmt: skip
    return lines


def _line(slug: str, title: str, count: int, url: str, **more: Any) -> dict[str, Any]:
    empty = {"detail": "", "since": None, "due": None, "level": "info", "organization": ""}
    return {**empty, "slug": slug, "title": title, "url": url, "count": count, **more}
