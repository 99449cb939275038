"""The workplace of departments and of the office: to-do list, forms, review. An internet site does without it."""

from __future__ import annotations

from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from flask import Flask

MOST_BYTES_TYPED = 4 * 1024 * 1024  # an item table of some thousand rows; Flask's half a megabyte ends at 400


@tk.blanket.actions
@tk.blanket.auth_functions
@tk.blanket.blueprints
@tk.blanket.helpers
class DeskPlugin(p.SingletonPlugin):
    p.implements(p.IConfigurer)
    p.implements(p.IMiddleware, inherit=True)

    def update_config(self, config: Any) -> None:
        tk.add_template_directory(config, "templates")
        tk.add_resource("assets", "govshare_desk")

    def make_middleware(self, app: Flask, config: Any) -> Flask:
        app.config["MAX_FORM_MEMORY_SIZE"] = MOST_BYTES_TYPED
        return app
