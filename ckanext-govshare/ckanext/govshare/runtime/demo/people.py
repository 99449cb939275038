"""The accounts of the demo city: those that `city.yaml` names, and who reviews for the other departments."""

from __future__ import annotations

from functools import cache

from ckanext.govshare.runtime.demo import city

REVIEWERS = ("-reviewer", "-second")  # the second account of an office signs for the office's own files
OFFICES = ("-office",)


@cache
def accounts() -> list[dict[str, str]]:
    """The accounts of the city: those of `city.yaml`, and a reviewer for every other provider of open files.

    Returns:
        `{name, fullname, organization, role}`; the office of a district that provides files has somebody to confirm.
    """
    found = list(city.city()["accounts"])
    rows = {row["name"]: row for row in city.departments()}
    providers = {
        entry.fields["owner_org"]
        for entry in city.entries()
        if any(file.audience == "open" for file in entry.files)
    }
    providers |= {point["organization"] for point in city.points() if point["kind"] == "database"}
    for name in sorted(providers):
        row = rows[name]
        held = tuple(account["name"] for account in found if account["organization"] == name)
        if row["org_type"] == "office" and not any(account.endswith(OFFICES) for account in held):
            found.append(_account(name, "office", f"{row['title']}审核岗"))
        if not any(account.endswith(REVIEWERS) for account in held):
            found.append(_account(name, "reviewer", f"{row['short_names'].split('、')[-1]}审核员"))
    return found


def _account(organization: str, work: str, fullname: str) -> dict[str, str]:
    name = f"demo-{organization}-{work}"
    return {"name": name, "fullname": fullname, "organization": organization, "role": "admin"}


def reviewer(organization: str) -> dict[str, str] | None:
    """The account that signs for a department."""
    return _of(organization, REVIEWERS)


def confirmer(region: str) -> dict[str, str] | None:
    """The account that confirms for the office of a region."""
    offices = [
        row["name"] for row in city.departments() if (row["org_type"], row["region"]) == ("office", region)
    ]
    return next(filter(None, (_of(office, OFFICES) for office in offices)), None)


def _of(organization: str, endings: tuple[str, ...]) -> dict[str, str] | None:
    mine = [account for account in accounts() if account["organization"] == organization]
    return next((account for account in mine if account["name"].endswith(endings)), None)
