"""Pages and addresses of the room `developers`."""

from __future__ import annotations

from flask import Blueprint

from ckanext.govshare.developers import apply_views, guide_views, key_views, rows_views

__all__ = ["blueprint"]

blueprint = Blueprint("govshare_developers", __name__)
blueprint.after_request(rows_views.anywhere)

for _rule, _view, *_methods in (
    *guide_views.ROUTES,
    *key_views.ROUTES,
    *apply_views.ROUTES,
    *rows_views.ROUTES,
):
    blueprint.add_url_rule(_rule, view_func=_view, methods=_methods or ["GET"])
