"""What rules need to know beside the entry itself, for many entries in a constant number of queries."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import sqlalchemy as sa
from ckan import model

from ckanext.govshare.catalogue import forms
from ckanext.govshare.catalogue.model import Code
from ckanext.govshare.kernel.findings import Entry, Facts
from ckanext.govshare.kernel.rules_form import related_codes
from ckanext.govshare.kernel.text import damaged, title_key

SYSTEM = "information-system"
WITHDRAWN = "withdrawn"  # its title is free again


# PostgreSQL's word for `text.title_key`: stored titles have no invisible characters (rule title_form). A digest, as the
# index of migration 019 holds it: the catalogue is asked for titles by every batch of a harvest.
TITLE_DIGEST = sa.func.md5(
    sa.func.lower(
        sa.func.regexp_replace(
            sa.func.normalize(model.Package.title, sa.literal_column("NFKC")),
            sa.literal_column(r"'\s'"),
            sa.literal_column("''"),
            sa.literal_column("'g'"),
        )
    )
)


def _digest(text: str) -> str:
    return hashlib.md5(text.encode("utf-8", "replace"), usedforsecurity=False).hexdigest()


class _Titled(NamedTuple):
    """Who bears a title: the package, or the place of a new entry among those that are checked."""

    holder: str | int
    label: str


def gather(
    entries: list[dict[str, Any]], package_ids: list[str | None], *, office_consents: bool = False
) -> list[Facts]:
    """The facts that rules ask for, for each entry.

    :param entries: fields of entries; ``type`` is ``dataset`` where it is not said, ``owner_org`` an id
    :param package_ids: of each entry the package that it is or becomes, None for a new one
    :param office_consents: whether the office looks at the entries before they are published (V18)
    :returns: one `Facts` an entry, in their order; five statements, whatever their number
    """
    codes = _codes(entries)
    before = _published(filter(None, package_ids))
    titles = _titles(entries, package_ids)
    groups = _organizations(entries)
    systems = _systems(entries)
    known = frozenset(name for group in groups for name in (group.id, group.name, group.title))
    uscc = {group.id: (group.extras or {}).get("uscc") or "" for group in groups}
    found = []
    for place, (entry, package_id) in enumerate(zip(entries, package_ids, strict=True)):
        code = _code(entry)
        others = [item for item in titles.get(_title(entry), ()) if item.holder not in (place, package_id)]
        found.append(
            Facts(
                known_codes=frozenset(codes),
                taken_codes=frozenset([code] if codes.get(code, package_id) != package_id else []),
                titles={_title(entry)[2]: others[0].label} if others else {},
                before=before.get(package_id),
                systems=systems,
                organizations=known,
                provider_uscc=uscc.get(_text(entry.get("owner_org"))),
                office_consents=office_consents,
            )
        )
    return found


def _text(value: object) -> str:
    """A value as something that the database can be asked for; empty where it is none."""
    return value.strip() if isinstance(value, str) and not damaged(value) else ""


def _type(entry: Entry) -> str:
    return str(entry.get("type") or "dataset")


def _code(entry: Entry) -> str:
    return _text(entry.get(forms.form(_type(entry)).code.field))


def _title(entry: Entry) -> tuple[str, str, str]:
    """What no two entries have in common: provider, type and title as `text.title_key` compares it."""
    return _text(entry.get("owner_org")), _type(entry), title_key(_text(entry.get("title")))


def _named(entries: list[dict[str, Any]], field: str) -> set[str]:
    return {_text(entry.get(field)) for entry in entries} - {""}


def _codes(entries: list[dict[str, Any]]) -> dict[str, str]:
    """Who bears or bore the codes that the entries name, their own included."""
    named = {_text(code) for entry in entries for code in (_code(entry), *related_codes(entry))} - {""}
    return dict(
        model.Session.execute(sa.select(Code.code, Code.package_id).where(Code.code.in_(named)))
        .tuples()
        .all()
    )


def _published(package_ids: Iterable[str]) -> dict[str | None, Mapping[str, Any]]:
    rows = model.Session.execute(
        sa.select(model.Package.id, model.Package.title, model.Package.extras).where(
            model.Package.id.in_(list(package_ids)), model.Package.state == "active"
        )
    )
    return {row.id: {"title": row.title, **(row.extras or {})} for row in rows}


def _titles(
    entries: list[dict[str, Any]], package_ids: list[str | None]
) -> defaultdict[tuple[str, str, str], list[_Titled]]:
    """Who bears the titles of the entries: published entries of their providers, and the entries themselves."""
    found: defaultdict[tuple[str, str, str], list[_Titled]] = defaultdict(list)
    package = model.Package
    rows = model.Session.execute(
        sa.select(package.name, package.title, package.owner_org, package.type).where(
            package.state == "active",
            package.owner_org.in_({_title(entry)[0] for entry in entries}),
            package.type.in_({_type(entry) for entry in entries}),
            package.id.not_in([package_id for package_id in package_ids if package_id]),
            package.extras["catalogue_state"].astext.is_distinct_from(WITHDRAWN),
            TITLE_DIGEST.in_({_digest(_title(entry)[2].lower()) for entry in entries}),
        )
    )
    for row in rows:
        found[row.owner_org, row.type, title_key(row.title)].append(_Titled(row.name, row.name))
    for place, entry in enumerate(entries):
        if _title(entry)[2]:
            found[_title(entry)].append(_Titled(place, _code(entry) or f"#{place + 1}"))
    return found


def _organizations(entries: list[dict[str, Any]]) -> list[model.Group]:
    """The providers of the entries and the organisations that they name as lead."""
    group, leads = model.Group, _named(entries, "lead_org")
    return list(
        model.Session.scalars(
            sa.select(group).where(
                group.is_organization,
                group.state == "active",
                sa.or_(
                    group.id.in_(leads | _named(entries, "owner_org")),
                    group.name.in_(leads),
                    group.title.in_(leads),
                ),
            )
        )
    )


def _systems(entries: list[dict[str, Any]]) -> frozenset[str]:
    """Codes, names and titles of the registered information systems that the entries name as their source."""
    package, named = model.Package, _named(entries, "source_system")
    code = package.extras[forms.form(SYSTEM).code.field].astext
    rows = model.Session.execute(
        sa.select(package.name, package.title, code.label("code")).where(
            package.type == SYSTEM,
            package.state == "active",
            sa.or_(package.name.in_(named), package.title.in_(named), code.in_(named)),
        )
    )
    return frozenset(value for row in rows for value in row if value)
