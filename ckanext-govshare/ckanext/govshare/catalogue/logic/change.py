"""Changes of entries before they are published: draft, review, approval.

Refusals are ``ValidationError`` by field, in the reader's language. Reading and writing is for the entry's own
department and the office of its region; nobody approves what they wrote (`catalogue.reviewers`).
"""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.types import Context

from ckanext.govshare import cases, roles
from ckanext.govshare.catalogue import changes, codes, content, forms, reviewers, shown
from ckanext.govshare.catalogue.model import Change
from ckanext.govshare.kernel.cases import CHANGE, Act, ChangeState

__all__ = [
    "govshare_change_approve",
    "govshare_change_approve_many",
    "govshare_change_create",
    "govshare_change_list",
    "govshare_change_merge",
    "govshare_change_propose",
    "govshare_change_return",
    "govshare_change_show",
    "govshare_change_submit",
    "govshare_change_todo",
    "govshare_change_update",
    "govshare_change_withdraw",
]

MOST = 100


def _published(data_dict: dict[str, Any], package_type: str) -> model.Package | None:
    """The published entry that a change is about, by id, name or resource code."""
    wanted, code = data_dict.get("id"), data_dict.get("resource_code")
    if not wanted and not code:
        return None
    package = model.Package.get(str(wanted or codes.holder(str(code)) or ""))
    if package is None or package.type != package_type or package.state != "active":
        raise tk.ObjectNotFound(tk._("Package was not found."))
    return package


def govshare_change_create(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Begin a change: a new entry, another content for a published one, or its withdrawal.

    :param package_type: ``dataset`` (default) or another type with a form
    :param id: id or name of the published entry; or ``resource_code``; neither for a new entry
    :param owner_org: the provider of a new entry; may be left out by members of one organisation
    :param data: content by field name; gaps are allowed
    :param purpose: ``publish`` (default) or ``withdraw`` (then with ``reason``)
    :returns: the change, as ``govshare_change_show`` shows it
    :raises ValidationError: a field that the form does not have, or a file that is not the caller's
    """
    package_type = str(data_dict.get("package_type") or "dataset")
    if package_type not in forms.types():
        raise tk.ValidationError({"package_type": [tk._("There is no form of this name")]})
    package = _published(data_dict, package_type)
    user = context.get("user") or ""
    hands = reviewers.Hands.of(user)
    given = package.owner_org if package is not None else data_dict.get("owner_org")
    if not given and len(hands.writes) == 1:
        given = next(iter(hands.writes))
    organization = roles.organization(given if isinstance(given, str) else None)
    if organization is None:
        raise tk.ValidationError({"owner_org": [tk._("Choose the provider: an organization of this site")]})
    tk.check_access("govshare_change_create", context, {"owner_org": organization.id})
    purpose = data_dict.get("purpose") or changes.PUBLISH
    if purpose not in changes.PURPOSES or (purpose == changes.WITHDRAW and package is None):
        raise tk.ValidationError({"purpose": [tk._("Only a published entry can be withdrawn")]})
    data = content.clean(
        package_type,
        data_dict.get("data") or {},
        user,
        content.of_package(package).get("resources") if package is not None else None,
    )
    if purpose == changes.WITHDRAW:
        reason = str(data_dict.get("reason") or "").strip()
        if not reason:
            raise tk.ValidationError({"reason": [tk._("Give the reason")]})
        data = {"reason": reason}
    change, case = changes.start(organization, package_type, package, data, user, purpose=purpose)
    model.Session.commit()
    return shown.whole(change, case, hands)


def govshare_change_propose(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Begin a change inside the caller's transaction. For the rooms, never for the API.

    :param package_type: type of the entry
    :param id: id of the published entry, if it changes one
    :param owner_org: id of the provider
    :param data: clean content
    :param actor: who is recorded as its author: a person, or ``exchange:<point>``
    :param state: ``draft`` (default), ``submitted``: handed in at once, complete or not a person looks at it, or
        ``withdrawn``: the change of ``change_id`` is taken back, if it is still open
    :param change_id: a former change about the same: while it is open its content is replaced, and it is reviewed
        anew if it was under review; when it has ended, a new change begins
    :param origin: what an exchange point brings: ``{point, guid, run, profile, fields}``; ``data`` is the whole
        content then, but for what people wrote into the change
    :returns: ``{id, state}``
    """
    tk.check_access("govshare_change_propose", context, data_dict)
    actor, origin = data_dict["actor"], data_dict.get("origin")
    former = changes.find(data_dict["change_id"], lock=True) if data_dict.get("change_id") else None
    is_open = former is not None and CHANGE.waits_on(former[1].state) is not None
    if former is not None and data_dict.get("state") == "withdrawn":
        if is_open:
            cases.act(former[1], Act.WITHDRAW, actor, note="source_gone")
        return {"id": former[0].id, "state": former[1].state}
    if former is not None and is_open:
        change, case = former
        if origin is None:
            changes.write(change, case, data_dict["data"], actor)
        else:
            changes.rewrite(change, case, data_dict["data"], actor, origin)
    else:
        organization = roles.organization(data_dict["owner_org"])
        if organization is None:
            raise tk.ValidationError({"owner_org": [tk._("Organization does not exist")]})
        package_id = data_dict.get("id") or (former[0].package_id if former is not None else None)
        package = model.Package.get(package_id) if package_id else None
        change, case = changes.start(
            organization,
            data_dict["package_type"],
            package,
            data_dict["data"] if origin is None else changes.whole(package, data_dict["data"]),
            actor,
            origin=origin and {**origin, "given": data_dict["data"]},
        )
    if data_dict.get("state") == "submitted" and case.state in reviewers.WRITABLE:
        if origin:
            changes.number(change, case)
            alone = not reviewers.somebody_else_reviews(case.organization_id, change.authors)
            end = ChangeState.OFFICE_REVIEW if alone else ChangeState.DEPT_REVIEW
            cases.act(case, Act.SUBMIT, actor, end=end.value, note="from_exchange")
        else:
            changes.submit(change, case, actor, "")
    model.Session.flush()
    return {"id": change.id, "state": case.state}


def govshare_change_update(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Write into a draft, or into a change that was returned. A form calls it while somebody types.

    :param id: id of the change
    :param data: the fields that change; others stay
    :param revision: the revision that the caller saw (optional); an older one is refused
    :returns: the change
    :raises ValidationError: ``revision``: somebody else wrote meanwhile; or a field
    """
    change, case = changes.find(tk.get_or_bust(data_dict, "id"), lock=True)
    tk.check_access("govshare_change_update", context, {"id": change.id})
    user = context.get("user") or ""
    seen = data_dict.get("revision")
    if seen not in (None, "") and str(seen) != str(change.revision):
        message = tk._("{person} wrote in it meanwhile: load it again").format(person=change.updated_by)
        raise tk.ValidationError({"revision": [message]})
    known = [*(change.data.get("resources") or []), *((change.base or {}).get("resources") or [])]
    data = content.clean(change.package_type, data_dict.get("data") or {}, user, known)
    changes.write(change, case, data, user)
    model.Session.commit()
    return shown.whole(change, case, reviewers.Hands.of(user))


@tk.side_effect_free
def govshare_change_show(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """One change with what is missing, what it changes, its history, and what the caller may do.

    :param id: id of the change
    :returns: ``{id, state, meaning, next, waits_on, acts, package_type, package_id, name, title, organization, region,
        purpose, data, revision, authors, findings, diff, base_moved, merge, events, …}``
    :raises ObjectNotFound: there is none that the caller may see
    """
    change, case = changes.find(tk.get_or_bust(data_dict, "id"))
    tk.check_access("govshare_change_show", context, {"id": change.id})
    return shown.whole(change, case, reviewers.Hands.of(context.get("user")))


@tk.side_effect_free
def govshare_change_list(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Changes of the caller's departments and regions, those that moved last first.

    :param state: only in this state, or ``open`` for all that wait for somebody
    :param organization: only of this organisation (id or name)
    :param package_type: only of this type
    :param package_id: only of this published entry
    :param mine: true: only those that the caller began
    :param waiting: true: only those that wait for the caller
    :param limit: at most this many (default 20, at most 100)
    :param offset: leave out the first ones
    :returns: ``{count, results}``
    """
    tk.check_access("govshare_change_list", context, data_dict)
    user = context.get("user") or ""
    hands = reviewers.Hands.of(user)
    filters = [_in_sight(hands)]
    if data_dict.get("state") == "open":
        filters.append(cases.Case.state.in_(CHANGE.open_states()))
    elif data_dict.get("state"):
        filters.append(cases.Case.state == str(data_dict["state"]))
    if data_dict.get("organization"):
        organization = roles.organization(str(data_dict["organization"]))
        filters.append(cases.Case.organization_id == (organization.id if organization else ""))
    for key, column in (("package_type", Change.package_type), ("package_id", Change.package_id)):
        if data_dict.get(key):
            filters.append(column == str(data_dict[key]))
    if tk.asbool(data_dict.get("mine", False)):
        filters.append(cases.Case.opened_by == user)
    if tk.asbool(data_dict.get("waiting", False)):
        filters.append(_waiting(hands))
    limit = min(int(data_dict.get("limit") or 20), MOST)
    offset = max(int(data_dict.get("offset") or 0), 0)
    rows = model.Session.execute(changes.query(filters).limit(max(limit, 0)).offset(offset)).all()
    return {
        "count": shown.count(filters),
        "results": shown.listed([(change, case) for change, case in rows]),
    }


def _in_sight(hands: reviewers.Hands) -> Any:
    return sa.or_(cases.Case.organization_id.in_(hands.organizations), cases.Case.region.in_(hands.offices))


def _waiting(hands: reviewers.Hands) -> Any:
    """What waits for this person: reviews that they may do, and their own work that was returned."""
    own = sa.not_(Change.authors.contains([hands.user]))
    return sa.or_(
        sa.and_(
            cases.Case.state == ChangeState.DEPT_REVIEW.value,
            cases.Case.organization_id.in_(hands.reviews),
            own,
        ),
        sa.and_(
            cases.Case.state == ChangeState.OFFICE_REVIEW.value, cases.Case.region.in_(hands.offices), own
        ),
        sa.and_(
            cases.Case.state == ChangeState.RETURNED.value,
            sa.or_(Change.authors.contains([hands.user]), cases.Case.organization_id.in_(hands.writes)),
        ),
    )


def _act(context: Context, data_dict: dict[str, Any], act: Act) -> tuple[Change, cases.Case]:
    change, case = changes.find(tk.get_or_bust(data_dict, "id"), lock=True)
    tk.check_access(f"govshare_change_{act}", context, {"id": change.id})
    return change, case


def _done(context: Context, change: Change, case: cases.Case) -> dict[str, Any]:
    model.Session.commit()
    if case.state == ChangeState.APPROVED.value:
        tk.get_action("govshare_index_drain")({"ignore_auth": True}, {})
    return shown.whole(change, case, reviewers.Hands.of(context.get("user")))


def govshare_change_submit(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Hand a complete change in for review.

    :param id: id of the change
    :param opinion: words for the reviewer (optional)
    :returns: the change
    :raises ValidationError: what is missing or wrong, by field
    """
    change, case = _act(context, data_dict, Act.SUBMIT)
    changes.submit(change, case, context.get("user") or "", str(data_dict.get("opinion") or ""))
    return _done(context, change, case)


def govshare_change_approve(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Approve a change: the department's reviewer signs it off, the office publishes it.

    :param id: id of the change
    :param opinion: words for the history (optional)
    :returns: the change
    :raises NotAuthorized: it does not wait for the caller, or the caller is one of its authors
    :raises ValidationError: a rule, the opening gate (``resources``) or a moved base (``base``) stands against it
    """
    change, case = _act(context, data_dict, Act.APPROVE)
    changes.approve(change, case, context.get("user") or "", str(data_dict.get("opinion") or ""))
    return _done(context, change, case)


def govshare_change_return(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Send a change back to its authors, with the reason.

    :param id: id of the change
    :param reason: what is to be corrected
    :returns: the change
    """
    change, case = _act(context, data_dict, Act.RETURN)
    cases.act(case, Act.RETURN, context.get("user") or "", opinion=str(data_dict.get("reason") or ""))
    return _done(context, change, case)


def govshare_change_withdraw(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Take a change back before it is published. The catalogue stays as it is.

    :param id: id of the change
    :param reason: why (optional)
    :returns: the change
    """
    change, case = _act(context, data_dict, Act.WITHDRAW)
    cases.act(case, Act.WITHDRAW, context.get("user") or "", opinion=str(data_dict.get("reason") or ""))
    return _done(context, change, case)


def govshare_change_merge(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Put a draft on top of the version that was published meanwhile.

    :param id: id of the change
    :param choices: field → ``mine`` or ``theirs``, for every field that both changed
    :returns: the change
    :raises ValidationError: a conflict without a choice, by field
    """
    change, case = changes.find(tk.get_or_bust(data_dict, "id"), lock=True)
    tk.check_access("govshare_change_update", context, {"id": change.id})
    choices = data_dict.get("choices") or {}
    if not isinstance(choices, dict):
        raise tk.ValidationError({"choices": [tk._("Choose for each field which version holds")]})
    changes.merge(change, case, choices, context.get("user") or "")
    return _done(context, change, case)


def govshare_change_approve_many(context: Context, data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """Approve several changes; each stands or falls by itself.

    :param ids: ids of changes, at most 100
    :param opinion: words for the history (optional)
    :returns: ``[{id, title, done, state, error: {field: [messages]}}]`` in the order given
    """
    tk.check_access("govshare_change_approve_many", context, data_dict)
    ids = tk.get_or_bust(data_dict, "ids")
    if not isinstance(ids, list) or len(ids) > MOST:
        raise tk.ValidationError({"ids": [tk._("A list of at most {number} changes").format(number=MOST)]})
    return [_one(context, change_id, data_dict.get("opinion")) for change_id in dict.fromkeys(map(str, ids))]


def _one(context: Context, change_id: str, opinion: Any) -> dict[str, Any]:
    user = context.get("user")
    line: dict[str, Any] = {"id": change_id, "title": "", "done": False, "state": "", "error": {}}
    try:
        after = tk.get_action("govshare_change_approve")(
            {"user": user}, {"id": change_id, "opinion": opinion or ""}
        )
        return {**line, "title": after["title"], "done": True, "state": after["state"]}
    except tk.ValidationError as refused:
        line["error"] = refused.error_dict
    except tk.NotAuthorized as refused:
        line["error"] = {"id": [str(refused)]}
    except tk.ObjectNotFound as refused:
        return {**line, "error": {"id": [str(refused)]}}
    model.Session.rollback()
    case = model.Session.get(cases.Case, change_id)
    if case is not None and reviewers.Hands.of(user).sees(case):
        line |= {"title": case.title, "state": case.state}
    return line


@tk.side_effect_free
def govshare_change_todo(context: Context, data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """Changes that wait for the caller, as lines of the to-do list, longest waiting first.

    :returns: ``[{slug, title, detail, id, organization, since, level}]``
    """
    tk.check_access("govshare_change_todo", context, data_dict)
    hands = reviewers.Hands.of(context.get("user"))
    rows = model.Session.execute(changes.query([_waiting(hands)]).limit(MOST)).all()
    return [
        {
            "slug": f"change_{line['state']}",
            "title": line["title"],
            "detail": line["state_label"],
            "id": line["id"],
            "organization": line["organization"]["title"],
            "since": line["since"],
            "due": None,
            "level": "warn" if line["state"] == ChangeState.RETURNED.value else "info",
        }
        for line in reversed(shown.listed([(change, case) for change, case in rows]))
    ]
