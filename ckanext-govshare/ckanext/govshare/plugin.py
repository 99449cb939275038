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
from ckanext.govshare.logic import action, auth, workdays, workdays_auth


def _functions(*modules: Any) -> dict[str, Any]:
    return {name: getattr(module, name) for module in modules for name in module.__all__}


@tk.blanket.config_declarations
class GovsharePlugin(p.SingletonPlugin):
    p.implements(p.IActions)
    p.implements(p.IAuthFunctions)
    p.implements(p.IClick)
    p.implements(p.IMiddleware, inherit=True)
    p.implements(p.ITranslation)

    # The record of events is part of the root: no choice of plugins can switch it off.
    def get_actions(self) -> dict[str, Any]:
        return _functions(action, audit_action, workdays)

    def get_auth_functions(self) -> dict[str, Any]:
        return _functions(auth, audit_auth, workdays_auth)

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
