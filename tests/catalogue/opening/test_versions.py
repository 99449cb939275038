"""Replaced files stay: who sees them, who takes them."""

from __future__ import annotations

import hashlib

import ckan.plugins.toolkit as tk
import pytest
from ckan import model
from ckan.tests import factories

from tests.catalogue.opening.conftest import CLEAN, call, upload


def replace(entry, text):
    tk.get_action("resource_patch")(
        {"user": "office"}, {"id": entry.resource_id, "upload": upload(text)["upload"], "url": ""}
    )


@pytest.fixture
def replaced(publish_waiting, sign, confirm):
    """An entry whose first file was opened, whose second never was, and whose third waits."""
    entry = publish_waiting()
    sign(entry)
    confirm(entry)
    replace(entry, CLEAN + "新站,5路\n")
    replace(entry, CLEAN + "新站,6路\n")
    return entry


def test_former_files_are_listed_newest_first_with_who_replaced_them(replaced):
    versions = call("file_versions", "officer", resource_id=replaced.resource_id)
    assert [(version["opened"], version["replaced_by"], version["rows"]) for version in versions] == [
        (False, "office", 3),
        (True, "office", 2),
    ]
    assert versions[1]["hash"] == hashlib.sha256(CLEAN.encode()).hexdigest()
    assert versions[1]["size"] == len(CLEAN.encode())


def test_the_public_is_told_of_opened_ones_only(replaced):
    (version,) = call("file_versions", "", resource_id=replaced.resource_id)
    assert (version["opened"], version["replaced_by"]) == (True, None)


@pytest.mark.parametrize(
    ("reader", "expected"),
    [("", [403, 200]), ("neighbour", [403, 200]), ("officer", [200, 200]), ("office", [200, 200])],
)
def test_a_former_file_is_for_who_may_take_it(app, replaced, reader, expected):
    headers = {"Authorization": factories.APIToken(user=reader)["token"]} if reader else {}
    versions = call("file_versions", "officer", resource_id=replaced.resource_id)
    answers = [app.get(version["url"], headers=headers, expect_errors=True) for version in versions]
    assert [answer.status_code for answer in answers] == expected
    assert answers[1].data == CLEAN.encode()


@pytest.mark.parametrize("sha256", ["0" * 64, "x", "%2e%2e%2fetc", "A" * 64])
def test_a_checksum_that_the_resource_never_had_is_not_there(app, replaced, sha256):
    url = f"/dataset/{replaced.name}/resource/{replaced.resource_id}/version/{sha256}"
    assert app.get(url, expect_errors=True).status_code == 404


def test_a_file_of_another_resource_is_no_version(app, replaced, publish_waiting):
    other = publish_waiting(upload("a,b\n1,2\n"), title="另一项")
    digest = hashlib.sha256(CLEAN.encode()).hexdigest()
    url = f"/dataset/{other.name}/resource/{other.resource_id}/version/{digest}"
    assert app.get(url, expect_errors=True).status_code == 404


def test_versions_of_a_closed_entry_are_closed(app, replaced):
    (version,) = call("file_versions", "", resource_id=replaced.resource_id)
    tk.get_action("govshare_catalogue_withdraw")({"user": "office"}, {"id": replaced.id, "reason": "撤回"})
    model.Session.expire_all()
    assert app.get(version["url"], expect_errors=True).status_code == 404
    with pytest.raises(tk.ObjectNotFound):
        call("file_versions", "", resource_id=replaced.resource_id)
