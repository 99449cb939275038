"""Re-classification: an entry that changes its class gets a code of the new class; the old one stays an alias.

The entry's name, and with it its address, never changes (DESIGN §4). Who approves the change of class approves the new
code; nothing here asks for rights.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from ckan import model

from ckanext.govshare import config, roles
from ckanext.govshare.catalogue import codes, forms
from ckanext.govshare.catalogue.model import Code
from ckanext.govshare.kernel import rules


def new_prefix(package_type: str, data: dict[str, Any], before: dict[str, Any]) -> str:
    """The class part that an entry's code should have by now.

    :param data: fields as they would be; an explicit new code among them is its author's decision
    :param before: fields as they stand
    :returns: e.g. ``307001005``; empty where the code may stay: the class did not change, the code is within the class
        (V1), or the entry is harvested and its code follows its point
    """
    spec = forms.form(package_type).code
    code = str(before.get(spec.field) or "")
    profile = data.get("profile") or before.get("profile") or rules.NATIONAL
    if not code or profile != rules.NATIONAL or str(data.get(spec.field) or code) != code:
        return ""
    owner = roles.organization(data.get("owner_org"), closed=True)
    prefix = spec.prefix_of(data, owner.region if owner is not None else config.region())
    if spec.constant or not spec.valid(f"{prefix}/1") or code.partition("/")[0].startswith(prefix):
        return ""
    return prefix


def recode(
    package_type: str, data: dict[str, Any], before: dict[str, Any], package_id: str | None = None
) -> None:
    """Give an entry that changed its class a code of the new one; changes ``data``. The caller's transaction.

    An entry that comes back to a class takes its former code there.

    :param data: fields as they would be
    :param before: fields as they stand
    :param package_id: the entry
    """
    prefix = new_prefix(package_type, data, before)
    if prefix:
        field = forms.form(package_type).code.field
        data[field] = _former(package_id, prefix) or codes.allot(prefix)[0]


def _former(package_id: str | None, prefix: str) -> str | None:
    return model.Session.scalar(
        sa.select(Code.code)
        .where(Code.package_id == package_id, Code.code.startswith(f"{prefix}/", autoescape=True))
        .order_by(Code.since.desc())
        .limit(1)
    )


def former_codes(package_id: str) -> list[str]:
    """Codes that an entry bore before, the latest first."""
    return list(
        model.Session.scalars(
            sa.select(Code.code)
            .where(Code.package_id == package_id, Code.until.is_not(None))
            .order_by(Code.until.desc())
        )
    )
