"""Review: one change with its difference and its acts, the merge of two versions, lists, bulk approval.

Everything that changes something is a POST with a token; the actions decide who may, whatever a page shows.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from werkzeug.wrappers import Response

from ckanext.govshare.desk import pages
from ckanext.govshare.desk.summary import overdue_before
from ckanext.govshare.kernel import forms
from ckanext.govshare.kernel.cases import Act, ChangeState
from ckanext.govshare.roles import Role

__all__ = ["ROUTES", "oldest_first"]

MOST = 100  # overdue reviews of each kind that are listed
ACTS = {act.value for act in Act}
REVIEWS = (ChangeState.DEPT_REVIEW.value, ChangeState.OFFICE_REVIEW.value)


def change(id: str) -> str:
    """One change: where it stands, what it changes, what is missing, who said what."""
    return _page(id, {})


def _page(id: str, refused: dict[str, list[str]]) -> str:
    found = pages.ask("govshare_change_show", {"id": id})
    actors = {event["actor"] for event in found["events"]} | {*found["authors"], found["created_by"]}
    published = bool(found["package_id"]) and found["state"] != ChangeState.APPROVED.value
    extra = {
        "change": found,
        "people": names(actors),
        "refused": labelled(found["package_type"], refused),
        "findings": sorted(found["findings"], key=lambda finding: finding["severity"] != "refuse"),
        "returned": _last_return(found),
        "files": _files(found),
        "new": not published and not found["name"],
        "main": forms.installed()[found["package_type"]].of_kind("system") != (),
    }
    return tk.render("govshare/desk/change.html", extra)


def _last_return(found: dict[str, Any]) -> dict[str, Any] | None:
    if found["state"] != ChangeState.RETURNED.value:
        return None
    return next((event for event in reversed(found["events"]) if event["act"] == Act.RETURN.value), None)


def _files(found: dict[str, Any]) -> list[dict[str, Any]]:
    """Files of a change with the state of their opening review, where that room answers."""
    resources = [dict(resource) for resource in found["data"].get("resources") or []]
    if not resources or not pages.offers("govshare_opening_show"):
        return resources
    shown, _refused = pages.act("govshare_opening_show", {"change_id": found["id"]})
    by_name = {}
    for opening in _openings(shown):
        by_name[opening.get("digest")] = by_name[opening.get("name")] = opening
    for resource in resources:
        if resource.get("audience") == "open":
            resource["opening"] = by_name.get(resource.get("hash")) or by_name.get(resource.get("name"))
    return resources


def _openings(shown: Any) -> list[dict[str, Any]]:
    if isinstance(shown, dict):
        return list(shown.get("files") or shown.get("resources") or [])
    return list(shown or [])


def names(users: set[str]) -> dict[str, str]:
    """How people are called, by user name, in one query; who is no person is named by what it is."""
    rows = model.Session.execute(
        sa.select(model.User.name, model.User.fullname).where(model.User.name.in_(users))
    )
    found = {name: full or name for name, full in rows}
    return {
        user: found.get(user) or (tk._("an exchange point") if ":" in user else user or "—") for user in users
    }


def labelled(package_type: str, refused: dict[str, list[str]]) -> list[tuple[str, str]]:
    """A refusal by field as lines of label and sentence."""
    form = forms.installed().get(package_type)
    english = str(tk.h.lang() or "").startswith("en")

    def label(name: str) -> str:
        if form is not None and name in form:
            return form.field(name).en if english else form.field(name).zh
        return {"resources": tk._("Files")}.get(name, "")

    return [(label(name), message) for name, messages in refused.items() for message in messages]


def act(id: str) -> str | Response:
    """Approve, return, withdraw or hand in. A second click finds the change where the first one took it."""
    wanted = tk.request.form.get("act", "")
    if wanted not in ACTS:
        return tk.abort(400, tk._("Choose what to do with the change"))
    pages.members_only()
    before = pages.ask("govshare_change_show", {"id": id})
    words = pages.text("words")
    data = {"id": id, "opinion": words, "reason": words}
    after, refused = pages.act(f"govshare_change_{wanted}", data)
    if refused:
        if "" in refused or "state" in refused or wanted == Act.RETURN.value:
            pages.tell(refused)
            return tk.redirect_to("govshare_desk.change", id=id)
        return _page(id, refused)
    tk.h.flash_success(_done(before, after))
    return tk.redirect_to("govshare_desk.change", id=id)


def _done(before: dict[str, Any], after: dict[str, Any]) -> str:
    texts = {
        ChangeState.DEPT_REVIEW.value: tk._("Handed in. A reviewer of the department has it now."),
        ChangeState.OFFICE_REVIEW.value: tk._("Done. The office has it now."),
        ChangeState.RETURNED.value: tk._("Sent back. It is on the department's to-do list now."),
        ChangeState.APPROVED.value: tk._("Approved and published."),
        ChangeState.WITHDRAWN.value: tk._("Taken back. The catalogue stays as it is."),
    }
    if after["state"] == ChangeState.APPROVED.value and before["purpose"] == "withdraw":
        return tk._("Approved. The entry is withdrawn.")
    return texts[after["state"]]


def merge(id: str) -> str | Response:
    """Put a change on top of the version that was published meanwhile: one choice for each conflict."""
    pages.members_only()
    found = pages.ask("govshare_change_show", {"id": id})
    if not found["base_moved"] or not found["may_write"]:
        return tk.redirect_to("govshare_desk.change", id=id)
    refused: dict[str, list[str]] = {}
    if tk.request.method == "POST":
        choices = {row["field"]: tk.request.form.get(f"choice-{row['field']}", "") for row in found["merge"]}
        after, refused = pages.act("govshare_change_merge", {"id": id, "choices": choices})
        if after is not None:
            tk.h.flash_success(tk._("Merged. Look it over and hand it in again."))
            return tk.redirect_to("govshare_desk.change", id=id)
    lines = labelled(found["package_type"], refused)
    return tk.render("govshare/desk/merge.html", {"change": found, "refused": lines})


def changes() -> str:
    """Changes that the person may see, filtered by department, state and type."""
    pages.members_only()
    args = tk.request.args
    is_office = any(Role.OFFICE in held for _organization, held in pages.memberships())
    rows = pages.ask("govshare_desk_summary", {"office": True}) if is_office else []
    departments = {row["organization"]["id"]: row["organization"]["title"] for row in rows}
    departments |= {org.id: org.title for org in pages.own_departments()}
    state, waiting = args.get("state", ""), args.get("waiting") == "1"
    chosen = {
        "organization": args.get("organization", "") if args.get("organization") in departments else "",
        "state": state if state in {"open", *(known.value for known in ChangeState)} else "",
        "package_type": args.get("type", "") if args.get("type") in forms.installed() else "",
        "waiting": waiting,
        "mine": args.get("mine") == "1",
    }
    number, overdue = pages.page_number(), args.get("overdue") == "1"
    if overdue:
        listed = _overdue(chosen)
    else:
        listed = oldest_first(chosen, number) if waiting else _newest(chosen, number)
    extra = {
        "listed": listed,
        "chosen": chosen,
        "departments": sorted(departments.items(), key=lambda pair: pair[1]),
        "states_known": [known.value for known in ChangeState],
        "types": sorted(forms.installed()),
        "page": pages.pager(0 if overdue else listed["count"], number),
        "people": names({line["updated_by"] for line in listed["results"]}),
        "bulk": any(line["state"] in REVIEWS for line in listed["results"]),
        "reviews": REVIEWS,
        "overdue": overdue,
    }
    return tk.render("govshare/desk/changes.html", extra)


def _newest(chosen: dict[str, Any], number: int) -> dict[str, Any]:
    return pages.ask(
        "govshare_change_list", {**chosen, "limit": pages.PAGE, "offset": (number - 1) * pages.PAGE}
    )


def _overdue(chosen: dict[str, Any]) -> dict[str, Any]:
    """Reviews that wait too long, the longest first; what the office's front page counts."""
    before = overdue_before()
    asked = [{**chosen, "state": state} for state in REVIEWS if chosen["state"] in ("", "open", state)]
    found = [line for query in asked for line in oldest_first(query, 1, MOST)["results"]]
    late = sorted(
        (line for line in found if datetime.fromisoformat(line["since"]) < before),
        key=lambda line: line["since"],
    )
    return {"count": len(late), "results": late}


def oldest_first(chosen: dict[str, Any], number: int, size: int = pages.PAGE) -> dict[str, Any]:
    """A page of a list that begins with what waits longest; the action's own order is the other way round."""
    count = pages.ask("govshare_change_list", {**chosen, "limit": 1})["count"]
    end = max(count - (number - 1) * size, 0)
    start = max(end - size, 0)
    if start == end:
        return {"count": count, "results": []}
    found = pages.ask("govshare_change_list", {**chosen, "limit": end - start, "offset": start})
    return {"count": count, "results": found["results"][::-1]}


def approve_many() -> str | Response:
    """Approve the marked changes; each stands or falls by itself and says why."""
    pages.members_only()
    ids = [id for id in tk.request.form.getlist("ids") if id and "\x00" not in id]
    back = tk.request.form.get("back", "")
    back = back if back in ("office", "changes") else "changes"
    if not ids:
        tk.h.flash_error(tk._("Mark the entries that you approve first"))
        return tk.redirect_to(f"govshare_desk.{back}")
    results, refused = pages.act("govshare_change_approve_many", {"ids": ids, "opinion": pages.text("words")})
    if refused:
        pages.tell(refused)
        return tk.redirect_to(f"govshare_desk.{back}")
    for line in results:
        line["why"] = [message for messages in line["error"].values() for message in pages.as_list(messages)]
    extra = {"results": results, "done": sum(line["done"] for line in results), "back": back}
    return tk.render("govshare/desk/approved.html", extra)


ROUTES = [
    ("/desk/changes", changes),
    ("/desk/changes/approve", approve_many, "POST"),
    ("/desk/change/<id>", change),
    ("/desk/change/<id>/act", act, "POST"),
    ("/desk/change/<id>/merge", merge, "GET", "POST"),
]
