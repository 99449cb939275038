"""How well the site knows the people behind accounts (R86): a level an account, its source and its moment.

The level opens one door only, applying for data that are open on condition; it is no role and shows nothing more.
"""

from __future__ import annotations

import logging
from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan import model
from flask import session

from ckanext.govshare import config
from ckanext.govshare.developers.interfaces import IIdentity
from ckanext.govshare.developers.model import Identity
from ckanext.govshare.kernel import clock

log = logging.getLogger(__name__)

NONE, REAL_NAME = "none", "real_name"
LEVELS = (NONE, REAL_NAME)
OFFICE = "office"  # source: the office looked at the person's papers
SOURCE_LENGTH = 100


def account(name_or_id: str | None) -> model.User | None:
    """An active account."""
    found = model.User.get(name_or_id) if name_or_id and isinstance(name_or_id, str) else None
    return found if found is not None and found.state == "active" else None


def of(user_id: str) -> Identity | None:
    """What is kept of an account."""
    return model.Session.get(Identity, user_id)


def shown(user: model.User) -> dict[str, Any]:
    """An account as it is told of."""
    kept = of(user.id)
    return {
        "user": user.name,
        "level": kept.level if kept is not None else NONE,
        "source": kept.source if kept is not None else None,
        "verified_at": kept.verified_at.astimezone(clock.ZONE).isoformat()
        if kept and kept.verified_at
        else None,
    }


def keep(user: model.User, level: str, source: str, by: str, reason: str = "") -> None:
    """Keep a level, with an event, inside the caller's transaction.

    :param by: name of the person who says so, or of the account itself at a log-in
    """
    kept = of(user.id) or Identity(user_id=user.id)
    kept.level, kept.source, kept.verified_by = level, source, by
    kept.verified_at = clock.now() if level != NONE else None
    model.Session.add(kept)
    tk.get_action("govshare_event_add")(
        {"ignore_auth": True, "user": by},
        {
            "action": "account_verified" if level != NONE else "account_unverified",
            "object_type": "user",
            "object_id": user.id,
            "region": config.region(),
            "data": {"level": level, "source": source, "reason": reason},
        },
    )


def logged_in(_sender: Any, user: Any, **_rest: Any) -> None:
    """After a log-in: ask the plugins that know people. What one says never lowers what another source said."""
    for plugin in p.PluginImplementations(IIdentity):
        try:
            told = plugin.identity_level(user, session)
        except Exception:  # noqa: BLE001 - a log-in does not fail because a level cannot be told
            log.exception("%s cannot tell the level of an account", type(plugin).__name__)
            continue
        if told is None or told.level not in LEVELS:
            continue
        kept, source = of(user.id), str(told.source)[:SOURCE_LENGTH]
        known = (kept.level, kept.source) if kept is not None else (NONE, source)
        if known == (told.level, source) or (told.level == NONE and known[1] != source):
            continue
        keep(user, told.level, source, user.name)
        model.Session.commit()
