"""Actions of the dialogue: handing in, reading, the author's part, figures. Acts of those who work on it are beside."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.types import Context

from ckanext.govshare import cases, config, intake, receipts, roles
from ckanext.govshare.dialogue import counts, door, given, letters, shown, todo
from ckanext.govshare.dialogue import model as rows
from ckanext.govshare.dialogue.logic.acts import (
    govshare_dialogue_accept,
    govshare_dialogue_answer,
    govshare_dialogue_assign,
    govshare_dialogue_close,
    govshare_dialogue_publish,
    govshare_dialogue_refuse,
    govshare_dialogue_restore,
    govshare_dialogue_return,
    govshare_dialogue_take_down,
)
from ckanext.govshare.dialogue.model import CONTACT, KINDS, Dialogue
from ckanext.govshare.dialogue.shown import AUTHOR
from ckanext.govshare.kernel import clock, workdays
from ckanext.govshare.kernel.cases import DIALOGUE, Act, DialogueState

__all__ = [
    "govshare_dialogue_accept",
    "govshare_dialogue_answer",
    "govshare_dialogue_assign",
    "govshare_dialogue_close",
    "govshare_dialogue_counts",
    "govshare_dialogue_create",
    "govshare_dialogue_due",
    "govshare_dialogue_list",
    "govshare_dialogue_publish",
    "govshare_dialogue_refuse",
    "govshare_dialogue_restore",
    "govshare_dialogue_return",
    "govshare_dialogue_show",
    "govshare_dialogue_submit",
    "govshare_dialogue_take_down",
    "govshare_dialogue_todo",
    "govshare_dialogue_withdraw",
]

MOST_REVISIONS = 20
STATES = [state.value for state in DialogueState]


def govshare_dialogue_create(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Write to the departments: ask for data, correct them, comment, or complain of a breach of rights. Nobody needs an
    account; nothing is shown before the office's review (先审后发).

    A complaint of rights names who complains and how to reach them, as a notice of an infringement must (民法典
    第一千一百九十五条); the other kinds ask for no particulars (个人信息保护法 第六条).

    :param kind: ``request`` (数据需求), ``correction`` (数据纠错), ``comment`` (意见建议) or ``complaint`` (权益申诉)
    :param title: what it is about, at most 100 characters
    :param text: what is missing, what is wrong, what is suggested, what right is breached and how that shows; at most
        2000 characters
    :param entry: id, name or code of the open data set that it is about; a correction needs it
    :param about: the item, field or file, at most 200 characters (not for requests)
    :param purpose: of a request: what for, at most 500 characters
    :param provider: of a request: id or name of the department that may have the data (optional)
    :param right: of a correction: what is right, at most 1000 characters (optional)
    :param evidence: of a correction or complaint: address of a page that shows it (optional)
    :param rating: of a comment: 1–5 (optional)
    :param ground: of a complaint: ``privacy``, ``business_secret`` or ``intellectual_property``
    :param contact_name: never shown to the public; needed for a complaint
    :param contact_phone: the same; telephone or mail is needed for a complaint
    :param contact_mail: an answer is told there
    :param consent: true: it may be shown after the review, and the contact be kept to answer it
    :param nonce: 32 hexadecimal digits of chance; sent twice, the same case is answered (optional)
    :returns: ``{id, code, state, received, due}``; the code opens the receipt, and is kept nowhere
    :raises ValidationError: by field; ``throttled``: too many today
    """
    tk.check_access("govshare_dialogue_create", context, data_dict)
    code = receipts.code_of("dialogue", str(data_dict.get("nonce") or ""))
    found = given.checked(data_dict, data_dict.get("kind"))
    door.one_at_a_time()
    pair, new = rows.by_code(receipts.hash_of(code)), False
    if pair is None:
        pair, new = door.add(found, code, door.let_in(), context.get("user") or AUTHOR), True
    row, case = pair
    due, received = shown.moment(case.due), shown.moment(row.created)
    answer = {"id": row.id, "code": code, "state": case.state, "received": received, "due": due}
    model.Session.commit()
    if new and row.kind == "complaint":
        letters.post(row, "received")
    return answer


@tk.side_effect_free
def govshare_dialogue_list(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Cases: those that everybody may read, or those that the caller works on.

    :param kind: only this kind
    :param q: words that it holds, at most 5 (public list)
    :param entry: id, name or code of a data set (public list)
    :param inside: true: what the caller's office and departments work on
    :param state: ``open`` or ``answered``; with ``inside`` one of the case's states, ``waiting`` (for the caller) or
        empty for all
    :param overdue: true: only what is overdue (with ``inside``)
    :param limit: rows, at most 100 (default 20)
    :param offset: rows to pass over (default 0)
    :returns: ``{count, results}``, results as :func:`govshare_dialogue_show` answers them to the public; with
        ``inside`` also ``counts: {state: n, waiting: n}``, and results ``{id, kind, state, title, entry, department,
        received, since, due, days_left, late, marks, shown, taken_down}``
    :raises ValidationError: a value that is not offered
    """
    tk.check_access("govshare_dialogue_list", context, data_dict)
    inside, kind, state = (
        intake.is_yes(data_dict.get("inside")),
        data_dict.get("kind"),
        data_dict.get("state"),
    )
    _one_of("kind", kind, KINDS)
    _one_of("state", state, (*STATES, "waiting") if inside else ("open", "answered"))
    page = {
        "limit": counts.whole(data_dict.get("limit"), "limit", 20, counts.MOST),
        "offset": counts.whole(data_dict.get("offset"), "offset", 0, 1_000_000),
    }
    if inside:
        hands, overdue = roles.Hands.of(context.get("user")), intake.is_yes(data_dict.get("overdue"))
        count, numbers, found = counts.inside(
            hands, kind=kind or "", state=state or "", overdue=overdue, **page
        )
        names = shown.Names(found)
        return {"count": count, "counts": numbers, "results": [shown.line(*pair, names) for pair in found]}
    entry = given.entry(data_dict["entry"]) if data_dict.get("entry") else None
    if data_dict.get("entry") and entry is None:
        return {"count": 0, "results": []}
    words = str(data_dict.get("q") or "").replace("\x00", "").encode("utf-8", "ignore").decode()[:200]
    package_id = entry["id"] if entry else None
    count, found = counts.public(
        kind=kind or "", state=state or "", words=words, package_id=package_id, **page
    )
    names = shown.Names(found)
    return {"count": count, "results": [shown.public(*pair, names) for pair in found]}


def _one_of(name: str, value: Any, offered: tuple[str, ...]) -> None:
    if value and value not in offered:
        raise tk.ValidationError({name: [tk._("Choose one of the values offered")]})


@tk.side_effect_free
def govshare_dialogue_show(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """A case: as everybody may read it, as its author sees it with the code of the receipt, or with everything to the
    office and the department that it was given to.

    :param id: id of the case; or
    :param code: code of the receipt
    :returns: to everybody ``{id, kind, state: open|answered, title, about, text, right, purpose, evidence, rating,
        ground, blacked, provider, entry: {name, title} | null, department, received, due, late, answer, answered,
        took}``, ``took`` in working days, ``blacked`` the number of passages that were blacked out; to the author
        also ``reason, contact, public, acts``; to office and department what `govshare_dialogue_list` says with
        ``data, provider, contact, marks, blacked, public, answer, mails, suggested, acts, events``
    :raises ObjectNotFound: there is none that the caller may see
    """
    tk.check_access("govshare_dialogue_show", context, data_dict)
    if data_dict.get("code"):
        return shown.mine(*_by_code(data_dict))
    found = rows.find(data_dict.get("id"))
    if found is not None:
        row, case = found
        hands = roles.Hands.of(context.get("user"))
        if case.region in hands.offices or case.organization_id in hands.works:
            return shown.inside(row, case, hands)
        seen = sa.select(Dialogue.id).join(cases.Case, cases.Case.id == Dialogue.id)
        if model.Session.scalar(seen.where(Dialogue.id == row.id, rows.is_public())):
            return shown.public(row, case, shown.Names([found]))
    raise tk.ObjectNotFound(tk._("There is no such case"))


def _by_code(data_dict: dict[str, Any]) -> rows.Found:
    code = data_dict.get("code")
    plain = receipts.plain_code(code) if isinstance(code, str) and len(code) <= 100 else ""
    found = rows.by_code(receipts.hash_of(plain))
    if found is None:
        raise tk.ObjectNotFound(tk._("There is no receipt with this code"))
    return found


def govshare_dialogue_submit(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Hand in again what the office returned, supplemented. Its clock starts anew.

    :param code: code of the receipt; the other parameters are those of :func:`govshare_dialogue_create` but kind and
        entry, which stay
    :returns: as :func:`govshare_dialogue_show` to the author
    :raises ValidationError: by field; ``state``: it was not returned
    :raises ObjectNotFound: no receipt has this code
    """
    tk.check_access("govshare_dialogue_submit", context, data_dict)
    row, case = rows.locked(_by_code(data_dict)[0].id)
    if case.state == DialogueState.RETURNED.value and row.revision >= MOST_REVISIONS:
        raise tk.ValidationError({"state": [tk._("It was supplemented very often: write a new one")]})
    cases.act(case, Act.SUBMIT, AUTHOR)
    found = given.checked(data_dict, row.kind, row.package_id)
    row.data, row.marks, row.revision = found.data, found.marks, row.revision + 1
    for name, value in found.contact.items():
        setattr(row, name, value)
    shown.set_shown(row, [], shown=False)
    case.title, case.due = row.data["title"], workdays.add(clock.now(), given.term(row.kind)).end
    model.Session.commit()
    return shown.mine(row, case)


def govshare_dialogue_withdraw(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Take a contribution back before it is answered: it is shown no more, and its author's contact is forgotten.

    :param code: code of the receipt
    :returns: as :func:`govshare_dialogue_show` to the author
    :raises ValidationError: ``state``: it has ended already
    :raises ObjectNotFound: no receipt has this code
    """
    tk.check_access("govshare_dialogue_withdraw", context, data_dict)
    row, case = rows.locked(_by_code(data_dict)[0].id)
    cases.act(case, Act.WITHDRAW, AUTHOR)
    case.due = None
    shown.set_shown(row, [], shown=False)
    row.contact_name = row.contact_phone = row.contact_mail = ""
    model.Session.commit()
    return shown.mine(row, case)


@tk.side_effect_free
def govshare_dialogue_counts(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Figures by kind and state of what was handed in within a period: for the board, `/stats` and monthly reports.

    :param first: first day, ISO (optional)
    :param last: last day, ISO (optional)
    :param organization: id or name of the department that has them, or answered them (optional)
    :returns: ``{received, open, answered, refused, overdue, in_time, median_days, kinds: {kind: {the same, states:
        {state: n}}}}``: `overdue` of the open ones, `in_time` of the answered ones, `median_days` working days from
        receipt to answer, null where there is none
    :raises ValidationError: ``first``, ``last``, ``organization``
    """
    tk.check_access("govshare_dialogue_counts", context, data_dict)
    wanted, department = data_dict.get("organization"), None
    if wanted:
        department = given.department(wanted)
        if department is None:
            raise tk.ValidationError({"organization": [tk._("Choose one of the values offered")]})
    first, last = counts.day(data_dict, "first"), counts.day(data_dict, "last")
    return counts.figures(first, last, department.id if department else None)


@tk.side_effect_free
def govshare_dialogue_todo(context: Context, data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """What the caller's office and departments have to do for the public.

    :returns: lines of the to-do list ``{slug, title, detail, url, since, due, level, organization, count}``
    """
    tk.check_access("govshare_dialogue_todo", context, data_dict)
    return todo.lines(roles.Hands.of(context.get("user")))


def govshare_dialogue_due(context: Context, data_dict: dict[str, Any]) -> dict[str, int]:
    """Forget the contact of authors some time after their cases ended (个人信息保护法 第十九条、第四十七条).

    For the timer.

    :returns: ``{forgotten}``
    """
    tk.check_access("govshare_dialogue_due", context, data_dict)
    before: datetime = clock.now() - timedelta(days=config.get("dialogue.contact_days"))
    ended = sa.select(cases.Case.id).where(
        cases.Case.kind == DIALOGUE.name,
        cases.Case.state.not_in(rows.OPEN),
        cases.Case.since < before,
    )
    has_contact = sa.or_(*(getattr(Dialogue, name) != "" for name in CONTACT))
    forget = sa.update(Dialogue).where(Dialogue.id.in_(ended), has_contact)
    done = model.Session.execute(forget.values(dict.fromkeys(CONTACT, "")).returning(Dialogue.id)).all()
    model.Session.commit()
    return {"forgotten": len(done)}
