"""Core's views of files, which pages of entries and files do not show: they have rows, charts and maps of their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Context
from flask import has_request_context, request

__all__ = ["resource_view_list"]

PAGES = ("dataset.read", "dataset_resource.read")


@tk.chained_action
@tk.side_effect_free
def resource_view_list(
    up: Callable[[Context, dict[str, Any]], Any], context: Context, data_dict: dict[str, Any]
) -> list[dict[str, Any]]:
    """Core's ``resource_view_list``; while the page of an entry is drawn it is empty: core asks it once a file.

    :param id: id of the resource
    :returns: as core answers it
    """
    if has_request_context() and request.endpoint in PAGES:
        return []
    return up(context, data_dict)


# It reads nothing and so asks for no right; core's own, behind it, does.
resource_view_list.auth_audit_exempt = True
