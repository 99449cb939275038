"""Actions on applications that somebody handed in: by its author with the receipt's token, by the office."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.types import Context

from ckanext.govshare import callers, cases, roles
from ckanext.govshare.kernel import clock
from ckanext.govshare.kernel.cases import SUBMISSION, Act, Party, SubmissionState
from ckanext.govshare.publication import submissions, submissions_input, submissions_shown
from ckanext.govshare.publication import submissions_registered as registered
from ckanext.govshare.publication.submissions import LOOKED_AT, Submission

__all__ = [
    "govshare_submission_approve",
    "govshare_submission_create",
    "govshare_submission_list",
    "govshare_submission_return",
    "govshare_submission_show",
    "govshare_submission_submit",
    "govshare_submission_update",
    "govshare_submission_withdraw",
]

AUTHOR = "submission"  # the actor of what an author does: nobody has an account for it
MOST_REVISIONS = 30
MOST_LISTED = 100
LONGEST_OPINION = 2000


def _store(found: dict[str, Any]) -> dict[str, Any]:
    """Bring the files of a submission into the store; the caller commits. Their names are made here."""
    files = dict(found["kept"])
    for kind, (upload, suffix) in found["uploads"].items():
        stored = tk.get_action("govshare_file_store")(
            {"ignore_auth": True, "user": AUTHOR, "defer_commit": True},
            {"upload": upload, "filename": f"{kind}.{suffix}"},
        )
        files[kind] = {
            "hash": stored["hash"],
            "size": stored["size"],
            "mimetype": submissions_input.MIMETYPES[suffix],
            "filename": f"{kind}.{suffix}",
        }
    kinds = {"report"} if found["data"]["app_form"] == "report" else {"qr_code"}
    found["files"] = {kind: file for kind, file in files.items() if kind in kinds | {"picture"}}
    found["identifier"] = submissions_input.identifier(found["data"], found["files"])
    return found


def govshare_submission_create(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Hand in an application that uses open data of this site. The office looks at it before anybody sees it.

    :param title: name, at most 100 characters
    :param notes: what it does, at most 2000 characters
    :param app_form: ``web``, ``miniprogram``, ``app``, ``official_account`` or ``report``
    :param url: its address, for a web page
    :param app_id: AppID or address in a store, for mini-programs, apps and official accounts
    :param qr_code: a picture of its QR code (multipart; PNG, JPEG or WebP, at most 2 MiB)
    :param picture: a screenshot (the same)
    :param doi: of a report, or
    :param report: its PDF file (multipart, at most 20 MiB)
    :param developer: who made it
    :param developer_kind: ``enterprise``, ``university``, ``research``, ``social``, ``institution``, ``individual``,
        ``other``
    :param datasets: codes, names or links of the open data sets that it uses: a list, or text; at most 50
    :param contact_name: whom the office asks; never shown to anybody else
    :param contact_phone: telephone, or
    :param contact_mail: mail address
    :param consent: true: the office may keep the contact and show the application
    :param nonce: 32 hexadecimal digits of chance; sent twice, the same submission is answered (optional)
    :returns: ``{id, token, state, created}``; the token opens the receipt, and is kept nowhere
    :raises ValidationError: by field; ``throttled``: too many today
    """
    tk.check_access("govshare_submission_create", context, data_dict)
    found = submissions_input.checked(data_dict)
    token = submissions.token_of(str(data_dict.get("nonce") or ""))
    submissions.one_at_a_time()
    row = submissions.by_token(token)
    if row is None:
        mark = submissions.count_at_the_door(callers.address())
        row = submissions.add(_store(found), token, mark, context.get("user") or AUTHOR)
    answer = {"id": row.id, "token": token, "created": submissions_shown.moment(row.created)}
    answer["state"] = model.Session.get(cases.Case, row.id).state
    model.Session.commit()
    return answer


@tk.side_effect_free
def govshare_submission_show(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """A submission: to its author by the token of the receipt, or to the office.

    :param id: id, for the office; or
    :param token: token of the receipt
    :returns: ``{id, state, created, since, title, data, files: {kind: {filename, size, mimetype}}, contact,
        datasets: [{code, name, title}], not_open: [code], duplicates: [{kind, id, name, title, state}], reason,
        acts: [act], package: {id, name, title, shown} | null, needs_look}``; to the office also ``identifier,
        revision, events, looks``, and the ``hash`` of files. To the author only public duplicates are named
    :raises NotAuthorized: wrong token, or not the office of its region
    :raises ObjectNotFound: there is no such submission
    """
    tk.check_access("govshare_submission_show", context, data_dict)
    if data_dict.get("token"):
        row = submissions.by_token(data_dict["token"])
        found = submissions.by_id(row.id) if row is not None else None
    else:
        found = submissions.by_id(data_dict.get("id"))
    if found is None:
        raise tk.ObjectNotFound(tk._("There is no such submission"))
    return submissions_shown.shown(*found, Party.AUTHOR if data_dict.get("token") else Party.OFFICE)


@tk.side_effect_free
def govshare_submission_list(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Submissions that come before the caller's office: what waits, the longest waiting first; else the last first.

    :param state: ``submitted`` (default), ``returned``, ``approved``, ``withdrawn`` or ``all``
    :param limit: rows, at most 100 (default 30)
    :param offset: rows to pass over (default 0)
    :returns: ``{count, counts: {state: n}, results: [{id, title, app_form, developer, developer_kind, state, created,
        since}]}``
    """
    tk.check_access("govshare_submission_list", context, data_dict)
    states = [state.value for state in SubmissionState]
    state = data_dict.get("state") or SubmissionState.SUBMITTED.value
    if state not in (*states, "all"):
        raise tk.ValidationError({"state": [tk._("Unknown state")]})
    try:
        limit, offset = int(data_dict.get("limit") or 30), int(data_dict.get("offset") or 0)
    except (TypeError, ValueError, OverflowError):
        raise tk.ValidationError({"limit": [tk._("Write a whole number")]}) from None
    regions = roles.Hands.of(context.get("user")).offices
    mine = (cases.Case.kind == SUBMISSION.name, cases.Case.region.in_(regions))
    counts = dict.fromkeys(states, 0) | dict(
        model.Session.execute(
            sa.select(cases.Case.state, sa.func.count()).where(*mine).group_by(cases.Case.state)
        ).all()
    )
    query = sa.select(Submission, cases.Case).join(cases.Case, cases.Case.id == Submission.id).where(*mine)
    query = query if state == "all" else query.where(cases.Case.state == state)
    since = cases.Case.since if state in SUBMISSION.open_states() else cases.Case.since.desc()
    rows = model.Session.execute(
        query.order_by(since, cases.Case.id)
        .limit(max(0, min(limit, MOST_LISTED)))
        .offset(max(0, min(offset, 1_000_000)))
    )
    count = sum(counts.values()) if state == "all" else counts[state]
    return {"count": count, "counts": counts, "results": [submissions_shown.line(*row) for row in rows]}


def govshare_submission_update(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Correct a submission that the office returned. Files stay where no new ones come.

    :param token: token of the receipt; the other parameters are those of :func:`govshare_submission_create`
    :returns: as :func:`govshare_submission_show`
    :raises ValidationError: by field; ``state``: it was not returned
    """
    tk.check_access("govshare_submission_update", context, data_dict)
    row, case = _held(data_dict)
    if case.state != SubmissionState.RETURNED.value:
        raise tk.ValidationError({"state": [tk._("It can be corrected only after the office returned it")]})
    if row.revision >= MOST_REVISIONS:
        raise tk.ValidationError({"state": [tk._("It was corrected very often: hand in a new one")]})
    found = _store(submissions_input.checked(data_dict, row.files))
    row.data, row.files, row.identifier = found["data"], found["files"], found["identifier"]
    for name, value in found["contact"].items():
        setattr(row, name, value)
    row.revision += 1
    case.title = row.data["title"]
    submissions.record("submission_update", case, AUTHOR, revision=row.revision)
    return _done(context, row, case, Party.AUTHOR)


def _held(data_dict: dict[str, Any]) -> tuple[Submission, cases.Case]:
    """The submission of a receipt, locked."""
    row = submissions.by_token(data_dict.get("token"))
    if row is None:
        raise tk.ObjectNotFound(tk._("There is no such receipt"))
    return submissions.locked(row.id)


def _done(context: Context, row: Submission, case: cases.Case, party: Party) -> dict[str, Any]:
    model.Session.flush()
    answer = submissions_shown.shown(row, case, party)
    if not context.get("defer_commit"):
        model.Session.commit()
    return answer


def govshare_submission_submit(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Hand a returned submission in again.

    :param token: token of the receipt
    :returns: as :func:`govshare_submission_show`
    :raises ValidationError: ``state``: it was not returned
    """
    tk.check_access("govshare_submission_submit", context, data_dict)
    row, case = _held(data_dict)
    cases.act(case, Act.SUBMIT, AUTHOR)
    return _done(context, row, case, Party.AUTHOR)


def govshare_submission_withdraw(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Take a submission back before it is approved; its contact data are forgotten.

    :param token: token of the receipt
    :returns: as :func:`govshare_submission_show`
    :raises ValidationError: ``state``: it has ended already
    """
    tk.check_access("govshare_submission_withdraw", context, data_dict)
    row, case = _held(data_dict)
    cases.act(case, Act.WITHDRAW, AUTHOR)
    submissions.forget_contact(row)
    return _done(context, row, case, Party.AUTHOR)


def _words(data_dict: dict[str, Any], name: str) -> str:
    value = data_dict.get(name) or ""
    if not isinstance(value, str) or "\x00" in value:
        raise tk.ValidationError({name: [tk._("This field holds text")]})
    if len(value) > LONGEST_OPINION:
        message = tk._("At most {number} characters").format(number=LONGEST_OPINION)
        raise tk.ValidationError({name: [message]})
    return value.strip()


def govshare_submission_return(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Send a submission back to its author, who reads the reason on the receipt.

    :param id: id of the submission
    :param reason: why, and what to do; at most 2000 characters
    :returns: as :func:`govshare_submission_show`
    :raises ValidationError: ``reason`` is missing; ``state``: somebody acted meanwhile
    :raises NotAuthorized: the caller is not of the office of its region
    """
    tk.check_access("govshare_submission_return", context, data_dict)
    row, case = submissions.locked(tk.get_or_bust(data_dict, "id"))
    cases.act(case, Act.RETURN, context["user"], opinion=_words(data_dict, "reason"))
    return _done(context, row, case, Party.OFFICE)


def govshare_submission_approve(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Approve a submission: the application is registered and public from now on. Its contact stays behind.

    :param id: id of the submission
    :param opinion: words of the office (optional)
    :param own_use: true: it is the government's own system, shown but not counted (政府自用系统)
    :param looked: true: the caller looked at it today; needed for mini-programs, apps and official accounts
    :param note: what was seen (optional)
    :returns: as :func:`govshare_submission_show`, with ``package``
    :raises ValidationError: by field; ``looked`` is missing; ``state``: somebody acted meanwhile
    :raises NotAuthorized: the caller is not of the office of its region
    """
    tk.check_access("govshare_submission_approve", context, data_dict)
    row, case = submissions.locked(tk.get_or_bust(data_dict, "id"))
    by_look, looked = row.data["app_form"] in LOOKED_AT, submissions_input.is_yes(data_dict.get("looked"))
    if case.state == SubmissionState.SUBMITTED.value and by_look and not looked:
        raise tk.ValidationError({"looked": [tk._("Look at it first: its proof is that a person looked at it")]})
    actor, note = context["user"], _words(data_dict, "note")
    cases.act(case, Act.APPROVE, actor, opinion=_words(data_dict, "opinion"))
    values = submissions_shown.package(row, case)
    values |= {"own_use": "1" if submissions_input.is_yes(data_dict.get("own_use")) else "0"}
    values |= {"proof_checked": clock.today().isoformat()} if by_look else {}
    row.package_id = tk.get_action("package_create")(
        {"user": actor, "defer_commit": True, "return_id_only": True}, values
    )
    if by_look:
        registered.add_look(row.package_id, actor, ok=True, note=note)
    answer = _done(context, row, case, Party.OFFICE)
    tk.get_action("govshare_index_drain")({"ignore_auth": True}, {})
    return answer
