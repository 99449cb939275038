"""Actions of the opening gate: what waits before a file is open to the public, and the acts that let it through.

The provider's reviewer clears findings and signs, the office of the region confirms: two people, operators included.
With ``exchange_point`` instead of ``digest`` an act is about the standing record of what a point delivers each run.
"""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.types import Context

from ckanext.govshare import roles
from ckanext.govshare.catalogue import (
    changes,
    index,
    opening,
    opening_acts,
    opening_doors,
    opening_records,
    opening_scans,
    opening_shown,
    opening_versions,
)
from ckanext.govshare.catalogue.opening_records import Record
from ckanext.govshare.catalogue.opening_shown import Hands

__all__ = [
    "govshare_file_versions",
    "govshare_opening_clear",
    "govshare_opening_confirm",
    "govshare_opening_list",
    "govshare_opening_revoke",
    "govshare_opening_scan",
    "govshare_opening_show",
    "govshare_opening_sign",
    "govshare_opening_todo",
]

MOST = 100


@tk.side_effect_free
def govshare_opening_show(context: Context, data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """The files for the public of an entry or of a change, with all that the gate knows of them.

    A stored file that nobody scanned yet is handed to a worker.

    :param package_id: id or name of a published entry; or ``change_id``
    :param change_id: id of a change
    :returns: one a file: ``{name, resource_id, format, size, digest, kind: file|link, organization, scan: {state, at,
        outdated, rows, columns, error, findings: [{kind, kind_label, column, column_label, rows, count, share,
        sample_masked, words, cleared: {ground, by, at}|null}]}, record: {reviewer, opinion, reviewed_on, basis,
        attachment, signed_by, signed, confirmed_by, confirmed, confirm_opinion, standing}|null, revoked,
        needs: [{slug, message}], stage, state: open|waiting|publisher, acts}``
    :raises ObjectNotFound: there is none that the caller may see
    """
    if data_dict.get("change_id"):
        change, case = changes.find(data_dict["change_id"])
        organization_id, entry = case.organization_id, changes.entry_of(change, case)
    else:
        package = model.Package.get(str(tk.get_or_bust(data_dict, "package_id")))
        if package is None or package.state != "active":
            raise tk.ObjectNotFound(tk._("Package was not found."))
        organization_id, entry = package.owner_org, opening_doors.entry_of(package)
    tk.check_access("govshare_opening_show", context, {"organization": organization_id})
    shown = opening_shown.of_entry(organization_id, entry, Hands.of(context.get("user")))
    for file in shown:
        if file["kind"] == opening.FILE and file["scan"]["state"] == "none":
            opening_scans.enqueue(file["digest"])
    return shown


@tk.side_effect_free
def govshare_opening_list(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Published files by what the gate says of them, of the caller's departments and regions.

    :param organization: only of this provider (id or name)
    :param state: ``waiting`` (default), ``open`` or ``publisher``
    :param limit: at most this many (default 20, at most 100)
    :param offset: leave out the first ones
    :returns: ``{count, results}``; a result is a file as ``govshare_opening_show`` answers it, with
        ``package: {id, name, title}``, ``provider: {id, name, title}`` and ``point``, the exchange point that
        brought it
    """
    tk.check_access("govshare_opening_list", context, {"organization": data_dict.get("organization")})
    state = str(data_dict.get("state") or opening.WAITING)
    if state not in (opening.WAITING, opening.OPEN, opening.PUBLISHER):
        raise tk.ValidationError(
            {"state": [tk._("Choose one of: {choices}").format(choices="waiting, open, publisher")]}
        )
    try:
        limit = min(max(int(data_dict.get("limit") or 20), 0), MOST)
        offset = max(int(data_dict.get("offset") or 0), 0)
    except (TypeError, ValueError):
        raise tk.ValidationError({"limit": [tk._("A number is expected")]}) from None
    hands = Hands.of(context.get("user"))
    wanted = roles.organization(data_dict["organization"]) if data_dict.get("organization") else None
    organizations = [wanted] if wanted else opening_shown.organizations(hands)
    count, rows = opening_shown.published([found.id for found in organizations], state, limit, offset)
    return {"count": count, "results": opening_shown.of_rows(rows, organizations, hands)}


def govshare_opening_scan(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Scan a stored file for personal data and wording of secrecy; a large one by a worker.

    :param digest: SHA-256 of the file (hexadecimal)
    :param again: true: also when the present scanner has scanned it
    :returns: ``{digest, state: running|done|failed, version, rows, error}``
    :raises ObjectNotFound: no such file was stored
    """
    digest = str(tk.get_or_bust(data_dict, "digest"))
    tk.check_access("govshare_opening_scan", context, {"digest": digest})
    answer = opening_acts.scan(digest, again=tk.asbool(data_dict.get("again", False)))
    model.Session.commit()
    return answer


def govshare_opening_clear(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Clear a finding with a ground. The record has to be signed anew afterwards.

    :param organization: the provider (id or name)
    :param digest: of the file
    :param column: column of the finding
    :param kind: kind of the finding, e.g. ``mobile``
    :param ground: why it may go to the public all the same
    :returns: ``{digest, needs, stage, state}``
    :raises ValidationError: no such finding stands in the way, or there is no ground
    """
    organization, digest, column, kind = tk.get_or_bust(
        data_dict, ["organization", "digest", "column", "kind"]
    )
    provider = _provider("govshare_opening_clear", context, organization)
    file = opening_acts.target(provider.id, str(digest))
    opening_acts.clear(file, str(kind), str(column), data_dict.get("ground") or "", context["user"])
    opening_acts.tell(context, "opening_cleared", file.record, kind=kind, column=column)
    return _done(context, file.record)


def govshare_opening_sign(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Sign the 保密与个人信息审查 of a file for its provider.

    :param organization: the provider (id or name)
    :param digest: of the file; or ``exchange_point``: the standing record of what it delivers each run
    :param exchange_point: id or name; the provider follows from it
    :param columns: names of the columns that a standing record covers; those of the files delivered so far by default
    :param reviewer: 审查人
    :param opinion: 审查意见
    :param reviewed_on: 审查日期, an ISO day that is not in the future
    :param basis: 依据
    :param attachment: checksum of a file that the caller stored (optional); it is never public
    :returns: ``{digest, needs, stage, state}``
    :raises ValidationError: a field, an uncleared finding, an unfinished scan
    """
    if data_dict.get("exchange_point"):
        provider, point = _point("govshare_opening_sign", context, data_dict)
        columns = _columns(data_dict)
        record = opening_acts.sign_standing(provider.id, point, columns, data_dict, context["user"])
    else:
        organization, digest = tk.get_or_bust(data_dict, ["organization", "digest"])
        provider = _provider("govshare_opening_sign", context, organization)
        file = opening_acts.target(provider.id, str(digest))
        opening_acts.sign(file, data_dict, context["user"])
        record = file.record
    opening_acts.tell(context, "opening_signed", record, basis=data_dict.get("basis"))
    return _done(context, record)


def govshare_opening_confirm(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Confirm a signed review for the office; the file opens. What is not cleared the office cannot waive.

    :param organization: the provider (id or name)
    :param digest: of the file; or ``exchange_point`` (and ``columns``): its signed standing records
    :param opinion: recorded (optional)
    :returns: ``{digest, needs, stage, state}``
    :raises ValidationError: unsigned, uncleared, lacking, or signed by the caller
    """
    opinion = str(data_dict.get("opinion") or "").strip()
    if data_dict.get("exchange_point"):
        provider, point = _point("govshare_opening_confirm", context, data_dict)
        signed = [
            record
            for record in opening_acts.standing_of(provider.id, point, _columns(data_dict))
            if record.signed is not None and record.confirmed is None
        ]
        if not signed:
            raise tk.ValidationError({"exchange_point": [tk._("The provider has not signed the review")]})
        for record in signed:
            opening.confirm(record, None, context["user"], opinion)
            opening_acts.tell(context, "opening_confirmed", record)
        return _done(context, signed[-1])
    organization, digest = tk.get_or_bust(data_dict, ["organization", "digest"])
    provider = _provider("govshare_opening_confirm", context, organization)
    file = opening_acts.target(provider.id, str(digest))
    if file.opens:
        raise tk.ValidationError({"digest": [tk._("The review is signed and confirmed already")]})
    opening.confirm(file.record, file, context["user"], opinion)
    opening_acts.tell(context, "opening_confirmed", file.record)
    return _done(context, file.record)


def govshare_opening_revoke(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Take a review back: the file closes at once. Its history stays.

    :param organization: the provider (id or name)
    :param digest: of the file; or ``exchange_point`` (and ``columns``): its standing records; what one opened stays
    :param reason: why (recorded)
    :returns: ``{digest, needs, stage, state}``
    :raises ValidationError: nobody has signed it, or there is no reason
    """
    if data_dict.get("exchange_point"):
        provider, point = _point("govshare_opening_revoke", context, data_dict)
        found = opening_acts.standing_of(provider.id, point, _columns(data_dict))
        records = [record for record in found if record.signed is not None] or found[:1]
        if not records:
            raise tk.ValidationError({"exchange_point": [tk._("Nobody has signed a review of this file")]})
    else:
        organization, digest = tk.get_or_bust(data_dict, ["organization", "digest"])
        provider = _provider("govshare_opening_revoke", context, organization)
        records = [opening_records.one(provider.id, str(digest))]
    for record in records:
        opening_acts.revoke(record, data_dict.get("reason"), context["user"])
        opening_acts.tell(context, "opening_revoked", record, reason=data_dict.get("reason"))
    return _done(context, records[-1])


def _provider(action: str, context: Context, organization: Any) -> roles.Organization:
    found = roles.organization(organization)
    if found is None:
        raise tk.ObjectNotFound(tk._("Organization does not exist"))
    tk.check_access(action, context, {"organization": found.id})
    return found


def _point(action: str, context: Context, data_dict: dict[str, Any]) -> tuple[roles.Organization, str]:
    """The exchange point of an act, with its provider; only where the exchange room is loaded."""
    try:
        show = tk.get_action("govshare_exchange_point_show")
    except KeyError:
        raise tk.ObjectNotFound(tk._("Exchange point not found")) from None
    point = show({"user": context.get("user")}, {"id": data_dict["exchange_point"]})
    return _provider(action, context, point["organization"]["id"]), point["name"]


def _columns(data_dict: dict[str, Any]) -> list[str] | None:
    columns = data_dict.get("columns")
    if columns in (None, "", []):
        return None
    if not isinstance(columns, list) or not all(isinstance(name, str) for name in columns):
        raise tk.ValidationError({"columns": [tk._("A list of column names is expected")]})
    return columns


def _done(context: Context, record: Record) -> dict[str, Any]:
    """Bring the published files in line with a record, commit, and tell where it stands."""
    if record.point:
        entries = opening_doors.of_point(record.organization_id, record.point)
    else:
        entries = opening_doors.of_digest(record.organization_id, record.digest)
    changed = opening_doors.resettle(context, entries)
    model.Session.commit()
    if changed and not model.Session.info.get("govshare_quiet"):
        index.drain()
    if record.point:
        stage = "" if record.confirmed else "confirm" if record.signed else "sign"
        state = opening.OPEN if record.confirmed else opening.WAITING
        return {
            "digest": record.digest,
            "columns": record.columns,
            "needs": [],
            "stage": stage,
            "state": state,
        }
    file = opening_acts.target(record.organization_id, record.digest)
    needs = opening.needs(file)
    return {
        "digest": record.digest,
        "needs": needs,
        "stage": needs[0]["slug"] if needs else "",
        "state": file.state,
    }


@tk.side_effect_free
def govshare_opening_todo(context: Context, data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """What waits for the caller at the gate: files to review and sign, signed reviews to confirm.

    :returns: ``[{slug: opening_sign|opening_confirm, title, detail, url, since, due, level, organization, count}]``
    """
    tk.check_access("govshare_opening_todo", context, data_dict)
    return opening_shown.todo(Hands.of(context.get("user")))


@tk.side_effect_free
def govshare_file_versions(context: Context, data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """Files that a resource, or the files of an entry, had before; the public is told of those that were opened.

    :param resource_id: id of the resource; or ``package_id``
    :param package_id: id or name of an entry
    :returns: newest first, file by file: ``[{resource_id, hash, name, size (bytes), rows, stored, replaced,
        replaced_by, opened, url}]``; ``url`` only where the caller may take it, ``replaced_by`` for members of the
        provider and the office
    :raises ObjectNotFound: there is none that the caller may see
    """
    missing = tk.ObjectNotFound(tk._("Resource was not found."))
    resource_id = ""
    if data_dict.get("package_id"):
        package = model.Package.get(data_dict["package_id"])
    else:
        resource = model.Resource.get(tk.get_or_bust(data_dict, "resource_id"))
        package, resource_id = (resource.package, resource.id) if resource is not None else (None, "")
    if package is None or package.state != "active":
        raise missing
    try:
        tk.check_access("govshare_file_versions", context, {"package_id": package.id})
    except tk.NotAuthorized:
        raise missing from None
    return opening_versions.shown(package, context.get("user"), resource_id)
