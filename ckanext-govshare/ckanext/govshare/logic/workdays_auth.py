"""Who may see the calendar of working days (everybody) and load a year of it (the office of the site's region)."""

from __future__ import annotations

from ckanext.govshare.logic.auth import anybody, only_office

__all__ = ["govshare_workdays_list", "govshare_workdays_upload"]

govshare_workdays_list = anybody
govshare_workdays_upload = only_office
