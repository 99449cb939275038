"""Pages of the desk room: every address, the function that answers it and its methods. The functions are beside."""

from __future__ import annotations

from flask import Blueprint

from ckanext.govshare.desk import (
    forms_views,
    home_views,
    list_views,
    opening_views,
    pages,
    plan_views,
    review_views,
    sheet_views,
)

__all__ = ["blueprint"]

blueprint = Blueprint("govshare_desk", __name__)

for _module in (home_views, review_views, list_views, opening_views, sheet_views, forms_views, plan_views):
    for _rule, _view, *_methods in _module.ROUTES:
        blueprint.add_url_rule(_rule, view_func=_view, methods=_methods or ["GET"])
pages.install(blueprint)
