"""Who may read the numbers of departments: their own people, and the office of their region."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.types import AuthResult, Context

from ckanext.govshare import roles
from ckanext.govshare.logic.auth import answer

__all__ = ["govshare_catalogue_period"]


@tk.auth_sysadmins_check
def govshare_catalogue_period(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    hands = roles.Hands.of(context.get("user"))
    others = set(data_dict.get("organizations") or ()) - hands.works
    allowed = bool(hands.works) and (
        not others or bool(hands.offices) and others <= _of(hands.offices, others)
    )
    return answer(allowed, tk._("For the department itself, and for the office of its region"))


def _of(regions: set[str], ids: set[str]) -> set[str]:
    """Those organisations that lie in one of the regions."""
    statement = sa.select(model.Group.id).where(
        model.Group.id.in_(ids),
        model.Group.is_organization.is_(True),
        model.Group.extras["region"].astext.in_(regions),
    )
    return set(model.Session.scalars(statement))
