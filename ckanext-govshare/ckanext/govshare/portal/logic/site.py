"""Actions of the settings of the site."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Context

from ckanext.govshare import config
from ckanext.govshare.portal import settings
from ckanext.govshare.portal.logic.shared import commit, record

__all__ = ["govshare_site_show", "govshare_site_update"]


@tk.side_effect_free
def govshare_site_show(context: Context, data_dict: dict[str, Any]) -> dict[str, str]:
    """Names, emblem, colours and foot of the site as they are in force.

    :returns: ``{name, slogan, name_en, slogan_en, city, office, emblem, brand, brand_deep, sponsor, operator, phone,
        icp, police, code, party_mark, links}``, all text
    """
    tk.check_access("govshare_site_show", context, data_dict)
    return settings.current()


def govshare_site_update(context: Context, data_dict: dict[str, Any]) -> dict[str, str]:
    """Set names, emblem, colours and foot of the site; what is not given stays. Shown with the next request everywhere.

    :param brand: ``#rrggbb``; refused when a text on it would have a contrast under 4.5:1; ``brand_deep`` the same
    :param emblem: one character, an address on this site, or a picture as ``data:image/png;base64,…``
    :param links: links of the foot, a line each: name, blank, address
    :returns: as of :func:`govshare_site_show`, whose other names are parameters, too
    :raises ValidationError: by name
    """
    tk.check_access("govshare_site_update", context, data_dict)
    changed = settings.save(settings.checked(data_dict))
    if changed:
        record(context, "site_updated", "site", config.region(), {"changed": sorted(changed)})
        commit(context)
        settings.take_over()
    return settings.current()
