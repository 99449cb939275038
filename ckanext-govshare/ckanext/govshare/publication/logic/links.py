"""Actions of the link check."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.logic.schema import validator_args
from ckan.types import Context, Schema, Validator, ValidatorFactory

from ckanext.govshare import config, roles
from ckanext.govshare.kernel import clock
from ckanext.govshare.logic import checked
from ckanext.govshare.publication import links, links_list
from ckanext.govshare.publication.links_rules import Outcome, Seen

__all__ = [
    "govshare_link_check",
    "govshare_link_due",
    "govshare_link_list",
    "govshare_link_record",
    "govshare_link_states",
]

log = logging.getLogger(__name__)
LIST_LIMIT = 1000
ASK_PAUSE = timedelta(minutes=10)


@validator_args
def _list_schema(
    ignore_empty: Validator,
    unicode_safe: Validator,
    default: ValidatorFactory,
    one_of: ValidatorFactory,
    natural_number_validator: Validator,
    govshare_organization: Validator,
) -> Schema:
    return {
        "organization": [ignore_empty, govshare_organization],
        "state": [ignore_empty, unicode_safe, one_of(list(links_list.STATES))],
        "limit": [default(100), natural_number_validator],
        "offset": [default(0), natural_number_validator],
    }


@validator_args
def _record_schema(
    not_empty: Validator,
    ignore_missing: Validator,
    unicode_safe: Validator,
    boolean_validator: Validator,
    default: ValidatorFactory,
) -> Schema:
    return {
        "url": [not_empty, unicode_safe],
        "ok": [not_empty, boolean_validator],
        "at": [ignore_missing, _moment],
        "detail": [default(""), unicode_safe],
    }


def _moment(value: Any) -> datetime:
    """A moment with its zone, in ISO form."""
    try:
        found = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError:
        raise tk.Invalid(tk._("Write the moment in ISO form, with its zone")) from None
    if found.tzinfo is None:
        raise tk.Invalid(tk._("Write the moment in ISO form, with its zone"))
    return found


@tk.side_effect_free
def govshare_link_states(context: Context, data_dict: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What the link check knows of the links of an entry or an application.

    Only links that the public is shown are looked at; an entry that is not open to the public has none here, whoever
    asks.

    :param package_id: name or id of the entry or application
    :returns: id of the resource, or ``"application"`` → ``{state: "ok"|"dead"|"unknown", since, checked, detail,
        answered}``: moments in ISO form, Beijing time, or null; of a dead link `since` it fails; `detail` is the slug
        of the last answer and `answered` the same in words
    :raises NotAuthorized: the caller may not see the package
    :raises ObjectNotFound: there is no such package
    """
    package_id = tk.get_or_bust(data_dict, "package_id")
    tk.check_access("govshare_link_states", context, data_dict)
    package = model.Package.get(package_id)
    if package is None:
        raise tk.ObjectNotFound(tk._("Not found"))
    return {subject: links_list.state_of(link) for subject, link in links_list.of_package(package.id)}


@tk.side_effect_free
def govshare_link_list(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Links of a department's open entries and applications; for the office those of its region.

    :param organization: name or id of the only department wanted
    :param state: ``dead``, ``failing`` (fails, not dead yet), ``silent`` (nothing can be learnt for now), ``ok`` or
        ``unknown``; by default dead, failing and silent ones
    :param limit: rows, at most 1000 (default 100)
    :param offset: rows to pass over (default 0)
    :returns: ``{count, results: [{package: {id, name, title, type}, organization: {id, name, title}, resource:
        {id, name}|null, url, state, since, failures, failing_since, silent_since, last_ok, checked, detail,
        answered, next_check, asked}]}``, dead ones and those that fail longest first; `url` is without user name,
        password and query
    :raises NotAuthorized: the caller is of no department
    :raises ValidationError: there is no such department or state
    """
    tk.check_access("govshare_link_list", context, data_dict)
    data = checked(context, data_dict, _list_schema())
    hands = roles.Hands.of(context.get("user"))
    return links_list.listed(
        hands.works,
        hands.offices,
        data.get("organization"),
        data.get("state"),
        min(data["limit"], LIST_LIMIT),
        data["offset"],
    )


def govshare_link_check(context: Context, data_dict: dict[str, Any]) -> dict[str, int]:
    """Have the links of an entry or an application looked at now, by a worker.

    An address is looked at on demand once in ten minutes, and not before the moment that its host asked for.

    :param id: name or id of the entry or application
    :returns: ``{links, asked}``: how many links it has, and how many of them are looked at now
    :raises NotAuthorized: the caller is neither of its department nor of the office of its region
    :raises ObjectNotFound: there is no such package
    :raises ValidationError: ``id``: it has no link that is checked, or all were asked for a moment ago
    """
    package_id = tk.get_or_bust(data_dict, "id")
    tk.check_access("govshare_link_check", context, data_dict)
    package = model.Package.get(package_id)
    if package is None:
        raise tk.ObjectNotFound(tk._("Not found"))
    number, asked = links.ask(package.id, ASK_PAUSE)
    model.Session.commit()
    if not number:
        raise tk.ValidationError({"id": [tk._("It has no link that the public is shown")]})
    if not asked:
        raise tk.ValidationError({"id": [tk._("A check was asked for less than ten minutes ago")]})
    _enqueue()
    return {"links": number, "asked": asked}


def _enqueue() -> None:
    """Set a worker to a turn; where there is none the timer takes it up."""
    timeout = config.get("links.turn_seconds") + 300
    try:
        tk.enqueue_job(work, title="govshare links", rq_kwargs={"timeout": timeout})
    except Exception as error:  # noqa: BLE001 - what is due is in the database; without Valkey the timer will do it
        log.warning("link check not enqueued: %s", type(error).__name__)


def work() -> None:
    """One turn, in a worker."""
    tk.get_action("govshare_link_due")({"ignore_auth": True}, {})


def govshare_link_due(context: Context, data_dict: dict[str, Any]) -> dict[str, int]:
    """Look at the links that are due. Idempotent, and never two at once; the timer calls it.

    :returns: ``{new, checked, changed, held_back}``: addresses taken up, looked at, of another state than before, and
        not recorded because no host at all answered; ``{busy: 1}`` where another turn runs, ``{off: 1}`` where the
        site checks no links
    """
    tk.check_access("govshare_link_due", context, data_dict)
    return links.turn()


def govshare_link_record(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Record an observation of an address that was made by other means: by the demo, or an earlier system. Internal.

    :param url: the address, as the entry has it
    :param ok: whether it worked
    :param at: moment in ISO form with its zone, now by default; what is older than the last look is passed over
    :param detail: slug of what was answered (``not_found`` or ``answers`` by default)
    :returns: ``{state, since, checked, detail, answered}``, as in :func:`govshare_link_states`
    :raises NotAuthorized: always, unless the caller is the engine (``ignore_auth``)
    :raises ValidationError: a field is missing or wrong
    """
    tk.check_access("govshare_link_record", context, data_dict)
    data = checked(context, data_dict, _record_schema())
    outcome = Outcome.OK if data["ok"] else Outcome.FAILED
    detail = data["detail"] or ("answers" if data["ok"] else "not_found")
    link = links.observe(data["url"], Seen(outcome, detail), data.get("at") or clock.now())
    return links_list.state_of(link)
