"""Database and index agree: the outbox, and documents equal to core's."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
import pysolr
import sqlalchemy as sa
from ckan import logic, model
from ckan.lib.search import common

from ckanext.govshare.catalogue import index
from ckanext.govshare.catalogue.model import Outbox
from tests.conftest import KINDS
from tests.sql import statements

CLOSED = KINDS["shared_only"]  # confirming the review of an open file drains the outbox by itself


def waiting() -> set[str]:
    return set(model.Session.scalars(sa.select(Outbox.package_id)))


def stored(name: str) -> dict:
    return common.make_connection().search(f"name:{name}").docs[0]


def test_every_write_leaves_a_row_in_its_transaction(make_entry):
    entry = make_entry(**CLOSED)
    assert waiting() == {entry["id"]}


def test_a_write_that_is_rolled_back_leaves_none(make_entry):
    entry = make_entry()
    index.drain()
    model.Package.get(entry["id"]).title = "不保存"
    model.Session.flush()
    model.Session.rollback()
    assert waiting() == set()


def test_drain_brings_a_deferred_write_into_the_index(make_entry):
    entry = make_entry()
    index.drain()
    context = {"user": "office", "ignore_auth": True, "defer_commit": True, "return_id_only": True}
    with model.Session.begin_nested():
        tk.get_action("package_patch")(context, {"id": entry["id"], "title": "公交首末站"})
    model.Session.commit()
    before = stored(entry["name"])["title"]
    index.drain()
    assert (before, stored(entry["name"])["title"]) == (entry["title"], "公交首末站")


def test_drain_sends_one_request_for_many(make_entry, monkeypatch):
    for number in range(5):
        make_entry(title=f"第{number}项", **CLOSED)
    sent = []
    original = pysolr.Solr.add
    monkeypatch.setattr(
        pysolr.Solr, "add", lambda self, docs, **kw: sent.append(len(docs)) or original(self, docs, **kw)
    )
    answer = index.drain()
    assert (sent, answer) == ([5], {"indexed": 5, "removed": 0, "left": 0})


def test_a_purged_package_leaves_the_index(make_entry):
    entry = make_entry()
    index.drain()
    model.Session.delete(model.Package.get(entry["id"]))
    model.Session.commit()
    index.drain()
    assert common.make_connection().search(f"id:{entry['id']}").hits == 0


def core_document(package_id, monkeypatch):
    """What core itself posts for a package."""
    posted = []
    with monkeypatch.context() as instead:
        instead.setattr(pysolr.Solr, "add", lambda self, docs, **kw: posted.extend(docs))
        logic.index_insert_package_dicts(
            logic.package_show_default_and_custom_schemas({"user": "office", "ignore_auth": True}, package_id)
        )
    return posted[0]


def test_documents_of_many_equal_those_that_core_posts_one_by_one(make_entry, city, monkeypatch):
    plain = make_entry(title="没有文件的", **CLOSED)
    rich = make_entry(
        license_id="cc-by",
        tag_string="公交,站点",
        resources=[
            {"name": "甲", "url": "https://files.example/a.csv", "format": "csv", "audience": "open"},
            {"name": "乙", "url": "files.example/b.xlsx", "format": "XLSX", "audience": "share"},
        ],
    )
    group = tk.get_action("group_create")({"user": "office", "ignore_auth": True}, {"name": "lvyou", "title": "旅游"})
    member = {"id": group["id"], "object": rich["id"], "object_type": "package", "capacity": "public"}
    tk.get_action("member_create")({"user": "office", "ignore_auth": True}, member)
    ids = [rich["id"], plain["id"]]

    found = index.documents([*ids, "gone"])

    assert found == [core_document(package_id, monkeypatch) for package_id in ids]


def test_the_number_of_statements_does_not_depend_on_the_number_of_documents(make_entry):
    ids = [make_entry(title=f"第{number}项", **CLOSED)["id"] for number in range(6)]

    def cost(wanted):
        model.Session.commit()
        with statements() as sent:
            index.documents(wanted)
        return len(sent)

    assert cost(ids) == cost(ids[:1]) < 15


def test_words_of_items_and_short_names_find_an_entry(make_entry):
    entry = make_entry()
    index.drain()
    for query in ("途经线路", "运输局", "公交站点", "站点"):
        names = [
            hit["name"] for hit in tk.get_action("package_search")({"user": ""}, {"q": query})["results"]
        ]
        assert names == [entry["name"]], query


def test_a_search_finds_entries_and_other_types_only_by_name(make_entry, city):
    entry = make_entry()
    tk.get_action("package_create")(
        {"user": "office"},
        {
            "type": "application",
            "name": "app-bus",
            "title": "公交站点应用",
            "notes": "查公交站点",
            "app_form": "web",
            "url": "https://apps.example/bus",
            "dataset_codes": [entry["resource_code"]],
            "approved": "1",
            "developer": "演示公司",
            "owner_org": city.bureau,
        },
    )
    index.drain()
    search = tk.get_action("package_search")
    plain = search({"user": ""}, {"q": "公交站点"})
    named = search({"user": ""}, {"q": "公交站点", "fq": "dataset_type:application"})
    assert ([hit["name"] for hit in plain["results"]], [hit["name"] for hit in named["results"]]) == (
        [entry["name"]],
        ["app-bus"],
    )


def test_titles_are_found_by_their_index(make_entry):
    from ckanext.govshare.catalogue import facts

    entry = make_entry(title="公交 站点AB")
    model.Session.execute(sa.text("SET LOCAL enable_seqscan = off"))
    query = sa.select(model.Package.name).where(
        model.Package.owner_org == entry["owner_org"], facts._digest("公交站点ab") == facts.TITLE_DIGEST
    )
    compiled = query.compile(model.Session.get_bind(), compile_kwargs={"literal_binds": True})
    plan = "\n".join(model.Session.scalars(sa.text(f"EXPLAIN {compiled}".replace(":", r"\:"))))

    assert "ix_govshare_package_title" in plan
    assert model.Session.scalars(query).all() == [entry["name"]]


def test_every_document_is_made_anew_on_demand(make_entry, cli):
    from ckan.cli.cli import ckan
    from ckan.lib.search import clear_all

    entry = make_entry(title="公交站点")
    index.drain()
    clear_all()

    answered = cli.invoke(ckan, ["govshare", "catalogue", "index", "--all"])

    assert answered.exit_code == 0, answered.output
    found = tk.get_action("package_search")({"user": ""}, {"q": "公交站点"})
    assert [hit["name"] for hit in found["results"]] == [entry["name"]]
    assert waiting() == set()
