"""Pages of the publication room: every address, the function that answers it and its methods.

The functions are in `progress_views`, `board_views` and `application_views`. Everything shown comes from actions.
"""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from flask import Blueprint, current_app
from werkzeug.exceptions import Forbidden, NotFound

from ckanext.govshare.publication import application_views, board_views, progress_views

__all__ = ["govshare_publication"]

govshare_publication = Blueprint("govshare_publication", __name__)

for _module in (progress_views, board_views, application_views):
    for _rule, _view, *_methods in _module.ROUTES:
        govshare_publication.add_url_rule(_rule, view_func=_view, methods=_methods or ["GET"])
govshare_publication.before_app_request(application_views.office_form_only)


# An abort inside an error handler would leave Flask's hands: the site's own error page is asked for instead.
@govshare_publication.errorhandler(tk.ObjectNotFound)
def _not_found(error: tk.ObjectNotFound) -> Any:
    return current_app.handle_http_exception(NotFound(tk._("There is no such page")))


@govshare_publication.errorhandler(tk.NotAuthorized)
def _not_authorized(error: tk.NotAuthorized) -> Any:
    message = tk._("Only the office and the departments concerned may see this")
    return current_app.handle_http_exception(Forbidden(message))
