"""First account, office and the audit table's permissions, in one process (each CKAN start costs seconds).

Reads `{name, password, token}` as JSON from standard input, answers `{token, audit_sql}` as the last line of
standard output. Safe to repeat. Run by `govshare up`; not an interface for anyone else.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

TOKEN_NAME = "govshare up"  # noqa: S105  the name that the account's page shows, not a secret


def make_account(name: str, password: str, token: str | None) -> str:
    """Make the account, an operator, unless there is one; make a token unless a working one is given.

    :returns: the token
    """
    import ckan.model as model
    import ckan.plugins.toolkit as tk
    from ckan.lib.api_token import get_user_from_token

    ours: dict[str, Any] = {"ignore_auth": True, "user": ""}
    user = model.User.get(name)
    if user is None:
        tk.get_action("user_create")(
            dict(ours),
            {
                "name": name,
                "email": f"{name}@govshare.example.com",
                "password": password,
                "fullname": "管理员",
            },
        )
        user = model.User.get(name)
    if not user.sysadmin or user.state != "active":
        user.sysadmin = True
        user.state = "active"
        model.Session.commit()
    if token:
        owner = get_user_from_token(token)
        if owner is not None and owner.name == name:
            return token
    answer = tk.get_action("api_token_create")({**ours, "user": name}, {"user": name, "name": TOKEN_NAME})
    return str(answer["token"])


def main() -> int:
    """Do it all and answer on standard output."""
    request = json.loads(sys.stdin.read())
    import ckan.plugins as p
    import ckan.plugins.toolkit as tk
    from ckan.cli import load_config
    from ckan.config.middleware import make_app

    app = make_app(load_config(os.environ["CKAN_INI"]))
    answer = {"token": "", "audit_sql": ""}
    with app._wsgi_app.test_request_context():
        answer["token"] = make_account(request["name"], request["password"], request.get("token"))
        if p.plugin_loaded("govshare"):
            from ckanext.govshare.audit.service import permissions_sql

            answer["audit_sql"] = permissions_sql()
            if p.plugin_loaded("govshare_catalogue"):
                tk.get_action("govshare_init")({"user": request["name"], "ignore_auth": True}, {})
    sys.stdout.write("\n" + json.dumps(answer) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
