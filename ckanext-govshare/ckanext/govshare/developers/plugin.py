"""For programs: description of the API, keys with quota, rows by code, levels of accounts."""

from __future__ import annotations

from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from flask_login import user_logged_in

from ckanext.govshare.developers import identity


@tk.blanket.actions
@tk.blanket.auth_functions
@tk.blanket.blueprints
@tk.blanket.helpers
class DevelopersPlugin(p.SingletonPlugin):
    p.implements(p.IConfigurer)
    p.implements(p.ISignal)

    def update_config(self, config: Any) -> None:
        tk.add_template_directory(config, "templates")
        tk.add_resource("assets", "govshare_developers")

    def get_signal_subscriptions(self) -> dict[Any, list[Any]]:
        return {user_logged_in: [identity.logged_in]}
