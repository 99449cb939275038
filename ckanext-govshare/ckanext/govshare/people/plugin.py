"""数据专员 of record, and departments that are renamed, merge and split."""

from __future__ import annotations

from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk

from ckanext.govshare.people import helpers, views
from ckanext.govshare.people.logic import action, auth, departments, reading

MODULES = (action, departments, reading)


@tk.blanket.helpers(helpers)
class PeoplePlugin(p.SingletonPlugin):
    p.implements(p.IActions)
    p.implements(p.IAuthFunctions)
    p.implements(p.IBlueprint)
    p.implements(p.IConfigurer)

    def get_actions(self) -> dict[str, Any]:
        return {name: getattr(module, name) for module in MODULES for name in module.__all__}

    def get_auth_functions(self) -> dict[str, Any]:
        return {name: getattr(auth, name) for name in auth.__all__}

    def get_blueprint(self) -> list[Any]:
        return [views.blueprint]

    def update_config(self, config: Any) -> None:
        tk.add_template_directory(config, "templates")
        tk.add_resource("assets", "govshare_people")
