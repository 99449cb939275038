"""Actions on the record of events. There is no action that changes or deletes one."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Context

from ckanext.govshare import roles
from ckanext.govshare.audit import service
from ckanext.govshare.logic import checked

__all__ = ["govshare_audit_list", "govshare_audit_verify", "govshare_event_add"]


def govshare_event_add(context: Context, data_dict: dict[str, Any]) -> None:
    """Add an event inside the caller's transaction; the caller commits. For the rooms, never for the API.

    :param action: what happened, a past participle such as ``entry_created``
    :param object_type: ``entry``, ``organization``, ``exchange_point``, ``run``, ``target`` …
    :param object_id: its id
    :param region: region code whose office answers for it (optional)
    :param data: facts as JSON (optional); no personal data, no credentials
    """
    tk.check_access("govshare_event_add", context, data_dict)
    action, object_type, object_id = tk.get_or_bust(data_dict, ["action", "object_type", "object_id"])
    service.append(
        context.get("user") or "",
        action,
        object_type,
        object_id,
        data_dict.get("region") or "",
        data_dict.get("data") or {},
    )


@tk.side_effect_free
def govshare_audit_list(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Read the record, newest first: events of the caller's regions and those of no region; operators read all.

    :param actor, action, object_type, object_id, region: exact values to filter by (each optional)
    :param limit: rows, at most 1000 (default 100)
    :param offset: rows to pass over (default 0)
    :returns: ``{count, results: [{id, at, actor, action, object_type, object_id, region, data, hash}]}``
    :raises NotAuthorized: the caller is neither auditor, office nor operator
    """
    tk.check_access("govshare_audit_list", context, data_dict)
    schema = {
        "limit": [tk.get_validator("default")(100), tk.get_validator("natural_number_validator")],
        "offset": [tk.get_validator("default")(0), tk.get_validator("natural_number_validator")],
        "__extras": [tk.get_validator("ignore_missing")],
    }
    page = checked(context, data_dict, schema)
    filters = {name: str(data_dict[name]) for name in service.DERIVED if data_dict.get(name)}
    user = context.get("user")
    everything = context.get("ignore_auth") or roles.is_operator(user)
    regions = None if everything else {"", *roles.audited_regions(user)}
    count, results = service.read(filters, min(page["limit"], 1000), page["offset"], regions)
    return {"count": count, "results": results}


@tk.side_effect_free
def govshare_audit_verify(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Recompute the hash chain of the record.

    :returns: ``{intact, count, head, faults: [{id, fault}]}``: ``head`` is the last hash (64 hexadecimal digits), to be
        kept in a second place
    """
    tk.check_access("govshare_audit_verify", context, data_dict)
    return service.verify()
