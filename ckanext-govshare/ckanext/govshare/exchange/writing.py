"""How runs write to the catalogue: as the site's own user, each batch committed by the run, the index afterwards."""

from __future__ import annotations

import logging
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model

log = logging.getLogger(__name__)


def actor() -> str:
    """Name of the site's own user, in whose name entries are written; who started a run is in its row."""
    return tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]


def context(user: str) -> dict[str, Any]:
    """Context of an action whose transaction the run commits."""
    return {"ignore_auth": True, "user": user, "defer_commit": True}


def drain_index(run_id: str, limit: int = 500) -> None:
    """Bring what was committed into the index; what fails stays in the outbox for the timer.

    :param limit: entries of one request
    """
    try:
        tk.get_action("govshare_index_drain")({"ignore_auth": True}, {"limit": limit})
    except Exception as error:  # noqa: BLE001 - whatever ails the index, the outbox keeps its rows
        model.Session.rollback()
        log.warning("run %s: index not drained: %s", run_id, type(error).__name__)
