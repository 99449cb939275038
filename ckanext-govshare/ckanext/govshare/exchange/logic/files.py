"""The action that shows what became of the files of an exchange point."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Context

from ckanext.govshare.exchange import files_known, points, runs
from ckanext.govshare.exchange.logic import schema
from ckanext.govshare.logic import checked

__all__ = ["govshare_exchange_file_list"]


@tk.side_effect_free
def govshare_exchange_file_list(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Files that the site keeps of an exchange point, or could not fetch; those that are not fine first.

    :param exchange_point: id or name
    :param state: ``kept``, ``failed`` or ``unreachable`` (the host does not answer, or asks to be left alone); optional
    :param limit: at most 1000 (default 100)
    :param offset: files to pass over (default 0)
    :returns: ``{count, results: [{package: {id, name, title}, resource: {id, name}, url (without user name, password
        and query), state, kept (whether there is a copy), sha256, size (bytes), rows (in the DataStore), checked,
        failures (in a row), next_try, findings: [{slug, field, severity, message}]}]}``
    :raises NotAuthorized: the caller is neither of the department nor of the office of its region
    :raises ObjectNotFound: there is no such point
    """
    tk.check_access("govshare_exchange_file_list", context, data_dict)
    data = checked(context, data_dict, schema.govshare_exchange_file_list())
    point = points.find(data["exchange_point"])
    found = files_known.listed(point.id, data.get("state"), data["limit"], data["offset"])
    for row in found["results"]:
        row["findings"] = [runs.in_language(finding) for finding in row["findings"]]
    return found
