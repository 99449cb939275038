"""数据专员 of record, and departments that are renamed, merge and split."""

from __future__ import annotations

from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk

from ckanext.govshare.logic import functions
from ckanext.govshare.people.logic import action, departments, reading


@tk.blanket.actions(functions(action, departments, reading))
@tk.blanket.auth_functions
@tk.blanket.blueprints
@tk.blanket.helpers
class PeoplePlugin(p.SingletonPlugin):
    p.implements(p.IConfigurer)

    def update_config(self, config: Any) -> None:
        tk.add_template_directory(config, "templates")
        tk.add_resource("assets", "govshare_people")
