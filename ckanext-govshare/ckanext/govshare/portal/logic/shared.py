"""What the actions of the portal that write have in common."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.types import Context

from ckanext.govshare import config

__all__ = ["commit", "record"]


def record(context: Context, action: str, kind: str, object_id: str, data: dict[str, Any]) -> None:
    """Add an event about the site inside the transaction."""
    event = {
        "action": action,
        "object_type": kind,
        "object_id": object_id,
        "region": config.region(),
        "data": data,
    }
    tk.get_action("govshare_event_add")({"ignore_auth": True, "user": context.get("user") or ""}, event)


def commit(context: Context) -> None:
    """End the transaction, unless the caller does."""
    if not context.get("defer_commit"):
        model.Session.commit()
