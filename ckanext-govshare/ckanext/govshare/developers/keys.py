"""Keys of developers: made once, shown once, kept as a digest.

They are no API tokens of CKAN: such a token is the whole account in one text, too much to stand in addresses. A key
stands for a quota and gives no right; who finds one can use up its requests and nothing else.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.govshare import config
from ckanext.govshare.developers import quota
from ckanext.govshare.developers.model import Key
from ckanext.govshare.kernel import clock

PREFIX = "gsk_"  # so that people and scanners of source code know what they found
LENGTH = len(PREFIX) + 43  # characters: 32 random bytes in base64url
SHOWN = len(PREFIX) + 6
ONE_AT_A_TIME = 7_023  # key of the advisory lock under which keys of a person are counted


def digest_of(key: str) -> str:
    """What the table keeps of a key: 256 random bits need no salt."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def find(key: str) -> Key | None:
    """The key that somebody sent, or None for one that is unknown, revoked, or whose owner is no longer there."""
    if len(key) != LENGTH or not key.startswith(PREFIX):
        return None
    return model.Session.scalar(
        sa.select(Key)
        .join(model.User, model.User.id == Key.user_id)
        .where(Key.digest == digest_of(key), Key.revoked.is_(None), model.User.state == "active")
    )


def make(user_id: str, name: str, purpose: str) -> tuple[Key, str]:
    """A new key inside the caller's transaction.

    :returns: its row, and the key itself, which is never seen again
    :raises ValidationError: ``name``: the person has as many keys as one may have, or one of this name
    """
    model.Session.execute(sa.select(sa.func.pg_advisory_xact_lock(ONE_AT_A_TIME, sa.func.hashtext(user_id))))
    standing = [key for key in of_user(user_id) if key.revoked is None]
    most = config.get("developers.keys")
    if len(standing) >= most:
        message = tk._("You have {number} keys already: revoke one that you no longer need").format(
            number=most
        )
        raise tk.ValidationError({"name": [message]})
    if any(key.name == name for key in standing):
        raise tk.ValidationError({"name": [tk._("You have a key of this name already")]})
    secret = PREFIX + secrets.token_urlsafe(32)
    made = Key(
        user_id=user_id, name=name, purpose=purpose, shown=secret[:SHOWN], digest=digest_of(secret),
        created=clock.now(),
    )  # fmt: skip
    model.Session.add(made)
    model.Session.flush()
    return made, secret


def of_user(user_id: str) -> list[Key]:
    """Every key that a person made, newest first."""
    rows = sa.select(Key).where(Key.user_id == user_id).order_by(Key.created.desc(), Key.id)
    return list(model.Session.scalars(rows))


def standing(limit: int, offset: int) -> tuple[int, list[tuple[Key, str]]]:
    """Keys in force of everybody, newest first, with the names of their owners; and how many there are."""
    wanted = Key.revoked.is_(None)
    count = model.Session.scalar(sa.select(sa.func.count()).select_from(Key).where(wanted)) or 0
    rows = model.Session.execute(
        sa.select(Key, model.User.name)
        .join(model.User, model.User.id == Key.user_id)
        .where(wanted)
        .order_by(Key.created.desc(), Key.id)
        .limit(limit)
        .offset(offset)
    )
    return count, [(key, name) for key, name in rows]


def shown(key: Key, today: int) -> dict[str, Any]:
    """A key as it is told of: never the key itself.

    :param today: requests that it made today
    """
    allowed = quota.of_key(key)
    return {
        "id": key.id,
        "name": key.name,
        "purpose": key.purpose,
        "begins": key.shown,
        "created": key.created.astimezone(clock.ZONE).isoformat(),
        "revoked": key.revoked.astimezone(clock.ZONE).isoformat() if key.revoked else None,
        "per_minute": allowed.per_minute,
        "per_day": allowed.per_day,
        "today": today,
    }
