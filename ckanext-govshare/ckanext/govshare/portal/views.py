"""Pages of the portal that core does not have."""

from __future__ import annotations

from ckan.types import Response
from flask import Blueprint, jsonify

from ckanext.govshare.portal import download_views, page_views, scripts, site_views
from ckanext.govshare.portal.outlet_views import govshare_outlets

__all__ = ["govshare_outlets", "govshare_portal"]

govshare_portal = Blueprint("govshare_portal", __name__)
page_views.register(govshare_portal)
site_views.register(govshare_portal)
govshare_portal.add_url_rule(
    "/dataset/<id>/resource/<resource_id>/as/<format>", "convert", download_views.convert_resource
)
govshare_portal.add_url_rule("/dataset/<id>/package.zip", "package", download_views.package)
govshare_portal.add_url_rule("/package", "packages", download_views.packages)


@govshare_portal.route(f"/api/i18n/<any({','.join(map(repr, scripts.LANGUAGES))}):language>")
def script_words(language: str) -> Response:
    """What core's scripts say, in Chinese (portal/scripts.py)."""
    answer = jsonify(scripts.words(language))
    answer.headers["Cache-Control"] = "public, max-age=3600"
    return answer
