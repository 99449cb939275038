"""The exchange room: exchange points, runs, their workers, commands and pages."""

from __future__ import annotations

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan.common import CKANConfig

from ckanext.govshare import config as settings
from ckanext.govshare import harvesters
from ckanext.govshare.exchange import helpers, jobs, point_steps
from ckanext.govshare.exchange.logic import (
    acceptance,
    action,
    auth,
    files,
    harvest,
    old_links,
    papers,
    point_auth,
    records,
    todo,
    transfer,
    waiting,
)
from ckanext.govshare.logic import functions


@tk.blanket.actions(
    functions(acceptance, action, files, harvest, old_links, papers, records, todo, transfer, waiting)
)
@tk.blanket.auth_functions(functions(auth, point_auth))
@tk.blanket.blueprints
@tk.blanket.helpers(functions(helpers, point_steps))
@tk.blanket.validators
class ExchangePlugin(p.SingletonPlugin):
    p.implements(p.IConfigurable)
    p.implements(p.IConfigurer)

    def update_config(self, config: CKANConfig) -> None:
        tk.add_template_directory(config, "templates")
        tk.add_resource("assets", "govshare_exchange")

    def configure(self, config: CKANConfig) -> None:
        harvesters.configure(settings.database_url, settings.folder)
        jobs.watch_workers()
