"""The file store and the download door."""

from __future__ import annotations

import io

import ckan.plugins.toolkit as tk
import pytest
from ckan.tests import factories
from werkzeug.datastructures import FileStorage

from ckanext.govshare.catalogue import files
from tests.conftest import ENTRY, KINDS

TABLE = "站点,线路\n市政府,1路\n人民医院,3路\n".encode()


def upload(name: str = "站点 信息.csv", content: bytes = TABLE) -> FileStorage:
    return FileStorage(io.BytesIO(content), filename=name)


@pytest.fixture
def stored(make_entry):
    """An entry with one open and one department file in the store."""
    resources = [
        {
            "name": audience,
            "audience": audience,
            "format": "CSV",
            "url": "",
            "upload": upload(f"{audience} 站点.csv"),
        }
        for audience in ("open", "share")
    ]
    return make_entry(resources=resources)


def test_an_upload_is_measured_and_keeps_its_chinese_name(make_entry):
    entry = make_entry(
        resources=[{"name": "表", "audience": "open", "format": "CSV", "url": "", "upload": upload()}]
    )
    resource = entry["resources"][0]
    assert (resource["rows"], resource["columns"], resource["size"], resource["original_name"]) == (
        2,
        2,
        len(TABLE),
        "站点 信息.csv",
    )


def test_equal_bytes_are_stored_once(stored):
    assert len({resource["hash"] for resource in stored["resources"]}) == 1
    assert files.path_of(stored["resources"][0]["hash"]).read_bytes() == TABLE


@pytest.mark.parametrize(
    ("reader", "audience", "status"),
    [
        ("", "open", 200),
        ("", "share", 403),
        ("firm", "share", 403),
        ("neighbour", "share", 200),
        ("officer", "share", 200),
        ("office", "share", 200),
        ("county_office", "share", 403),
    ],
)
def test_download_is_for_who_may_take(app, stored, reader, audience, status):
    resource = next(resource for resource in stored["resources"] if resource["audience"] == audience)
    headers = {"Authorization": factories.APIToken(user=reader)["token"]} if reader else {}
    url = f"/dataset/{stored['name']}/resource/{resource['id']}/download/x.csv"
    answer = app.get(url, headers=headers, expect_errors=True)
    assert answer.status_code == status
    assert (answer.data == TABLE) is (status == 200)


def test_download_is_an_attachment_that_no_browser_runs(app, stored):
    resource = stored["resources"][0]
    answer = app.get(f"/dataset/{stored['name']}/resource/{resource['id']}/download/x.csv")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_download_below_another_entry_is_not_there(app, stored, make_entry):
    other = make_entry(title="另一项")
    url = f"/dataset/{other['name']}/resource/{stored['resources'][0]['id']}/download"
    assert app.get(url, expect_errors=True).status_code == 404


def test_taking_a_file_for_departments_is_recorded(app, stored):
    resource = next(resource for resource in stored["resources"] if resource["audience"] == "share")
    token = factories.APIToken(user="neighbour")["token"]
    app.get(f"/dataset/{stored['name']}/resource/{resource['id']}/download", headers={"Authorization": token})
    events = tk.get_action("govshare_audit_list")({"user": "office"}, {"action": "file_taken"})
    assert [(event["actor"], event["data"]["right"]) for event in events["results"]] == [
        ("neighbour", "shared")
    ]


def test_a_checksum_alone_attaches_nothing(make_entry, stored, city):
    stolen = {
        "name": "表",
        "audience": "open",
        "url": "x.csv",
        "url_type": "upload",
        "hash": stored["resources"][0]["hash"],
    }
    with pytest.raises(tk.ValidationError) as refusal:
        tk.get_action("package_create")(
            {"user": "operator"},
            {**ENTRY, "title": "另一项", "owner_org": city.school, "resources": [stolen]},
        )
    assert set(refusal.value.error_dict) == {"resources"}


def test_a_client_cannot_claim_rows_or_a_stored_file(make_entry):
    resource = make_entry(
        resources=[
            {
                "name": "表",
                "audience": "open",
                "url": "http://files.example/a.csv",
                "rows": 10**6,
                "url_type": "upload",
            }
        ]
    )["resources"][0]
    assert (resource.get("rows"), resource.get("url_type") or "") == (None, "")


def test_files_survive_a_patch_of_another_field(stored):
    tk.get_action("package_patch")({"user": "office"}, {"id": stored["id"], "notes": "新的摘要"})
    shown = tk.get_action("package_show")({"user": "office"}, {"id": stored["id"]})
    assert [resource["hash"] for resource in shown["resources"]] == [
        resource["hash"] for resource in stored["resources"]
    ]


@pytest.mark.parametrize("sha256", ["", "../../etc/passwd", "A" * 64, "0" * 63])
def test_only_a_checksum_names_a_file(site, sha256):
    with pytest.raises(ValueError, match="checksum"):
        files.path_of(sha256)


@pytest.mark.parametrize("name", ["../../x.csv", "C:\\a\\x.csv", "x.csv\x00", "a/b/x.csv"])
def test_names_lose_their_folders(name):
    assert files.clean_name(name).endswith("x.csv")
    assert "/" not in files.clean_name(name)


def test_an_entry_of_every_kind_shows_why_a_file_is_not_there(app, make_entry):
    entry = make_entry(**KINDS["open_on_condition"])
    shown = tk.get_action("package_show")({"user": ""}, {"id": entry["id"]})
    assert [resource["not_available"] for resource in shown["resources"]] == ["application_needed"]
