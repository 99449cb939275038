"""A site that had open files before there was a gate: they wait for their review after the upgrade."""

from __future__ import annotations

import importlib

import sqlalchemy as sa
from ckan import model

from tests.catalogue.opening.conftest import state
from tests.conftest import FILES


def test_files_without_a_review_wait_and_links_of_federated_entries_do_not(publish_waiting):
    migration = importlib.import_module("ckanext.govshare.migration.govshare.versions.005_opening")
    ours = publish_waiting()
    theirs = publish_waiting(FILES[0], FILES[1], title="汇聚的站点")
    model.Package.get(theirs.id).extras["profile"] = "federated"
    for resource in model.Session.query(model.Resource):
        resource.extras = {key: value for key, value in resource.extras.items() if key != "opening"}
    model.Session.commit()
    for statement in (migration.MARK, migration.REINDEX):
        model.Session.execute(sa.text(statement))
    model.Session.commit()
    assert (state(ours), state(theirs)) == ("waiting", "publisher")
    shared = model.Package.get(theirs.id).resources[1]
    assert "opening" not in shared.extras
