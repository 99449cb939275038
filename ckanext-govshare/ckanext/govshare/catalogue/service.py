"""What happens around core's writes of an entry: the fields that only the server sets, codes, history, events."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.types import Context

from ckanext.govshare import config, roles
from ckanext.govshare.catalogue import codelists, codes, files, forms, opening, reclassify, rights, standards
from ckanext.govshare.catalogue.model import ChangeLog
from ckanext.govshare.kernel import clock, rules
from ckanext.govshare.kernel.codes import code_name
from ckanext.govshare.kernel.states import CatalogueState

ENTRY = "dataset"
# Set by the server; a client's value is ignored. The engine (context key `govshare_engine`) sets them itself.
SERVER_FIELDS = ("catalogue_state", "profile", "source_point", "source_guid", "data_updated")
SERVER_RESOURCE_FIELDS = (
    "hash",
    "size",
    "original_name",
    *files.MEASURED,
    "opening",
    "source_key",
    "source_url",
    "url_type",
)
ITEM_FIELDS = ("name", "name_en", "standard", "type", "length", "code_table", "share_type", "description")
FORM_ITEM = re.compile(r"^info_items-(\d+)-(\w+)$")


def is_engine(context: Context) -> bool:
    """Whether the exchange engine writes: it sets server fields and the profile, and answers for its own events."""
    return bool(context.get("govshare_engine") and context.get("ignore_auth"))


def prepare(context: Context, data: dict[str, Any], original: model.Package | None) -> None:
    """Set what the server alone sets, before core validates; changes ``data``.

    :param original: the package as it stands, or None for a new one
    :raises ValidationError: the item table is not one, or a file is not the caller's to attach
    """
    clean_items(data)
    before = dict(original.extras) if original is not None else {}
    _server_fields(context, data, before)
    _files(context, data, original)
    gate = {
        **data,
        "owner_org": data.get("owner_org") or (original.owner_org if original is not None else None),
    }
    if data.get("resources"):  # package_patch shares its resources with what core compares them with
        data["resources"] = [dict(resource) for resource in data["resources"]]
        opening.settle(context, gate, data["resources"])
    if "pub_date" in forms.form(data["type"] if original is None else original.type) and not data.get(
        "pub_date"
    ):
        data["pub_date"] = before.get("pub_date") or ("" if is_engine(context) else clock.today().isoformat())
    if original is None:
        _identify(context, data)
    else:
        data["name"] = original.name
        code = forms.form(original.type).code.field
        data.setdefault(code, before.get(code, ""))
        if not is_engine(context):
            reclassify.recode(original.type, data, before, original.id)
    data["private"] = not rights.is_public(data)


def clean_items(data: dict[str, Any]) -> None:
    """Turn the item table of a form or the API into a list of flat rows of strings, in their order."""
    posted: dict[int, dict[str, str]] = {}
    for key in [key for key in data if FORM_ITEM.match(key)]:
        number, name = FORM_ITEM.match(key).groups()
        posted.setdefault(int(number), {})[name] = data.pop(key)
    items = data.get("info_items")
    if posted:
        items = [posted[number] for number in sorted(posted)]
    if items is None or items == "":
        data.pop("info_items", None)
        return
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise tk.ValidationError({"info_items": [tk._("The items must be a list of rows")]})
    rows = []
    for number, item in enumerate(items, 1):
        unknown = sorted(set(item) - set(ITEM_FIELDS))
        if unknown:
            message = tk._("Item {number}: unknown field {field}").format(number=number, field=unknown[0])
            raise tk.ValidationError({"info_items": [message]})
        if any(isinstance(value, dict | list) for value in item.values()):
            raise tk.ValidationError(
                {"info_items": [tk._("Item {number} must hold text").format(number=number)]}
            )
        row = {key: str(value).strip() for key, value in item.items() if value not in (None, "")}
        if row:
            rows.append(row)
    data["info_items"] = standards.apply(rows)


def _server_fields(context: Context, data: dict[str, Any], before: dict[str, str]) -> None:
    if is_engine(context):
        for key in SERVER_FIELDS:
            if not data.get(key) and before.get(key):
                data[key] = before[key]
    else:
        demo = _is_demo(data)
        for key in SERVER_FIELDS:
            if not (demo and key == "data_updated"):
                data[key] = before.get(key, "")
    data["catalogue_state"] = data.get("catalogue_state") or "published"
    data["profile"] = data.get("profile") or "national"


def _is_demo(data: dict[str, Any]) -> bool:
    """Entries of a demo site may say how old their data are."""
    return bool(config.get("site.demo")) and data.get("is_demo") == "1"


def _files(context: Context, data: dict[str, Any], original: model.Package | None) -> None:
    """Store uploads, and let a resource name only files that the caller brought or that it had already."""
    stored = {resource.id: resource for resource in original.resources} if original is not None else {}
    changed = original is None
    engine = is_engine(context)
    for resource in data.get("resources") or []:
        if not isinstance(resource, dict):
            raise tk.ValidationError({"resources": [tk._("A resource must be a set of fields")]})
        old = stored.get(resource.get("id"))
        files.take_upload(resource, context.get("user") or "")
        if engine:
            changed = changed or old is None or old.hash != resource.get("hash", "")
            continue
        changed = _server_resource(context, resource, old) or changed
    if not data.get("data_updated") or (changed and original is not None and not engine):
        data["data_updated"] = clock.now().isoformat(timespec="seconds")


def _server_resource(context: Context, resource: dict[str, Any], old: model.Resource | None) -> bool:
    """Overwrite the server's fields of one resource; answers whether its data changed."""
    sha256 = resource.get("hash") or ""
    kept = (
        {
            key: getattr(old, key, None) if key in ("hash", "size", "url_type") else old.extras.get(key)
            for key in SERVER_RESOURCE_FIELDS
        }
        if old is not None
        else {}
    )
    if sha256 and sha256 != (kept.get("hash") or ""):
        # who wrote a change stored its files: that was checked when they wrote them into it
        claim = files.claimed(sha256, None if context.get("govshare_change") else context.get("user") or "")
        if claim is None:
            raise tk.ValidationError({"resources": [tk._("This file was not stored by you")]})
        resource.update({"source_key": "", "source_url": "", **claim})
        return True
    link = str(resource.get("url") or "")
    if old is not None and (
        kept.get("url_type") != "upload" or link.rsplit("/", 1)[-1] == old.url.rsplit("/", 1)[-1]
    ):
        changed = kept.get("url_type") != "upload" and link != old.url
        resource.update(kept)
        return changed
    for key in SERVER_RESOURCE_FIELDS:
        resource[key] = None if key in (*files.MEASURED, "size") else ""
    return bool(link)


def refusals(entry: dict[str, Any], facts: rules.Facts | None = None) -> dict[str, list[str]]:
    """What the rules refuse in an entry: messages in the reader's language by field.

    :param facts: what lies beside the entry; without them only rules that need none speak
    """
    found: dict[str, list[str]] = {}
    chinese = codelists.language() == "zh"
    package_type, profile = str(entry.get("type") or ENTRY), str(entry.get("profile") or rules.NATIONAL)
    for finding in rules.check(package_type, entry, profile, facts=facts):
        if finding.severity is rules.Severity.REFUSE:
            found.setdefault(finding.field, []).append(finding.message_zh if chinese else finding.message_en)
    return found


def _identify(context: Context, data: dict[str, Any]) -> None:
    """Give a new entry its code and the name that follows from it."""
    spec = forms.form(data["type"]).code
    if not data.get(spec.field):
        region = roles.region_of(str(data.get("owner_org") or ""))
        prefix = spec.prefix_of(data, region or config.region())
        if not spec.valid(f"{prefix}/1"):
            message = tk._("Choose 类, 项 and 目: the code is allotted from them")
            raise tk.ValidationError({**refusals(data), spec.prefix[-1]: [message]})
        data[spec.field] = codes.allot(prefix)[0]
    if not spec.valid(data[spec.field]):
        message = tk._("This is no code of this kind: leave it empty, it is allotted")
        raise tk.ValidationError({spec.field: [message], **refusals(data)})
    data["name"] = code_name(data[spec.field])


def after_write(
    context: Context, package_id: str, kind: str, before: dict[str, Any] | None, **facts: Any
) -> None:
    """Inside core's transaction, after a package was written: code, change log, event.

    :param kind: ``created``, ``updated``, ``opened``, ``closed`` (a file at the gate) or the catalogue state that the
        entry came to
    :param before: columns and extras before the write
    :param facts: what the event says beside the changed fields
    """
    package = model.Package.get(package_id)
    if package is None or package.type not in forms.types():
        return
    after = snapshot(package)
    codes.assign(package.id, package.extras.get(forms.form(package.type).code.field, ""))
    changed = sorted(key for key in after if (before or {}).get(key) != after[key])
    actor = context.get("user") or ""
    model.Session.add(
        ChangeLog(
            package_id=package.id,
            actor=actor,
            kind=kind,
            run_id=context.get("govshare_run"),
            fields={key: [(before or {}).get(key), after[key]] for key in changed} if before else {},
        )
    )
    if not is_engine(context):
        tk.get_action("govshare_event_add")(
            {"ignore_auth": True, "user": actor},
            {
                "action": f"entry_{kind}",
                "object_type": "entry",
                "object_id": package.id,
                "region": roles.region_of(package.owner_org),
                "data": {"name": package.name, "fields": changed, **facts},
            },
        )


def set_state(context: Context, entry_id: str, state: CatalogueState, reason: str) -> model.Package:
    """Bring an entry to a catalogue state inside the caller's transaction, with its change log and event.

    :param reason: recorded
    :raises ObjectNotFound: there is no such entry
    """
    package = model.Package.get(entry_id)
    if package is None or package.type not in forms.types():
        raise tk.ObjectNotFound(tk._("Package was not found."))
    former = package.extras.get("catalogue_state")
    if former == state.value:
        return package
    before = snapshot(package)
    package.extras["catalogue_state"] = state.value
    package.private = not rights.is_public(package.extras)
    package.metadata_modified = utcnow()
    model.Session.flush()
    after_write(context, package.id, state.value, before, former=former, reason=reason)
    return package


def snapshot(package: model.Package) -> dict[str, Any]:
    """Comparable content of a package: title, notes, provider, licence, fields and files."""
    return {
        "title": package.title,
        "notes": package.notes,
        "owner_org": package.owner_org,
        "license_id": package.license_id,
        **package.extras,
        "resources": [
            [resource.name, resource.url, resource.hash, resource.format, resource.extras.get("audience")]
            for resource in package.resources
        ],
        "files": [
            [resource.id, resource.hash, resource.extras.get("opening")] for resource in package.resources
        ],
    }


def utcnow() -> datetime:
    """The moment as core stores it: UTC without a zone."""
    return clock.now().astimezone(timezone.utc).replace(tzinfo=None)
