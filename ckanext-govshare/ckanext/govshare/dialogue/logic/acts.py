"""Actions of those who work on a case: the office of its region, and the department that it was given to."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.types import Context

from ckanext.govshare import cases, config, intake, roles
from ckanext.govshare.dialogue import given, letters, shown
from ckanext.govshare.dialogue import model as rows
from ckanext.govshare.dialogue.model import PUBLIC, Dialogue
from ckanext.govshare.kernel import clock, workdays
from ckanext.govshare.kernel.cases import DIALOGUE, Act, DialogueState

LONGEST = 2000
LONGEST_ANSWER = 4000
MOST_PASSAGES = 30


def _words(data_dict: dict[str, Any], name: str, most: int = LONGEST, *, needed: bool = False) -> str:
    errors: intake.Errors = {}
    found = intake.text(data_dict, name, most, errors)
    if needed and not found and not errors:
        errors[name] = [tk._("Fill in this field")]
    if errors:
        raise tk.ValidationError(errors)
    return found


def _held(data_dict: dict[str, Any]) -> rows.Found:
    return rows.locked(tk.get_or_bust(data_dict, "id"))


def _done(context: Context, row: Dialogue, case: cases.Case) -> dict[str, Any]:
    model.Session.commit()
    return shown.inside(row, case, roles.Hands.of(context.get("user")))


def _department(value: Any, region: str) -> roles.Organization:
    """The department that is to answer: one of the region of the office, or the office itself."""
    found = given.department(value)
    if found is None or not roles.lies_within(found.region, region):
        raise tk.ValidationError({"organization": [tk._("Choose a department of your region")]})
    return found


def _passages(row: Dialogue, value: Any) -> list[str]:
    """What is to be blacked out: passages that are there, one a line or in a list."""
    if value in (None, ""):
        return []
    lines = value.split("\n") if isinstance(value, str) else value
    if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
        raise tk.ValidationError({"blacked": [tk._("This field holds text")]})
    found = list(dict.fromkeys(line.strip() for line in lines if line.strip()))
    if len(found) > MOST_PASSAGES:
        raise tk.ValidationError(
            {"blacked": [tk._("At most {number} passages").format(number=MOST_PASSAGES)]}
        )
    written = "\n".join(str(row.data.get(name) or "") for name in rows.WORDS)
    missing = [passage for passage in found if passage not in written]
    if missing:
        message = tk._("This is not in the text: {passage}").format(passage=missing[0][:60])
        raise tk.ValidationError({"blacked": [message]})
    return found


def _record(context: Context, case: cases.Case, action: str, **data: Any) -> None:
    """Leave an event about something that moves no case."""
    event = {"action": f"dialogue_{action}", "object_type": DIALOGUE.name, "object_id": case.id}
    event |= {"region": case.region, "data": {"title": case.title, **data}}
    tk.get_action("govshare_event_add")({"ignore_auth": True, "user": context["user"]}, event)


def govshare_dialogue_accept(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Accept a contribution, give it to the department that is to answer, and say whether the public may read it.

    :param id: id of the case
    :param organization: id or name of the department; the entry's provider, or the one that was asked for, by default
    :param shown: whether the public may read it from now on (default true; a complaint: false)
    :param blacked: passages that are blacked out for the public: a list, or one a line; the words themselves stay
    :param opinion: words for the department (optional)
    :returns: as :func:`govshare_dialogue_show` to the office
    :raises ValidationError: ``organization``, ``blacked``; ``state``: somebody acted meanwhile
    :raises NotAuthorized: the caller is not of the office of its region
    """
    tk.check_access("govshare_dialogue_accept", context, data_dict)
    row, case = _held(data_dict)
    wanted = data_dict.get("organization") or shown.suggested(row, case)
    department, passages = _department(wanted, case.region), _passages(row, data_dict.get("blacked"))
    default = row.kind != "complaint"
    public = intake.is_yes(data_dict["shown"]) if "shown" in data_dict else default
    cases.act(case, Act.ACCEPT, context["user"], opinion=_words(data_dict, "opinion"))
    case.organization_id = department.id
    shown.set_shown(row, passages, shown=public)
    answer = _done(context, row, case)
    letters.post(row, Act.ASSIGN.value)
    return answer


def govshare_dialogue_assign(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Give an accepted case to another department. Its clock runs on.

    :param id: id of the case
    :param organization: id or name of the department
    :param opinion: words for it (optional)
    :returns: as :func:`govshare_dialogue_show` to the office
    :raises ValidationError: ``organization``; ``state``: it is not at a department
    :raises NotAuthorized: the caller is not of the office of its region
    """
    tk.check_access("govshare_dialogue_assign", context, data_dict)
    row, case = _held(data_dict)
    department = _department(tk.get_or_bust(data_dict, "organization"), case.region)
    cases.act(case, Act.ASSIGN, context["user"], opinion=_words(data_dict, "opinion"))
    case.organization_id = department.id
    answer = _done(context, row, case)
    letters.post(row, Act.ASSIGN.value)
    return answer


def govshare_dialogue_refuse(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Refuse a contribution: its author reads why on the receipt, nobody else reads anything.

    :param id: id of the case
    :param reason: why; at most 2000 characters
    :returns: as :func:`govshare_dialogue_show` to the office
    :raises ValidationError: ``reason`` is missing; ``state``: somebody acted meanwhile; its entry is taken down
    :raises NotAuthorized: the caller is not of the office of its region
    """
    tk.check_access("govshare_dialogue_refuse", context, data_dict)
    row, case = _held(data_dict)
    if row.taken_down is not None:
        raise tk.ValidationError({"state": [tk._("Restore the data set first, or let the case be answered")]})
    cases.act(case, Act.REFUSE, context["user"], opinion=_words(data_dict, "reason"))
    case.due = None
    shown.set_shown(row, [], shown=False)
    answer = _done(context, row, case)
    letters.post(row, Act.REFUSE.value)
    return answer


def govshare_dialogue_return(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Send a case back: the office to its author (for more; the clock stands still) or to the department (for a better
    answer), the department to the office (it is not theirs).

    :param id: id of the case
    :param reason: why, and what to do; at most 2000 characters
    :returns: as :func:`govshare_dialogue_show` to the office and the department
    :raises ValidationError: ``reason`` is missing; ``state``: somebody acted meanwhile
    :raises NotAuthorized: it does not lie with the caller
    """
    tk.check_access("govshare_dialogue_return", context, data_dict)
    row, case = _held(data_dict)
    move = cases.act(case, Act.RETURN, context["user"], opinion=_words(data_dict, "reason"))
    if move.end is DialogueState.RETURNED:
        case.due = None
    elif move.end is DialogueState.RECEIVED:
        case.organization_id = cases.office(case.region).id
    answer = _done(context, row, case)
    if move.end is DialogueState.RETURNED:
        letters.post(row, Act.RETURN.value)
    return answer


def govshare_dialogue_answer(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Answer a case as the department that has it. Public once the office confirms it; at once where the site asks for
    no confirmation (``dialogue.confirm_answer``), or where the office itself answers.

    :param id: id of the case
    :param answer: the answer that everybody reads; at most 4000 characters
    :returns: as :func:`govshare_dialogue_show` to the department
    :raises ValidationError: ``answer`` is missing; ``state``: somebody acted meanwhile
    :raises NotAuthorized: the caller does not work for the department that has it
    """
    tk.check_access("govshare_dialogue_answer", context, data_dict)
    row, case = _held(data_dict)
    words = _words(data_dict, "answer", LONGEST_ANSWER, needed=True)
    own = case.region in roles.Hands.of(context["user"]).offices
    direct = own or not config.get("dialogue.confirm_answer")
    end = DialogueState.CLOSED if direct else DialogueState.ANSWERED
    cases.act(case, Act.ANSWER, context["user"], end=end.value)
    row.answer = words
    if not direct:
        return _done(context, row, case)
    return _closed(context, row, case)


def govshare_dialogue_close(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Confirm the department's answer: it is public from now on, its author is told, and the case is closed.

    :param id: id of the case
    :returns: as :func:`govshare_dialogue_show` to the office
    :raises ValidationError: ``state``: there is no answer to confirm
    :raises NotAuthorized: the caller is not of the office of its region
    """
    tk.check_access("govshare_dialogue_close", context, data_dict)
    row, case = _held(data_dict)
    cases.act(case, Act.CLOSE, context["user"])
    return _closed(context, row, case)


def _closed(context: Context, row: Dialogue, case: cases.Case) -> dict[str, Any]:
    row.answered = clock.now()
    row.took = workdays.between(row.created, row.answered)
    shown.set_words(row)
    answer = _done(context, row, case)
    letters.post(row, Act.CLOSE.value)
    return answer


def govshare_dialogue_publish(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Say anew whether the public may read a contribution, and what of it is blacked out. The words are never changed.

    :param id: id of the case
    :param shown: whether the public may read it
    :param blacked: passages that are blacked out: a list, or one a line
    :returns: as :func:`govshare_dialogue_show` to the office
    :raises ValidationError: ``blacked``: a passage is not there; ``state``: it was not accepted
    :raises NotAuthorized: the caller is not of the office of its region
    """
    tk.check_access("govshare_dialogue_publish", context, data_dict)
    row, case = _held(data_dict)
    if case.state not in PUBLIC:
        raise tk.ValidationError({"state": [tk._("Accept it first")]})
    public = intake.is_yes(tk.get_or_bust(data_dict, "shown"))
    shown.set_shown(row, _passages(row, data_dict.get("blacked")), shown=public)
    _record(context, case, "publish", shown=public, passages=len(row.blacked))
    return _done(context, row, case)


def govshare_dialogue_take_down(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Take the data set of a complaint off every public door at once, while the complaint is examined.

    It is withdrawn (``govshare_catalogue_withdraw``): nothing is deleted, address and history stay.

    :param id: id of the complaint
    :param reason: why (recorded); at most 2000 characters
    :returns: as :func:`govshare_dialogue_show` to the office
    :raises ValidationError: ``reason`` is missing; ``state``: no open complaint about a data set that is public
    :raises NotAuthorized: the caller is not of the office of its region, or of that of the provider
    """
    tk.check_access("govshare_dialogue_take_down", context, data_dict)
    row, case = _held(data_dict)
    reason = _words(data_dict, "reason", needed=True)
    open_complaint = row.kind == "complaint" and case.state in rows.OPEN and row.taken_down is None
    if not open_complaint or not rows.entries({row.package_id}):
        raise tk.ValidationError(
            {"state": [tk._("This takes an open complaint about a data set that is public")]}
        )
    row.taken_down = clock.now()
    _record(context, case, "take_down", reason=reason, package_id=row.package_id)
    _withdraw(context, row, reason, undo=False)
    return _done(context, row, case)


def govshare_dialogue_restore(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Give a data set that was taken down back to the public, under its old address: the complaint is unfounded, or
    what was wrong is put right.

    :param id: id of the complaint
    :param reason: why (recorded); at most 2000 characters
    :returns: as :func:`govshare_dialogue_show` to the office
    :raises ValidationError: ``reason`` is missing; ``state``: it was not taken down
    :raises NotAuthorized: the caller is not of the office of its region, or of that of the provider
    """
    tk.check_access("govshare_dialogue_restore", context, data_dict)
    row, case = _held(data_dict)
    reason = _words(data_dict, "reason", needed=True)
    if row.taken_down is None:
        raise tk.ValidationError({"state": [tk._("It was not taken down")]})
    row.taken_down = None
    _record(context, case, "restore", reason=reason, package_id=row.package_id)
    _withdraw(context, row, reason, undo=True)
    return _done(context, row, case)


def _withdraw(context: Context, row: Dialogue, reason: str, *, undo: bool) -> None:
    """The catalogue's act; it commits, and with it what was written before.

    Without that room no entry is public, and nothing comes here.
    """
    wanted = {"id": row.package_id, "reason": reason, "undo": undo}
    tk.get_action("govshare_catalogue_withdraw")({"user": context["user"]}, wanted)
