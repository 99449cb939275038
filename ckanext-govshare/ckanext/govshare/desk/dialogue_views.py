"""What the public wrote, at the desk of the office and of the departments: lists, and one page to act on each case."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from werkzeug.wrappers import Response

from ckanext.govshare.desk import pages, review_views
from ckanext.govshare.kernel.cases import Act, DialogueState

__all__ = ["ROUTES"]

STATES = ["waiting", *(state.value for state in DialogueState if state is not DialogueState.WITHDRAWN)]
#: Acts of the page, and the parameter that takes the words of its form.
ACTS = {
    Act.ACCEPT.value: "opinion",
    Act.REFUSE.value: "reason",
    Act.RETURN.value: "reason",
    Act.ASSIGN.value: "opinion",
    Act.ANSWER.value: "answer",
    Act.CLOSE.value: "opinion",
    "publish": "opinion",
    "take_down": "reason",
    "restore": "reason",
}
LONG = 10_000  # characters that are handed on, so that the action names what is too long


def _room() -> None:
    """Let in members, where the room of the dialogue is loaded."""
    if not pages.offers("govshare_dialogue_list"):
        tk.abort(404)
    pages.members_only()


def dialogues() -> str:
    """What waits for the person's department, and everything else that was given to it."""
    _room()
    return _list("govshare_desk.dialogues")


def office_dialogues() -> str:
    """What the public wrote to the departments of the region."""
    _room()
    pages.office_only()
    return _list("govshare_desk.office_dialogues")


def _list(endpoint: str) -> str:
    asked = {name: tk.request.args.get(name, "") for name in ("state", "kind", "overdue")}
    kinds = tk.h.govshare_dialogue_kinds()
    chosen = {
        "state": asked["state"] if asked["state"] in (*STATES, "all") else STATES[0],
        "kind": asked["kind"] if asked["kind"] in kinds else "",
        "overdue": asked["overdue"] == "1",
    }
    number = pages.page_number()
    wanted = {
        **chosen,
        "state": "" if chosen["state"] == "all" else chosen["state"],
        "inside": True,
        "limit": pages.PAGE,
        "offset": (number - 1) * pages.PAGE,
    }
    found = pages.ask("govshare_dialogue_list", wanted)
    extra = {
        "found": found,
        "chosen": chosen,
        "tabs": STATES,
        "endpoint": endpoint,
        "page": pages.pager(found["count"], number),
    }
    return tk.render("govshare/desk/dialogues.html", extra)


def dialogue(id: str) -> str:
    """One case with everything to judge it by."""
    return _case(id)


def _case(id: str, refused: dict[str, list[str]] | None = None) -> str:
    _room()
    found = pages.ask("govshare_dialogue_show", {"id": id})
    if "acts" not in found:
        return tk.abort(404)  # public, but not this person's to work on
    people = review_views.names(
        {event["actor"] for event in found["events"]} | {line["to"] for line in found["mails"]}
    )
    people |= {"dialogue": tk._("The author"), "author": tk._("The author")}
    needs = {Act.ACCEPT.value, Act.ASSIGN.value} & set(found["acts"])
    extra = {
        "case": found,
        "people": people,
        "departments": tk.h.govshare_dialogue_departments() if needs else [],
        "refused": refused or {},
        "typed": tk.request.form,
    }
    return tk.render("govshare/desk/dialogue.html", extra)


def dialogue_act(id: str) -> str | Response:
    """Do one act; a second click finds the case where the first one took it."""
    _room()
    wanted, form = tk.request.form.get("act", ""), tk.request.form
    if wanted not in ACTS:
        return tk.abort(400, tk._("Choose what to do"))
    data: dict[str, Any] = {"id": id, ACTS[wanted]: pages.text("words", LONG)}
    if wanted in (Act.ACCEPT.value, Act.ASSIGN.value):
        data["organization"] = pages.given("organization")
    if wanted in (Act.ACCEPT.value, "publish"):
        data |= {"shown": "shown" in form, "blacked": form.get("blacked", "").replace("\r\n", "\n")[:LONG]}
    after, refused = pages.act(f"govshare_dialogue_{wanted}", data)
    if after is None:
        return _case(id, refused)
    tk.h.flash_success(tk._("Recorded"))
    return tk.redirect_to("govshare_desk.dialogue", id=id)


ROUTES = [
    ("/desk/dialogue", dialogues),
    ("/office/dialogue", office_dialogues),
    ("/desk/dialogue/<id>", dialogue),
    ("/desk/dialogue/<id>/act", dialogue_act, "POST"),
]
