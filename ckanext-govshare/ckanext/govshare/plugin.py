"""The root plugin: settings, translations, commands, the record of events and the safe defaults of the whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from flask import Flask

import ckanext.govshare.i18n as i18n
from ckanext.govshare import cli, roles, safety
from ckanext.govshare.audit.logic import action as audit_action
from ckanext.govshare.audit.logic import auth as audit_auth
from ckanext.govshare.logic import action, auth, functions, workdays, workdays_auth


# The record of events is part of the root: no choice of plugins can switch it off.
@tk.blanket.actions(functions(action, audit_action, workdays))
@tk.blanket.auth_functions(functions(auth, audit_auth, workdays_auth))
@tk.blanket.config_declarations
class GovsharePlugin(p.SingletonPlugin):
    p.implements(p.IClick)
    p.implements(p.IMiddleware, inherit=True)
    p.implements(p.ITranslation)

    def get_commands(self) -> list[Any]:
        return [cli.group()]

    def make_middleware(self, app: Flask, config: Any) -> Flask:
        safety.scope_csrf_exemptions(app)
        safety.refuse_unreadable_addresses(app)
        roles.remember_while_reading(app)
        return app

    def i18n_directory(self) -> str:
        return str(Path(i18n.__file__).parent)

    def i18n_domain(self) -> str:
        return "ckanext-govshare"

    def i18n_locales(self) -> list[str]:
        return sorted(
            path.name
            for path in Path(self.i18n_directory()).iterdir()
            if path.is_dir() and path.name[0] != "_"
        )
