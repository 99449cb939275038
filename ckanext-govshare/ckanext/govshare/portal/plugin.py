"""The public face: theme, home, search and entry pages, developers' page, words in two languages."""

from __future__ import annotations

from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan.common import CKANConfig
from flask import Flask

from ckanext.govshare.logic import functions
from ckanext.govshare.portal import cache, facets, outlet_views, settings
from ckanext.govshare.portal.logic import action, outlets, views_of_files


@tk.blanket.auth_functions
@tk.blanket.blueprints
@tk.blanket.helpers
class PortalPlugin(p.SingletonPlugin):
    p.implements(p.IActions)
    p.implements(p.IConfigurer)
    p.implements(p.IFacets, inherit=True)
    p.implements(p.IMiddleware, inherit=True)
    p.implements(p.IPackageController, inherit=True)

    def get_actions(self) -> dict[str, Any]:
        chained = functions(outlets) if p.plugin_loaded("dcat") else {}
        return functions(action, views_of_files) | chained

    def update_config(self, config: CKANConfig) -> None:
        tk.add_template_directory(config, "templates")
        tk.add_resource("assets", "govshare_portal")
        # Core's default asks gravatar.com for a picture of every user: nothing is loaded from elsewhere.
        config["ckan.gravatar_default"] = "disabled"

    def update_config_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return schema | settings.schema()

    def make_middleware(self, app: Flask, config: CKANConfig) -> Flask:
        cache.install(app)
        outlet_views.replace_core_feeds(app)
        return app

    def before_dataset_search(self, search_params: dict[str, Any]) -> dict[str, Any]:
        return facets.narrowed(search_params)

    def dataset_facets(self, facets_dict: dict[str, str], package_type: str) -> dict[str, str]:
        return facets.titles() if package_type == "dataset" else facets_dict

    def organization_facets(
        self, facets_dict: dict[str, str], organization_type: str, package_type: str | None
    ) -> dict[str, str]:
        return facets.titles(leave_out="organization")
