"""The two rights: who may *see* an entry, who may *take* a file of it (DESIGN §4).

*See* is CKAN's permission labels, so that search, facets, feeds and pages agree. *Take* is :func:`may_take`, asked by
every door that gives data out: the download route, DataStore, and the ``url`` of a resource in show and search.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from ckan import model
from ckan.lib.plugins import DefaultPermissionLabels

from ckanext.govshare import roles
from ckanext.govshare.catalogue import forms

PUBLIC_OPEN_TYPES = ("1", "2")
PASSED = ("open", "publisher")  # files that the opening gate lets through (opening.py)
# Of people, for colleagues in the region; the public is given the telephone of the site.
INSIDE_ONLY = ("contact_phone",)


def is_public(extras: dict[str, str]) -> bool:
    """Whether the public may see an entry of these fields: published and open, with or without conditions."""
    return extras.get("catalogue_state") == "published" and extras.get("open_type") in PUBLIC_OPEN_TYPES


def is_narrower(item: dict[str, Any], entry: dict[str, Any]) -> bool:
    """Whether an item is shared more narrowly than its entry (V17): then the public is not told of it."""
    return str(item.get("share_type") or "") > str(entry.get("share_type") or "9")


class Labels(DefaultPermissionLabels):
    """Permission labels of entries and of the people who read them."""

    def get_dataset_labels(self, dataset_obj: model.Package) -> list[str]:
        labels = [f"org-{dataset_obj.owner_org}"] if dataset_obj.owner_org else []
        extras = dataset_obj.extras
        owner = roles.organization(dataset_obj.owner_org)
        if owner is not None:
            labels.append(f"office-{owner.region}")
        if dataset_obj.state != "active":
            return labels or ["nobody"]
        if dataset_obj.type not in forms.types():
            return labels if dataset_obj.private else ["public", *labels]
        if owner is not None and extras.get("catalogue_state") == "published":
            labels.append(f"government-{owner.region}")
        if not dataset_obj.private and is_public(extras):
            labels.append("public")
        return labels

    def get_user_dataset_labels(self, user_obj: Any) -> list[str]:
        return sorted(Reader.of(getattr(user_obj, "name", None)).labels())


@dataclass
class Reader:
    """What rights depend on in one person: read once, asked for many files."""

    operator: bool = False
    organizations: set[str] = field(default_factory=set)
    regions: set[str] = field(default_factory=set)
    office_regions: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, user: str | None) -> Reader:
        """The rights of a person, or of a visitor."""
        reader = cls(operator=roles.is_operator(user))
        for organization, held in roles.memberships(user):
            reader.organizations.add(organization.id)
            if organization.government:
                reader.regions.add(organization.region)
            if roles.Role.OFFICE in held:
                reader.office_regions.add(organization.region)
        return reader

    def labels(self) -> set[str]:
        """Permission labels of this person."""
        return (
            {"public"}
            | {f"org-{organization}" for organization in self.organizations}
            | {f"government-{region}" for region in self.regions}
            | {f"office-{region}" for region in self.office_regions}
        )


def may_take(
    reader: Reader, entry: dict[str, Any], resource: dict[str, Any], region: str
) -> tuple[bool, str]:
    """Whether a person may take a file.

    :param entry: fields of the entry (``owner_org``, ``catalogue_state``, ``share_type``, ``open_type``)
    :param resource: fields of the resource (``audience``, ``opening``)
    :param region: region of the provider
    :returns: the answer, and a slug that says why (not)
    """
    if entry.get("owner_org") in reader.organizations:
        return True, "own"
    if region in reader.office_regions:
        return True, "office"
    if entry.get("catalogue_state") != "published":
        return False, "not_published"
    if resource.get("audience") == "open":
        if entry.get("open_type") != "1":
            return False, "application_needed" if entry.get("open_type") == "2" else "not_open"
        return (True, "open") if resource.get("opening") in PASSED else (False, "review_needed")
    if region not in reader.regions:
        return False, "not_a_department"
    if entry.get("share_type") == "1":
        return True, "shared"
    return False, "grant_needed" if entry.get("share_type") == "2" else "not_shared"


def strip(reader: Reader, entry: dict[str, Any], region: str) -> dict[str, Any]:
    """Take out of an entry's resources what the reader may not have; changes and returns ``entry``.

    Files for departments are not listed to the public; a file that may not be taken is listed without its address.
    Neither are items that are shared more narrowly than their entry, nor telephone numbers.
    """
    if entry.get("type", "dataset") not in forms.types():
        return entry
    inside = (
        region in reader.regions
        or entry.get("owner_org") in reader.organizations
        or region in reader.office_regions
    )
    if not inside:
        for name in INSIDE_ONLY:
            entry.pop(name, None)
        if entry.get("info_items"):
            entry["info_items"] = [item for item in entry["info_items"] if not is_narrower(item, entry)]
    kept = []
    for resource in entry.get("resources", []):
        allowed, reason = may_take(reader, entry, resource, region)
        if not allowed:
            if resource.get("audience") != "open" and not inside:
                continue
            for key in ("url", "hash", "original_name", "source_key", "source_url"):
                resource.pop(key, None)
            resource["not_available"] = reason
        kept.append(resource)
    if "resources" in entry:
        entry["resources"] = kept
        entry["num_resources"] = len(kept)
    return entry


def regions_of(entries: Iterable[dict[str, Any]]) -> dict[str, str]:
    """Region by organisation id, for the providers of many entries in one query."""
    ids = {entry.get("owner_org") for entry in entries} - {None}
    if not ids:
        return {}
    rows = model.Session.query(model.Group.id, model.Group.extras).filter(model.Group.id.in_(ids))
    return {organization_id: (extras or {}).get("region", "") for organization_id, extras in rows}
