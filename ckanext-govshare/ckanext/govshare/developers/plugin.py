"""For programs: description of the API, keys with quota, rows by code, levels of accounts."""

from __future__ import annotations

from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from flask_login import user_logged_in

from ckanext.govshare.developers import helpers, identity, views
from ckanext.govshare.developers.logic import action, auth


@tk.blanket.helpers(helpers)
class DevelopersPlugin(p.SingletonPlugin):
    p.implements(p.IActions)
    p.implements(p.IAuthFunctions)
    p.implements(p.IBlueprint)
    p.implements(p.IConfigurer)
    p.implements(p.ISignal)

    def get_actions(self) -> dict[str, Any]:
        return {name: getattr(action, name) for name in action.__all__}

    def get_auth_functions(self) -> dict[str, Any]:
        return {name: getattr(auth, name) for name in auth.__all__}

    def get_signal_subscriptions(self) -> dict[Any, list[Any]]:
        return {user_logged_in: [identity.logged_in]}

    def get_blueprint(self) -> list[Any]:
        return [views.blueprint]

    def update_config(self, config: Any) -> None:
        tk.add_template_directory(config, "templates")
        tk.add_resource("assets", "govshare_developers")
