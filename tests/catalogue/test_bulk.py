"""Many entries at once are what core's `package_create` makes of each of them."""

from __future__ import annotations

import copy

import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model, plugins

from ckanext.govshare.catalogue import index
from ckanext.govshare.catalogue.model import ChangeLog, Code, Outbox
from tests.conftest import ENTRY, KINDS
from tests.sql import statements

# Names and moments are each entry's own.
OWN = {
    "id", "name", "source_guid", "package_id", "created", "metadata_created", "metadata_modified",
    "resource_code", "code",
}  # fmt: skip


def entry(city, number: int, **fields) -> dict:
    """All fields of an entry, as the engine gives them."""
    return copy.deepcopy(
        {
            **ENTRY,
            "owner_org": city.traffic,
            "resource_code": f"307001004/{number:04d}",
            "title": "公交站点",
            "profile": "national",
            "source_point": "jiaotong",
            "source_guid": f"guid-{number}",
            "data_updated": "2026-03-01T08:00:00+08:00",
            "catalogue_state": "published",
            **fields,
        }
    )


def create(entries: list[dict]) -> list[dict]:
    context = {"ignore_auth": True, "user": "operator", "defer_commit": True}
    answers = tk.get_action("govshare_entries_create")(context, {"entries": entries, "run_id": "run-1"})
    model.Session.commit()
    return answers


def create_alone(data: dict) -> str:
    context = {"ignore_auth": True, "user": "operator", "defer_commit": True}
    answer = tk.get_action("govshare_entry_apply")(context, {"entry": data, "run_id": "run-1"})
    model.Session.commit()
    return answer["id"]


def without_own(value):
    if isinstance(value, dict):
        return {key: without_own(item) for key, item in value.items() if key not in OWN}
    return [without_own(item) for item in value] if isinstance(value, list) else value


def everything(package_id: str) -> dict:
    """What the database holds of an entry, its own names and moments aside."""

    def rows(table, **where):
        wanted = [table.c[column] == value for column, value in where.items()]
        return [dict(row) for row in model.Session.execute(sa.select(table).where(*wanted)).mappings()]

    package = rows(model.package_table, id=package_id)[0]
    tags = model.Session.scalars(
        sa.select(model.Tag.name)
        .join(model.PackageTag)
        .where(model.PackageTag.package_id == package_id, model.PackageTag.state == "active")
    )
    log = rows(ChangeLog.__table__, package_id=package_id)
    return without_own(
        {
            "package": package | {"extras": package["extras"]},
            "resources": rows(model.resource_table, package_id=package_id),
            "tags": sorted(tags),
            "members": [
                {name: row[name] for name in ("table_name", "capacity", "group_id", "state")}
                for row in rows(model.member_table, table_id=package_id)
            ],
            "codes": [row["until"] for row in rows(Code.__table__, package_id=package_id)],
            "log": [{name: row[name] for name in ("actor", "kind", "run_id", "fields")} for row in log],
            "outbox": bool(model.Session.get(Outbox, package_id)),
        }
    )


VARIANTS = {
    "plain": {},
    "not_shared": KINDS["not_shared"],
    "tags": {"tag_string": "公交,站点,公交"},
    "files": {
        "resources": [
            {"name": "甲", "url": "https://files.example/a.csv", "format": "csv", "audience": "open"},
            {"name": "乙", "url": "https://files.example/b", "format": "", "audience": "share", "source_key": "k"},
        ]
    },
    "licence": {"license_id": "cc-by", "notes": "多行\n说明"},
}


@pytest.mark.parametrize("variant", VARIANTS)
def test_an_entry_of_a_batch_is_what_core_makes_of_it(city, variant):
    alone = create_alone(entry(city, 1, **VARIANTS[variant], title="单独"))
    batch = create([entry(city, 2, **VARIANTS[variant], title="单独"), entry(city, 3, title="另一个")])

    assert everything(batch[0]["id"]) == everything(alone)


def test_their_index_documents_are_equal_too(city):
    alone = create_alone(entry(city, 1, **VARIANTS["tags"]))
    batch = create([entry(city, 2, **VARIANTS["tags"]), entry(city, 3, title="另一个")])

    one, other = index.documents([alone, batch[0]["id"]])

    differing = {key for key in one | other if one.get(key) != other.get(key)}
    assert differing <= {
        "id", "name", "index_id", "data_dict", "validated_data_dict", "metadata_created", "metadata_modified",
        "extras_resource_code", "resource_code", "extras_source_guid", "source_guid",
    }  # fmt: skip


def test_one_that_a_schema_refuses_is_left_out_with_its_errors(city):
    answers = create([entry(city, 1), entry(city, 2, owner_org="nobody", title="乙"), entry(city, 3, title="丙")])

    assert ["id" in answer for answer in answers] == [True, False, True]
    assert "owner_org" in answers[1]["errors"]
    assert model.Session.query(model.Package).filter_by(type="dataset").count() == 2


def test_a_code_that_is_taken_voids_the_batch(city):
    create([entry(city, 1), entry(city, 2, title="乙")])

    with pytest.raises(sa.exc.IntegrityError):
        create([entry(city, 2, title="丙"), entry(city, 3, title="丁")])

    model.Session.rollback()
    assert model.Session.query(model.Package).filter_by(type="dataset").count() == 2


def test_plugins_are_told_of_every_entry(city, monkeypatch):
    told = []
    listener = next(iter(plugins.PluginImplementations(plugins.IPackageController)))
    whole = type(listener).after_dataset_create
    monkeypatch.setattr(
        type(listener),
        "after_dataset_create",
        lambda self, context, data: told.append(data["id"]) or whole(self, context, data),
    )

    answers = create([entry(city, 1), entry(city, 2, title="乙")])

    assert told == [answer["id"] for answer in answers]


def test_two_entries_share_one_tag(city):
    create([entry(city, 1, tag_string="公交"), entry(city, 2, title="乙", tag_string="公交")])

    assert model.Session.query(model.Tag).filter_by(name="公交").count() == 1


def test_nobody_but_the_rooms_may_create_so(city):
    with pytest.raises(tk.NotAuthorized):
        tk.get_action("govshare_entries_create")({"user": "office"}, {"entries": []})


def test_the_number_of_statements_does_not_depend_on_the_number_of_entries(city):
    def cost(start: int, count: int) -> int:
        with statements() as sent:
            create([entry(city, number, title=f"第{number}项") for number in range(start, start + count)])
        return len(sent)

    cost(1, 2)  # what is read once
    assert cost(10, 20) == cost(40, 2)
