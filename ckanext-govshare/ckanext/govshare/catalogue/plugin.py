"""信息资源目录: entries, code lists, files, and what the index holds."""

from __future__ import annotations

from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from flask import Flask

from ckanext.govshare.catalogue import codelists, files, index, redirects, rights, views
from ckanext.govshare.catalogue import standards as standard_items
from ckanext.govshare.catalogue.hooks import EntryHooks
from ckanext.govshare.catalogue.logic import (
    action,
    auth,
    chained,
    change,
    change_auth,
    departments,
    departments_auth,
    opening,
    opening_auth,
    period,
    period_auth,
    sheets,
    sheets_auth,
    standards,
    standards_auth,
    store,
    suggest,
    suggest_auth,
)
from ckanext.govshare.logic import functions

OF_DATASTORE = {"datastore_info", "datastore_search", "datastore_search_sql"}


@tk.blanket.auth_functions(
    functions(
        auth, change_auth, departments_auth, opening_auth, period_auth, sheets_auth, standards_auth, suggest_auth
    )
)
@tk.blanket.blueprints
@tk.blanket.helpers
@tk.blanket.validators
class CataloguePlugin(EntryHooks, p.SingletonPlugin, rights.Labels):
    p.implements(p.IActions)
    p.implements(p.IConfigurable)
    p.implements(p.IConfigurer)
    p.implements(p.IMiddleware, inherit=True)
    p.implements(p.IPackageController, inherit=True)
    p.implements(p.IPermissionLabels)
    p.implements(p.IUploader, inherit=True)

    def get_actions(self) -> dict[str, Any]:
        """Those that chain the DataStore only where that is loaded."""
        left_out = set() if p.plugin_loaded("datastore") else OF_DATASTORE
        found = functions(action, chained, change, departments, opening, period, sheets, standards, store, suggest)
        return {name: function for name, function in found.items() if name not in left_out}

    def update_config(self, config: Any) -> None:
        tk.add_template_directory(config, "templates")

    def configure(self, config: Any) -> None:
        for table in (codelists.lists, codelists.profile, standard_items.register, codelists.synonyms):
            table()  # a deployment's own broken list stops the start, not the first officer
        index.install()

    def make_middleware(self, app: Flask, config: Any) -> Flask:
        views.replace_download(app)
        redirects.install(app)
        return app

    def get_resource_uploader(self, data_dict: dict[str, Any]) -> files.ResourceUpload:
        return files.ResourceUpload(data_dict)
