"""What the catalogue tells the exchange room of records that waited for a person."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.types import Context

from ckanext.govshare.exchange import waiting

__all__ = ["govshare_harvest_published"]


def govshare_harvest_published(context: Context, data_dict: dict[str, Any]) -> None:
    """Link the record that proposed a change with the entry that it became, in the caller's transaction. For the rooms.

    :param package_id: id of the entry
    :param origin: origin of the change: ``{point_id, guid, pins, loads}``
    :param edited: fields of the content that people corrected while it waited: they are pinned (optional)
    """
    tk.check_access("govshare_harvest_published", context, data_dict)
    package_id, origin = tk.get_or_bust(data_dict, ["package_id", "origin"])
    waiting.published(model.Package.get(package_id), origin, data_dict.get("edited") or ())
