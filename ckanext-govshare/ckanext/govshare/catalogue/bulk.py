"""Many new entries in one go, each as core's ``package_create`` makes it.

An entry goes through the same preparation, schema, validators and plugin hooks as one at a time; what differs is that
its rows are written with those of the others: some ten statements a batch where core asks twenty an entry. What core
writes and what is written here are compared by tests/catalogue/test_bulk.py.

The code of an entry is its own: it was allotted, or the plan found it free; the unique keys of codes and names stand
behind that, and a batch that breaks one is void (exchange/apply.py replays it one by one).
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import logic, model, plugins
from ckan.lib import datapreview
from ckan.lib import plugins as lib_plugins
from ckan.lib.dictization.model_save import resource_dict_save
from ckan.types import Context

from ckanext.govshare import roles
from ckanext.govshare.catalogue import forms, service
from ckanext.govshare.catalogue.model import ChangeLog, Code
from ckanext.govshare.kernel import clock

Data = dict[str, Any]
TAG_LOCK = 7305803


def create(context: Context, entries: Iterable[Data]) -> list[Data]:
    """Create entries inside the caller's transaction; those that a schema refuses are left out of it.

    :param context: of the engine (``govshare_engine``, ``ignore_auth``); ``govshare_run`` goes into the change log
    :param entries: all fields of the entries, their codes included
    :returns: for each ``{id, tags: [name]}`` or ``{errors: {field: messages}}``, in their order
    :raises sqlalchemy.exc.IntegrityError: a code or name is taken after all; the transaction is void
    """
    answers: list[Data] = []
    made: list[tuple[model.Package, Data, Context]] = []
    with roles.remembered(), model.Session.no_autoflush:
        creator = model.User.by_name(context["user"])
        for entry in entries:
            inner = {**context, "govshare_bulk": True, "model": model, "session": model.Session}
            data, errors = _validated(inner, dict(entry))
            if errors:
                answers.append({"errors": errors})
                continue
            data["creator_user_id"] = creator.id if creator is not None else None
            package = _package(data, inner)
            made.append((package, data, inner))
            answers.append({"id": package.id, "tags": sorted({tag["name"] for tag in data.get("tags") or []})})
        model.Session.flush()
        _beside([(package, data) for package, data, _inner in made], context)
    shows_views = bool(datapreview.get_default_view_plugins())
    for package, data, inner in made:
        for item in plugins.PluginImplementations(plugins.IPackageController):
            item.create(package)
            item.after_dataset_create(inner, data)
        if shows_views:
            datapreview.add_views_to_dataset_resources(logic.fresh_context(inner, ignore_auth=True), data)
    return answers


def _validated(context: Context, entry: Data) -> tuple[Data, Data]:
    """An entry after the schema of its type, and its errors by field."""
    entry.setdefault("type", service.ENTRY)
    try:
        service.prepare(context, entry, None)
    except tk.ValidationError as error:
        return entry, error.error_dict
    plugin = lib_plugins.lookup_package_plugin(entry["type"])
    return lib_plugins.plugin_validate(
        plugin, context, entry, plugin.create_package_schema(), "package_create"
    )


def _package(data: Data, context: Context) -> model.Package:
    """The package and its resources, new in the session (core: ``model_save.package_dict_save``)."""
    data.pop("metadata_created", None)
    data.pop("plugin_data", None)
    package = model.Package()
    extras = {extra["key"]: extra["value"] for extra in data.get("extras", [])}
    package.from_dict({**data, "extras": extras})
    package.id = package.id or str(uuid.uuid4())
    package.metadata_modified = data.get("metadata_modified") or service.utcnow()
    model.Session.add(package)
    data["id"] = package.id
    for said in data.get("resources") or []:
        said["package_id"] = package.id
        said["id"] = said.get("id") or str(uuid.uuid4())
        resource, _change = resource_dict_save({**said, "id": None}, context)
        resource.id = said["id"]
        package.resources_all.append(resource)
    return package


def _beside(made: list[tuple[model.Package, Data]], context: Context) -> None:
    """What belongs to the packages and is no domain object of its own: tags, provider, code, change log."""
    if not made:
        return
    tags = _tags({tag["name"] for _package, data in made for tag in data.get("tags") or []})
    now, actor = clock.now(), context["user"]
    tagged, members, codes, log = [], [], [], []
    for package, data in made:
        for name in dict.fromkeys(tag["name"] for tag in data.get("tags") or []):
            tagged.append({"id": str(uuid.uuid4()), "package_id": package.id, "tag_id": tags[name], "state": "active"})
        members.append(
            {
                "id": str(uuid.uuid4()),
                "table_name": "package",
                "table_id": package.id,
                "capacity": "organization",
                "group_id": package.owner_org,
                "state": "active",
            }
        )
        code = package.extras.get(forms.form(package.type).code.field, "")
        codes.append({"code": code, "package_id": package.id, "since": now})
        log.append(
            {
                "package_id": package.id,
                "at": now,
                "actor": actor,
                "kind": "created",
                "run_id": context.get("govshare_run"),
                "fields": {},
            }
        )
    for table, rows in (
        (model.package_tag_table, tagged),
        (model.member_table, members),
        (Code.__table__, codes),
        (ChangeLog.__table__, log),
    ):
        if rows:
            model.Session.execute(sa.insert(table).values(rows))


def _tags(names: set[str]) -> Mapping[str, str]:
    """Ids of free tags by name; those that are new are made."""
    table = model.tag_table
    if not names:
        return {}
    known = sa.select(table.c.name, table.c.id).where(table.c.name.in_(names), table.c.vocabulary_id.is_(None))
    found = dict(model.Session.execute(known).tuples().all())
    if names <= found.keys():
        return found
    # The table's unique key does not hold for tags without vocabulary: a lock stands in, and is short.
    with model.meta.engine.begin() as connection:
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(TAG_LOCK)))
        found = dict(connection.execute(known).tuples().all())
        new = [{"id": str(uuid.uuid4()), "name": name} for name in sorted(names - found.keys())]
        if new:
            connection.execute(sa.insert(table).values(new))
    return found | {tag["name"]: tag["id"] for tag in new}

