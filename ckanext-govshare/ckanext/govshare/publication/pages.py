"""What pages of this room do alike."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk

SIZE = 20


def context() -> dict[str, Any]:
    """A fresh context of the person in front of the page; core need not look the account up again."""
    account = getattr(tk.current_user, "_get_current_object", lambda: tk.current_user)()
    found: dict[str, Any] = {"user": getattr(account, "name", "")}
    return found | {"auth_user_obj": account} if found["user"] else found


def number() -> int:
    """The page of a list that is asked for; nonsense gives the first."""
    value = tk.request.args.get("page", "1")
    return max(1, int(value)) if value.isdecimal() and len(value) < 7 else 1
