"""What pages of this room do alike."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import ckan.plugins.toolkit as tk
from flask import session

SIZE = 20
View = Callable[..., str]


def context() -> dict[str, Any]:
    """A fresh context of the person in front of the page; core need not look the account up again."""
    account = getattr(tk.current_user, "_get_current_object", lambda: tk.current_user)()
    found: dict[str, Any] = {"user": getattr(account, "name", "")}
    return found | {"auth_user_obj": account} if found["user"] else found


def kept_for_visitors(*reads: str) -> Callable[[View], View]:
    """A page that all visitors see alike is drawn once until it changes; everybody else gets one of their own.

    :param reads: the parameters of the address that the page looks at. One with words to search for is not kept
    """

    def wrap(view: View) -> View:
        @wraps(view)
        def answer(**path: str) -> str:
            asked = {name: tk.request.args.get(name, "") for name in reads}
            if tk.current_user.is_authenticated or session.get("_flashes") or asked.get("q"):
                return view(**path)
            key = ("page", tk.request.path, *asked.values())
            return tk.h.govshare_kept(key, lambda: view(**path))

        return answer

    return wrap


def number() -> int:
    """The page of a list that is asked for; nonsense gives the first."""
    value = tk.request.args.get("page", "1")
    return max(1, int(value)) if value.isdecimal() and len(value) < 7 else 1
