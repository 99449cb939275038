"""What the portal's templates ask for: an index of helpers; each is at home in the module that it comes from."""

from __future__ import annotations

from ckanext.govshare.portal.feeds import govshare_feeds
from ckanext.govshare.portal.formats import govshare_formats
from ckanext.govshare.portal.frame import (
    govshare_core_page,
    govshare_error,
    govshare_favicon,
    govshare_language_links,
    govshare_nav,
    govshare_reading_page,
    govshare_room,
    govshare_site,
)
from ckanext.govshare.portal.helpers_entry import (
    govshare_citation,
    govshare_downloads,
    govshare_items,
    govshare_link_dead,
    govshare_preview,
    govshare_quality,
)
from ckanext.govshare.portal.helpers_search import (
    govshare_filters,
    govshare_filters_asked,
    govshare_filters_chosen,
    govshare_items_found,
    govshare_mark,
    govshare_mark_department,
    govshare_nothing_found,
    govshare_query_url,
)
from ckanext.govshare.portal.helpers_words import (
    govshare_api_url,
    govshare_day,
    govshare_number,
    govshare_overview,
    govshare_recent,
    govshare_size,
    govshare_when,
)
from ckanext.govshare.portal.outlets_schema_org import govshare_structured_data

__all__ = [
    "govshare_feeds",
    "govshare_structured_data",
    "govshare_api_url",
    "govshare_citation",
    "govshare_core_page",
    "govshare_day",
    "govshare_downloads",
    "govshare_error",
    "govshare_favicon",
    "govshare_filters",
    "govshare_filters_asked",
    "govshare_filters_chosen",
    "govshare_formats",
    "govshare_items",
    "govshare_language_links",
    "govshare_link_dead",
    "govshare_items_found",
    "govshare_mark",
    "govshare_mark_department",
    "govshare_nothing_found",
    "govshare_nav",
    "govshare_number",
    "govshare_overview",
    "govshare_preview",
    "govshare_quality",
    "govshare_query_url",
    "govshare_reading_page",
    "govshare_recent",
    "govshare_room",
    "govshare_site",
    "govshare_size",
    "govshare_when",
]
