"""The register of standard items (数据元)."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Context

from ckanext.govshare.catalogue import standards

__all__ = ["govshare_standard_item_list", "govshare_standard_item_show"]


@tk.side_effect_free
def govshare_standard_item_list(context: Context, data_dict: dict[str, Any]) -> list[dict[str, str]]:
    """The standard items, to bind information items to.

    :param q: text that identifier, name or description holds (optional)
    :returns: ``[{id, zh, en, name, type, length?, code_table?, description?, source?}]``, in the register's order
    """
    tk.check_access("govshare_standard_item_list", context, data_dict)
    return [item.as_dict() for item in standards.find(str(data_dict.get("q") or ""))]


@tk.side_effect_free
def govshare_standard_item_show(context: Context, data_dict: dict[str, Any]) -> dict[str, str]:
    """One standard item.

    :param id: its identifier, e.g. ``DE101``
    :returns: ``{id, zh, en, name, type, length?, code_table?, description?, source?}``
    :raises ObjectNotFound: the register has no such item
    """
    tk.check_access("govshare_standard_item_show", context, data_dict)
    item_id = str(tk.get_or_bust(data_dict, "id"))
    item = standards.register().get(item_id)
    if item is None:
        raise tk.ObjectNotFound(tk._("There is no standard item {id}").format(id=item_id))
    return item.as_dict()
