"""Actions on targets: at least so much of something by the end of a day."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.types import Context

from ckanext.govshare import roles
from ckanext.govshare.kernel import clock
from ckanext.govshare.kernel.counting import RULE_VERSION
from ckanext.govshare.publication import service
from ckanext.govshare.publication.logic import schema
from ckanext.govshare.publication.logic.action import checked, record, target_of
from ckanext.govshare.publication.model import Scope, Target

__all__ = [
    "govshare_target_create",
    "govshare_target_list",
    "govshare_target_show",
    "govshare_target_update",
]


def _show(target: Target) -> dict[str, Any]:
    shown = {column.name: getattr(target, column.name) for column in Target.__table__.columns}
    for internal in ("created_by", "changed_by"):
        shown.pop(internal)
    for key, value in shown.items():
        if isinstance(value, datetime):
            shown[key] = service.stamp(value)
        elif isinstance(value, date):
            shown[key] = value.isoformat()
        elif isinstance(value, Decimal):
            shown[key] = service.plain(value)
    return shown


def govshare_target_create(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Set a target: at least a number of something by the end of a day, counted by the present rule.

    :param title: what people read, in Chinese
    :param title_en: the same in English (optional)
    :param measure: ``open_datasets`` 开放数据集 or ``applications`` 数据应用
    :param at_least: the number, itself included (以上含本数)
    :param due: last day as YYYY-MM-DD; the count is that of 24:00, Beijing time
    :param scope: ``city`` (a region and what lies in it; default) or ``department``
    :param region: region code, the site's own by default
    :param organization: name or id of the department, for scope ``department``
    :returns: the target, as `govshare_target_show` answers it
    :raises NotAuthorized: the caller is not of the region's coordinating office
    :raises ValidationError: a field is missing or wrong
    """
    tk.check_access("govshare_target_create", context, data_dict)
    data = checked(data_dict, schema.target_create(), context)
    organization = data.pop("organization", None)
    if (data["scope"] == Scope.DEPARTMENT) != bool(organization):
        message = tk._("A target names a department exactly when its scope is department")
        raise tk.ValidationError({"organization": [message]})
    if organization and roles.organization(organization).region != data["region"]:
        raise tk.ValidationError({"organization": [tk._("The department is of another region")]})
    fields = {key: value for key, value in data.items() if not key.startswith("__")}
    target = Target(
        **fields, organization_id=organization, rule_version=RULE_VERSION, created_by=context.get("user", "")
    )
    model.Session.add(target)
    model.Session.flush()
    record(context, "target_created", target, _show(target))
    model.Session.commit()
    return _show(target)


def govshare_target_update(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Change a target; what is not given stays.

    :param id: id of the target
    :param title: as in `govshare_target_create` (optional, as all that follow)
    :param title_en: its English form
    :param at_least: the number
    :param due: last day as YYYY-MM-DD
    :returns: the target, as `govshare_target_show` answers it
    :raises NotAuthorized: the caller is not of the region's coordinating office
    :raises ObjectNotFound: there is no such target
    :raises ValidationError: a field is wrong, or number or day of a locked target are to change
    """
    tk.check_access("govshare_target_update", context, data_dict)
    data = checked(data_dict, schema.target_update(), context)
    target = target_of(data["id"])
    changes = {key: data[key] for key in ("title", "title_en", "at_least", "due") if key in data}
    changes = {key: value for key, value in changes.items() if value != getattr(target, key)}
    if {"at_least", "due"} & changes.keys() and service.locks_of([target]):
        key = next(key for key in ("at_least", "due") if key in changes)
        message = tk._("The row of this due date is locked; set a new target instead")
        raise tk.ValidationError({key: [message]})
    if not changes:
        return _show(target)
    before = _show(target)
    for key, value in changes.items():
        setattr(target, key, value)
    target.changed, target.changed_by = clock.now(), context.get("user", "")
    after = _show(target)
    record(context, "target_updated", target, {key: [before[key], after[key]] for key in changes})
    model.Session.commit()
    return after


@tk.side_effect_free
def govshare_target_show(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """A target.

    :param id: its id
    :returns: ``{id, title, title_en, measure, at_least, due, scope, region, organization_id, rule_version,
        created, changed}``; days and times in ISO form
    :raises ObjectNotFound: there is no such target
    """
    tk.check_access("govshare_target_show", context, data_dict)
    return _show(target_of(checked(data_dict, schema.target_show(), context)["id"]))


@tk.side_effect_free
def govshare_target_list(context: Context, data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """All targets, by measure and due date.

    :returns: a list of what `govshare_target_show` answers
    """
    tk.check_access("govshare_target_list", context, data_dict)
    return [_show(target) for target in service.targets()]
