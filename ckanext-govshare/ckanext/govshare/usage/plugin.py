"""Views, downloads and calls: counted without robots, shown, ranked."""

from __future__ import annotations

from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk

from ckanext.govshare.usage import counter, helpers, views
from ckanext.govshare.usage.logic import action, auth


@tk.blanket.helpers(helpers)
class UsagePlugin(p.SingletonPlugin):
    p.implements(p.IActions)
    p.implements(p.IAuthFunctions)
    p.implements(p.IBlueprint)
    p.implements(p.IConfigurable)
    p.implements(p.IConfigurer)

    def get_actions(self) -> dict[str, Any]:
        return {name: getattr(action, name) for name in action.__all__}

    def get_auth_functions(self) -> dict[str, Any]:
        return {name: getattr(auth, name) for name in auth.__all__}

    def get_blueprint(self) -> list[Any]:
        return [views.blueprint]

    def configure(self, config: Any) -> None:
        counter.listen()

    def update_config(self, config: Any) -> None:
        tk.add_template_directory(config, "templates")
        tk.add_resource("assets", "govshare_usage")
