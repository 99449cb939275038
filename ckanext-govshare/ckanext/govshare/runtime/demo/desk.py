"""What the demo's departments are at: systems, data officers of record, changes on their way through review.

Everything is done through the actions and by the accounts that would do it, so no step of a review is skipped.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ckanext.govshare.runtime.demo import city, people

Do = Callable[..., Any]
AREA = "information-system"


def systems(do: Do, name_of: Callable[[str], str]) -> int:
    """Register the information systems that are not there yet.

    Args:
        do: an action by name, as the account of the office.
        name_of: answers the name that an organisation bears on this site.

    Returns:
        How many were made.
    """
    query = {"fq": f"dataset_type:{AREA}", "rows": 1000, "include_private": True}
    known = {found["title"] for found in do("package_search", **query)["results"]}
    missing = [row for row in city.systems() if row["title"] not in known]
    for row in missing:
        do("package_create", **_system(row, name_of(row["dept"])))
    return len(missing)


def _system(row: dict[str, Any], owner: str) -> dict[str, Any]:
    contact = city.contacts()[row["dept"]]
    return {
        "type": AREA,
        "title": row["title"],
        "owner_org": owner,
        "owner_unit": row["unit"],
        "owner_level": row.get("level", "1"),
        "notes": row["notes"],
        "system_class": row.get("class", "01"),
        "use_scope": row["scope"],
        "users_month": str(row["users"]),
        "logins_month": str(row["logins"]),
        "approving_body": "市发展和改革委员会",
        "approved_on": row["approved"],
        "build_mode": "1",
        "fund_build": row.get("fund_build", "1"),
        "fund_run": row.get("fund_run", "1"),
        "build_state": row.get("state", "4"),
        "network": row["network"],
        "cloud_state": row["cloud"],
        "protection_grade": row["grade"],
        "protection_on": row["graded"],
        "contact_name": row["unit"],
        "contact_phone": contact["phone"],
        "is_demo": "1",
    }


def officers(do: Do, name_of: Callable[[str], str]) -> int:
    """Appoint the reviewers of departments as their data officers of record, but where the city is to lack one.

    Returns:
        How many were appointed.
    """
    count = 0
    for row in city.departments():
        account = people.reviewer(row["name"])
        department = row["government"] == "1" and row["org_type"] != "office"
        if account is None or not department or row["name"] in city.work()["without_officer"]:
            continue
        organization, contact = name_of(row["name"]), city.contacts()[row["name"]]
        if do("govshare_officer_show", organization=organization).get("officer"):
            continue
        do(
            "govshare_officer_appoint",
            organization=organization,
            user=account["name"],
            post=f"{contact['contact']}负责人",
            phone=contact["phone"],
        )
        count += 1
    return count


def changes(act: Callable[[str], Do]) -> int:
    """Begin the changes that nobody began yet, and take each as far as it is to stand.

    Args:
        act: answers, for an account, what does an action by name as this account.

    Returns:
        How many were begun.
    """
    count = 0
    for row in city.work()["changes"]:
        do = act(row["by"])
        package_id = do("package_show", id=row["of"])["id"] if "of" in row else None
        title = row["data"].get("title")
        if any(
            found["title"] == title if package_id is None else found["package_id"] == package_id
            for found in do("govshare_change_list", mine=True, limit=100)["results"]
        ):
            continue
        _take(
            act,
            do("govshare_change_create", data=row["data"], **({"id": package_id} if package_id else {})),
            row,
        )
        count += 1
    return count


def _take(act: Callable[[str], Do], change: dict[str, Any], row: dict[str, Any]) -> None:
    """Take a change from its draft to where it is to stand."""
    wanted, reviewer = row["until"], row["by"].replace("editor", "reviewer")
    if wanted == "draft":
        return
    act(row["by"])("govshare_change_submit", id=change["id"])
    if wanted == "returned":
        act(reviewer)("govshare_change_return", id=change["id"], reason=row["reason"])
    elif wanted == "office_review":
        act(reviewer)("govshare_change_approve", id=change["id"], opinion="内容属实，同意上报")
