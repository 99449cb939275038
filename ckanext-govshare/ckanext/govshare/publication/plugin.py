"""开放进度: targets, counting, progress pages, data applications, plans, links, monthly reports."""

from __future__ import annotations

from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan.common import CKANConfig

from ckanext.govshare.publication import ledger
from ckanext.govshare.publication.logic import (
    action,
    applications,
    applications_auth,
    auth,
    exports,
    exports_auth,
    links,
    links_auth,
    plans,
    plans_auth,
    reports,
    reports_auth,
    targets,
    targets_auth,
)


def _functions(*modules: Any) -> dict[str, Any]:
    return {name: getattr(module, name) for module in modules for name in module.__all__}


@tk.blanket.blueprints
@tk.blanket.helpers
@tk.blanket.validators
class PublicationPlugin(p.SingletonPlugin):
    p.implements(p.IActions)
    p.implements(p.IAuthFunctions)
    p.implements(p.IConfigurable)
    p.implements(p.IConfigurer)

    def get_actions(self) -> dict[str, Any]:
        return _functions(action, applications, exports, links, plans, reports, targets)

    def get_auth_functions(self) -> dict[str, Any]:
        return _functions(
            auth, applications_auth, exports_auth, links_auth, plans_auth, reports_auth, targets_auth
        )

    def configure(self, config: CKANConfig) -> None:
        ledger.install()

    def update_config(self, config: CKANConfig) -> None:
        tk.add_template_directory(config, "templates")
        tk.add_resource("assets", "govshare_publication")
