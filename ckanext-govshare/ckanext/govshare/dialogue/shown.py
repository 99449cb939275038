"""A case as the public, its author, and those who work on it see it; and blacking out, which leaves the words alone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from ckan import model

from ckanext.govshare import cases, roles
from ckanext.govshare.dialogue.model import (
    CONTACT,
    OPEN,
    PUBLIC,
    WORDS,
    Dialogue,
    Found,
    entries,
)
from ckanext.govshare.kernel import clock, workdays
from ckanext.govshare.kernel.cases import DIALOGUE, Act, DialogueState, Party

BLACK = "█████"
AUTHOR = "dialogue"  # the actor of what an author does: nobody has an account for it


def moment(when: datetime | None) -> str | None:
    """A moment in ISO form, Beijing time."""
    return when.astimezone(clock.ZONE).isoformat(timespec="seconds") if when else None


def blackened(data: dict[str, Any], passages: Iterable[str]) -> dict[str, Any]:
    """The fields that the public reads, with every passage replaced by a mark of one length."""
    found = {name: value for name, value in data.items() if value not in (None, "")}
    for passage in sorted(passages, key=len, reverse=True):
        for name in WORDS:
            if name in found:
                found[name] = found[name].replace(passage, BLACK)
    return found


def set_shown(row: Dialogue, passages: list[str], *, shown: bool) -> None:
    """Let the public read a contribution, or no longer.

    :param passages: what is blacked out of it
    """
    row.blacked = passages
    row.shown = blackened(row.data, passages) if shown else None
    set_words(row)


def set_words(row: Dialogue) -> None:
    """Keep what a search of the public looks through: what is shown, and an answer that is public."""
    texts = [row.shown[name] for name in WORDS if row.shown.get(name)] if row.shown else []
    row.words = "\n".join([*texts, row.answer] if row.shown and row.answered else texts).casefold()


def is_late(row: Dialogue, case: cases.Case) -> bool:
    """Whether the answer is, or was, overdue."""
    if case.due is None or case.state not in (*OPEN, DialogueState.CLOSED.value):
        return False
    return (row.answered or clock.now()) >= case.due


def days_left(case: cases.Case) -> int | None:
    """Working days until the answer is due; negative when it is over, None where nothing runs."""
    return workdays.between(clock.now(), case.due) if case.due is not None and case.state in OPEN else None


class Names:
    """Names of entries and departments for many cases: two statements for all of them."""

    def __init__(self, found: Iterable[Found]):
        pairs = list(found)
        self.entries = entries({row.package_id for row, _case in pairs})
        self.departments = departments(
            {case.organization_id for _row, case in pairs}
            | {row.data.get("provider") for row, _case in pairs}
        )


def departments(ids: set[str | None]) -> dict[str, dict[str, str]]:
    """Organisations by id: ``{name, title}``."""
    wanted = {id for id in ids if id}
    if not wanted:
        return {}
    rows = model.Session.execute(
        sa.select(model.Group.id, model.Group.name, model.Group.title).where(model.Group.id.in_(wanted))
    )
    return {row.id: {"name": row.name, "title": row.title or row.name} for row in rows}


def public(row: Dialogue, case: cases.Case, names: Names) -> dict[str, Any]:
    """A case as everybody sees it. Whether it may be seen is asked before (`model.is_public`)."""
    said = row.shown or {}
    closed = case.state == DialogueState.CLOSED.value
    return {
        "id": row.id,
        "kind": row.kind,
        "state": "answered" if closed else "open",
        **{name: said.get(name, "") for name in WORDS},
        "rating": said.get("rating"),
        "ground": said.get("ground", ""),
        "blacked": len(row.blacked) if row.shown else 0,
        "provider": names.departments.get(said.get("provider") or ""),
        "entry": _plain(names.entries.get(row.package_id or "")),
        "department": names.departments.get(case.organization_id),
        "received": moment(row.created),
        "due": moment(case.due),
        "late": is_late(row, case),
        "answer": row.answer if closed else "",
        "answered": moment(row.answered),
        "took": row.took,
    }


def _plain(entry: dict[str, str] | None) -> dict[str, str] | None:
    return {"name": entry["name"], "title": entry["title"]} if entry else None


def mine(row: Dialogue, case: cases.Case) -> dict[str, Any]:
    """A case as its author sees it with the receipt."""
    acts = cases.events(row.id)
    told = [event.opinion for event in acts if event.act in _TOLD.get(case.state, ())]
    return {
        **public(row, case, Names([(row, case)])),
        **{name: row.data.get(name, "") for name in WORDS},
        **{name: row.data.get(name) for name in ("rating", "ground")},
        "state": _for_author(case.state),
        "reason": told[-1] if told else "",
        "contact": {name: getattr(row, name) for name in CONTACT},
        "has_entry": row.package_id is not None,
        "public": row.shown is not None and case.state in PUBLIC,
        "acts": [
            move.act.value
            for move in DIALOGUE.moves
            if move.start == case.state and move.party is Party.AUTHOR
        ],
    }


# The words of these acts are meant for the author, in these states.
_TOLD = {
    DialogueState.RETURNED.value: (Act.RETURN.value,),
    DialogueState.REFUSED.value: (Act.REFUSE.value,),
}


def _for_author(state: str) -> str:
    """An answer that waits for the office is none yet."""
    return DialogueState.ACCEPTED.value if state == DialogueState.ANSWERED.value else state


def line(row: Dialogue, case: cases.Case, names: Names) -> dict[str, Any]:
    """A case in a list of those who work on it."""
    return {
        "id": row.id,
        "kind": row.kind,
        "state": case.state,
        "title": row.data["title"],
        "entry": _plain(names.entries.get(row.package_id or "")),
        "department": names.departments.get(case.organization_id),
        "received": moment(row.created),
        "since": moment(case.since),
        "due": moment(case.due),
        "days_left": days_left(case),
        "late": is_late(row, case),
        "marks": len(row.marks),
        "shown": row.shown is not None,
        "taken_down": row.taken_down is not None,
    }


def inside(row: Dialogue, case: cases.Case, hands: roles.Hands) -> dict[str, Any]:
    """A case with everything, for the office and for the department that it was given to."""
    names = Names([(row, case)])
    return {
        **line(row, case, names),
        "data": row.data,
        "provider": names.departments.get(row.data.get("provider") or ""),
        "entry": _entry(row.package_id),
        "contact": {name: getattr(row, name) for name in CONTACT},
        "marks": row.marks,
        "blacked": row.blacked,
        "public": row.shown,
        "answer": row.answer,
        "answered": moment(row.answered),
        "took": row.took,
        "taken_down": moment(row.taken_down),
        "mails": row.mails,
        "revision": row.revision,
        "suggested": _name(suggested(row, case)),
        "acts": acts(row, case, hands),
        "events": [event.as_dict() for event in cases.events(row.id)],
    }


def _name(organization_id: str) -> str:
    return departments({organization_id}).get(organization_id, {}).get("name", "")


def _entry(package_id: str | None) -> dict[str, Any] | None:
    """The entry of a case for those who work on it, public or not."""
    if package_id is None:
        return None
    package = model.Package.get(package_id)
    if package is None:
        return None
    public = bool(entries({package_id}))
    return {"name": package.name, "title": package.title, "public": public}


def suggested(row: Dialogue, case: cases.Case) -> str:
    """Id of the department that an answer is to be expected of: the entry's provider, or the one that was named."""
    package = model.Package.get(row.package_id) if row.package_id else None
    owner = package.owner_org if package is not None else None
    return owner or row.data.get("provider") or case.organization_id


def acts(row: Dialogue, case: cases.Case, hands: roles.Hands) -> list[str]:
    """What a person may do to a case now: acts of its moves, ``publish``, ``hide``, ``take_down``, ``restore``."""
    office, works = case.region in hands.offices, case.organization_id in hands.works
    may = {Party.OFFICE: office, Party.DEPARTMENT: works, Party.AUTHOR: False}
    found = [move.act.value for move in DIALOGUE.moves if move.start == case.state and may[move.party]]
    if office and case.state in PUBLIC:
        found += ["publish"] if row.shown is None else ["publish", "hide"]
    if office and row.taken_down:
        found.append("restore")
    elif office and row.kind == "complaint" and case.state in OPEN and entries({row.package_id}):
        found.append("take_down")
    return list(dict.fromkeys(found))
