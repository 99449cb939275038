"""Who may register, accept and see exchange points. Whoever operates the site has no right of business.

The department registers, changes and tries its points; the office of its region reviews, assesses, accepts, marks and
suspends them, and may do what the department may.
"""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import AuthResult, Context

from ckanext.govshare import roles
from ckanext.govshare.exchange import old_links, papers, points
from ckanext.govshare.exchange.logic.auth import lists, point_organization, sees, works_for
from ckanext.govshare.logic.auth import answer

__all__ = [
    "govshare_exchange_attachment_remove",
    "govshare_exchange_attachment_show",
    "govshare_exchange_file_list",
    "govshare_exchange_coverage",
    "govshare_exchange_point_accept",
    "govshare_exchange_point_assess",
    "govshare_exchange_point_attach",
    "govshare_exchange_point_create",
    "govshare_exchange_point_history",
    "govshare_exchange_point_list",
    "govshare_exchange_point_mark",
    "govshare_exchange_point_review",
    "govshare_exchange_point_show",
    "govshare_exchange_point_suspend",
    "govshare_exchange_point_test",
    "govshare_exchange_point_update",
    "govshare_old_link_create",
    "govshare_old_link_list",
    "govshare_old_link_update",
]


def _of_the_department(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return answer(works_for(context["user"], point_organization(data_dict)))


@tk.auth_sysadmins_check
def _of_the_office(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    organization = roles.organization(point_organization(data_dict))
    allowed = organization is not None and roles.is_office(context["user"], organization.region)
    message = tk._("The coordinating office of the region reviews, assesses, accepts and suspends exchange points")
    return answer(allowed, message)


def _of_a_reader(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return answer(sees(context["user"], point_organization(data_dict)))


def _paper_organization(data_dict: dict[str, Any]) -> str:
    return points.find(papers.find(str(tk.get_or_bust(data_dict, "id"))).point_id).organization_id


@tk.auth_sysadmins_check
def govshare_exchange_point_create(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return answer(works_for(context["user"], str(data_dict.get("organization") or "")))


@tk.auth_sysadmins_check
def govshare_exchange_point_update(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return _of_the_department(context, data_dict)


def govshare_exchange_point_test(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return _of_the_department(context, data_dict)  # and operators: to look for a fault is to repair


@tk.auth_sysadmins_check
def govshare_exchange_point_attach(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return _of_the_department(context, data_dict)


@tk.auth_sysadmins_check
def govshare_exchange_attachment_remove(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return answer(works_for(context["user"], _paper_organization(data_dict)))


@tk.auth_sysadmins_check
def govshare_exchange_attachment_show(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return answer(sees(context["user"], _paper_organization(data_dict)))


govshare_exchange_coverage = lists
govshare_exchange_point_list = lists
govshare_old_link_list = lists

govshare_exchange_point_show = _of_a_reader
govshare_exchange_file_list = _of_a_reader
govshare_exchange_point_history = _of_a_reader

govshare_exchange_point_review = _of_the_office
govshare_exchange_point_assess = _of_the_office
govshare_exchange_point_accept = _of_the_office
govshare_exchange_point_suspend = _of_the_office
govshare_exchange_point_mark = _of_the_office


@tk.auth_sysadmins_check
def govshare_old_link_create(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return _of_either(context, data_dict.get("from"), data_dict.get("to"))


@tk.auth_sysadmins_check
def govshare_old_link_update(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    link = old_links.find(str(tk.get_or_bust(data_dict, "id")))
    allowed = _of_either(context, link.from_id, link.to_id)
    moved = {"from": link.from_id, "to": link.to_id} | {n: data_dict[n] for n in ("from", "to") if data_dict.get(n)}
    return allowed if not allowed["success"] else _of_either(context, moved["from"], moved["to"])


def _of_either(context: Context, *organizations: Any) -> AuthResult:
    return answer(any(works_for(context["user"], str(organization or "")) for organization in organizations))
