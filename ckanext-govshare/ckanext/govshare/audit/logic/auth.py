"""Who may read the record of events."""

from __future__ import annotations

from typing import Any

from ckan.types import AuthResult, Context

from ckanext.govshare import roles
from ckanext.govshare.logic.auth import answer, only_rooms

__all__ = ["govshare_audit_list", "govshare_audit_verify", "govshare_event_add"]

govshare_event_add = only_rooms  # a room records, a person never does


def govshare_audit_list(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return answer(roles.is_auditor(context["user"]))


def govshare_audit_verify(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return answer(roles.is_auditor(context["user"]))
