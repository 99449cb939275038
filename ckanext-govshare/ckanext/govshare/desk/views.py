"""Pages of the desk room: every address, the function that answers it and its methods. The functions are beside."""

from __future__ import annotations

from flask import Blueprint

from ckanext.govshare.desk import (
    calendar_views,
    dialogue_views,
    forms_views,
    home_views,
    link_views,
    list_views,
    office_report_views,
    opening_views,
    pages,
    plan_views,
    progress_views,
    report_views,
    review_views,
    sheet_views,
    submission_views,
    target_field_views,
    target_views,
)

__all__ = ["blueprint"]

blueprint = Blueprint("govshare_desk", __name__)

MODULES = (
    home_views,
    review_views,
    list_views,
    link_views,
    opening_views,
    sheet_views,
    forms_views,
    submission_views,
    dialogue_views,
    plan_views,
    progress_views,
    report_views,
    office_report_views,
    target_field_views,
    target_views,
    calendar_views,
)
for _module in MODULES:
    for _rule, _view, *_methods in _module.ROUTES:
        blueprint.add_url_rule(_rule, view_func=_view, methods=_methods or ["GET"])
pages.install(blueprint)
