"""What the pages of the people room ask."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk

__all__ = ["govshare_department_history", "govshare_people_label"]


def govshare_people_label(value: str) -> str:
    """Word for a role, for a state of the yearly filing, or for the fate of an exchange point."""
    _ = tk._
    return {
        "editor": _("Editor"),
        "reviewer": _("Reviewer"),
        "office": _("Coordinating office"),
        "auditor": _("Auditor"),
        "missing": _("No data officer"),
        "unconfirmed": _("Not confirmed"),
        "confirmed": _("Confirmed"),
        "moved": _("goes along"),
        "suspended": _("is suspended"),
    }.get(value, value)


def govshare_department_history(name: str) -> dict[str, Any]:
    """Former names, mergers and splits of a department, as everybody may read them."""
    return tk.get_action("govshare_organization_history")({"user": ""}, {"id": name})
