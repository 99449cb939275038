"""What the catalogue gives to reports: the entries of a period, by department."""

from __future__ import annotations

from datetime import date
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.types import Context

from ckanext.govshare import roles
from ckanext.govshare.catalogue import period

__all__ = ["govshare_catalogue_period"]


@tk.side_effect_free
def govshare_catalogue_period(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """What departments published, changed and withdrew from one day to another, both included.

    :param first: first day as CCYY-MM-DD, from 00:00 Beijing time
    :param last: last day, until its 24:00
    :param organizations: ids of departments; without it the caller's own, for the office all of its region
    :returns: ``{organization id: {catalogue: {published, new, updated, withdrawn}, systems: {the same}, exchange: {new,
        updated}}}``: numbers of entries. ``published`` is what was published at the end, ``new`` came to it in the
        period, ``updated`` is older and changed, ``withdrawn`` is older and was withdrawn; ``exchange`` is what of it
        exchange points brought
    :raises NotAuthorized: a department that is neither the caller's nor of his office's region
    :raises ValidationError: ``first``, ``last``: no day, or the wrong way round; ``organizations``: no list of ids
    """
    first, last = _day(data_dict, "first"), _day(data_dict, "last")
    if last < first:
        raise tk.ValidationError({"last": [tk._("The last day lies before the first")]})
    given = data_dict.get("organizations")
    if given is not None and not (isinstance(given, list) and all(isinstance(id, str) for id in given)):
        raise tk.ValidationError({"organizations": [tk._("This field holds a list of texts")]})
    tk.check_access("govshare_catalogue_period", context, {"organizations": given})
    return period.counts(given if given is not None else _within_reach(context), first, last)


def _day(data_dict: dict[str, Any], name: str) -> date:
    try:
        return date.fromisoformat(str(data_dict.get(name)))
    except ValueError:
        raise tk.ValidationError({name: [tk._("Give the day as CCYY-MM-DD")]}) from None


def _within_reach(context: Context) -> list[str]:
    hands = roles.Hands.of(context.get("user"))
    of_offices = sa.select(model.Group.id).where(
        model.Group.is_organization.is_(True),
        model.Group.state == "active",
        model.Group.extras["region"].astext.in_(hands.offices),
    )
    return sorted({*hands.works, *(model.Session.scalars(of_offices) if hands.offices else ())})
