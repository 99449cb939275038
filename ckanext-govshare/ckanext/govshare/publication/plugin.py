"""开放进度: targets, counting, progress pages, data applications, plans, links, monthly reports."""

from __future__ import annotations

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan.common import CKANConfig

from ckanext.govshare.logic import functions
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


@tk.blanket.actions(functions(action, applications, exports, links, plans, reports, targets))
@tk.blanket.auth_functions(
    functions(auth, applications_auth, exports_auth, links_auth, plans_auth, reports_auth, targets_auth)
)
@tk.blanket.blueprints
@tk.blanket.helpers
@tk.blanket.validators
class PublicationPlugin(p.SingletonPlugin):
    p.implements(p.IConfigurable)
    p.implements(p.IConfigurer)

    def configure(self, config: CKANConfig) -> None:
        ledger.install()

    def update_config(self, config: CKANConfig) -> None:
        tk.add_template_directory(config, "templates")
        tk.add_resource("assets", "govshare_publication")
