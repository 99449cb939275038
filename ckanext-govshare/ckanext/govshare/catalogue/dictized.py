"""Many packages as core dictizes one: `model_dictize.package_dictize` and the two show schemas, read in bulk.

Core asks some fifteen statements a package; for an index document that is most of the work. What comes out is equal to
core's own answer (tests/catalogue/test_index.py compares them).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from ckan import logic, model, plugins
from ckan.lib import plugins as lib_plugins
from ckan.lib.dictization import model_dictize, obj_list_dictize, table_dictize
from ckan.lib.navl.dictization_functions import validate
from ckan.logic.schema import default_show_package_schema

Dict = dict[str, Any]
Rows = dict[str, list[Any]]


def both_schemas(package_ids: Collection[str]) -> Iterator[tuple[Dict, Dict]]:
    """Packages after core's default schema and after that of their type, in the order of the ids.

    What ``ckan.logic.package_show_default_and_custom_schemas`` answers for each; packages that are gone are left out.
    """
    found = model.Session.scalars(sa.select(model.Package).where(model.Package.id.in_(list(package_ids))))
    packages = {package.id: package for package in found}  # held: the session forgets what nobody holds
    related = _Related(list(packages.values()))
    default = default_show_package_schema()
    # The name was checked when it was written; asking whether it is free would cost a statement a package.
    default["name"] = []
    for package_id in package_ids:
        if package_id in packages:
            yield _schemas(_dictized(packages[package_id], related), packages[package_id], default)


def _schemas(entry: Dict, package: model.Package, default: Dict) -> tuple[Dict, Dict]:
    context = {"ignore_auth": True, "user": "", "use_cache": False, "model": model, "session": model.Session}
    context["package"] = package
    for item in plugins.PluginImplementations(plugins.IPackageController):
        item.read(package)
    for item in plugins.PluginImplementations(plugins.IResourceController):
        for resource in entry["resources"]:
            item.before_resource_show(resource)
    plain, _errors = validate(entry, default, context)
    plugin = lib_plugins.lookup_package_plugin(entry["type"])
    custom, _errors = lib_plugins.plugin_validate(
        plugin, context, entry, plugin.show_package_schema(), "package_show"
    )
    logic.apply_after_dataset_show_plugins(context, custom)
    return plain, custom


class _Related:
    """What belongs to packages, one statement a kind."""

    def __init__(self, packages: Sequence[model.Package]):
        ids = [package.id for package in packages]
        resource, tag, tagged = model.resource_table, model.tag_table, model.package_tag_table
        member, group, relation = model.member_table, model.group_table, model.package_relationship_table
        self.resources = _by("package_id", sa.select(resource).where(resource.c.package_id.in_(ids)))
        self.tags = _by(
            "package_id",
            sa.select(tagged.c.package_id, tag, tagged.c.state)
            .join(tagged, tag.c.id == tagged.c.tag_id)
            .where(tagged.c.package_id.in_(ids)),
        )
        self.groups = _by(
            "table_id",
            sa.select(member.c.table_id, group, member.c.capacity)
            .join(member, group.c.id == member.c.group_id)
            .where(
                member.c.table_id.in_(ids), member.c.state == "active", group.c.is_organization.is_(False)
            ),
        )
        owners = {package.owner_org for package in packages if package.owner_org}
        self.owners = _by("id", sa.select(group).where(group.c.id.in_(owners), group.c.state == "active"))
        self.as_subject = _by(
            "subject_package_id", sa.select(relation).where(relation.c.subject_package_id.in_(ids))
        )
        self.as_object = _by(
            "object_package_id", sa.select(relation).where(relation.c.object_package_id.in_(ids))
        )


def _by(column: str, query: sa.Select) -> Rows:
    found: Rows = defaultdict(list)
    for row in model.Session.execute(query):
        found[getattr(row, column)].append(row)
    return found


def _dictized(package: model.Package, related: _Related) -> Dict:
    context: Dict = {"model": model, "session": model.Session, "ignore_auth": True, "user": ""}
    entry = table_dictize(package, context)
    entry.pop("plugin_data", None)
    entry["title"] = (entry["title"] or "").strip() or entry["title"]
    entry["resources"] = model_dictize.resource_list_dictize(related.resources[package.id], context)
    entry["num_resources"] = len(entry["resources"])
    entry["tags"] = obj_list_dictize(related.tags[package.id], context, lambda tag: tag["name"])
    for tag in entry["tags"]:
        del tag["package_id"]
        tag["display_name"] = tag["name"]
    entry["num_tags"] = len(entry["tags"])
    entry["extras"] = [{"key": key, "value": value} for key, value in (entry["extras"] or {}).items()]
    context["with_capacity"] = False
    entry["groups"] = model_dictize.group_list_dictize(
        related.groups[package.id], context, with_package_counts=False
    )
    for group in entry["groups"]:
        group.pop("table_id", None)
    owner = obj_list_dictize(related.owners[package.owner_org], context)
    entry["organization"] = owner[0] if owner else None
    if owner:
        del entry["organization"]["extras"]
    entry["relationships_as_subject"] = obj_list_dictize(related.as_subject[package.id], context)
    entry["relationships_as_object"] = obj_list_dictize(related.as_object[package.id], context)
    entry["isopen"] = package.isopen()
    entry["type"] = package.type or "dataset"
    return entry | _license(package) | _moments(package)


def _license(package: model.Package) -> Dict:
    known = package.license
    if known is None:
        return {"license_title": package.license_id}
    if not known.url:
        return {"license_title": known.title}
    return {"license_url": known.url, "license_title": known.title.split("::")[-1]}


def _moments(package: model.Package) -> Dict:
    created = package.metadata_created
    return {
        "metadata_modified": package.metadata_modified.isoformat(),
        "metadata_created": created.isoformat() if created else None,
    }
