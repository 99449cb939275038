"""The exchange room: exchange points, runs, their workers, commands and pages."""

from __future__ import annotations

from types import ModuleType
from typing import Any

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


def _actions() -> dict[str, Any]:
    return _functions(acceptance, action, files, harvest, old_links, papers, records, todo, transfer, waiting)


def _auth_functions() -> dict[str, Any]:
    return _functions(auth, point_auth)


def _helpers() -> dict[str, Any]:
    return _functions(helpers, point_steps)


def _functions(*modules: ModuleType) -> dict[str, Any]:
    return {name: getattr(module, name) for module in modules for name in module.__all__}


@tk.blanket.auth_functions(_auth_functions)
@tk.blanket.actions(_actions)
@tk.blanket.validators
@tk.blanket.helpers(_helpers)
@tk.blanket.blueprints
class ExchangePlugin(p.SingletonPlugin):
    p.implements(p.IConfigurable)
    p.implements(p.IConfigurer)

    def update_config(self, config: CKANConfig) -> None:
        tk.add_template_directory(config, "templates")
        tk.add_resource("assets", "govshare_exchange")

    def configure(self, config: CKANConfig) -> None:
        harvesters.configure(settings.database_url, settings.folder)
        jobs.watch_workers()
