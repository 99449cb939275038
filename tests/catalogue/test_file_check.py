"""What is known of the content of files reaches the resources, and only the server says it."""

from __future__ import annotations

import io

import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model
from werkzeug.datastructures import FileStorage

from ckanext.govshare.catalogue import files, measure
from ckanext.govshare.catalogue.model import Outbox, StoredFile

TOLD = ("parses", "blank_percent", "forced")
SPARSE = "站点,线路,备注\n市政府,,\n医院,,\n".encode()
NOTICE = "关于停车场管理的通知\n一、总体要求\n" + "".join(
    f"（{number}）各单位应当于每年三月底前完成普查工作。并将结果及时报送主管部门，确保各项任务落实。\n"
    for number in range(1, 9)
)


def resource(content: bytes = SPARSE, name: str = "站点.csv", **fields):
    upload = FileStorage(io.BytesIO(content), filename=name)
    return {"name": "表", "audience": "open", "format": "CSV", "url": "", "upload": upload, **fields}


def told(entry):
    return [tuple(one.get(name) for name in TOLD) for one in entry["resources"]]


def shown(entry):
    return tk.get_action("package_show")({"user": "office", "use_cache": False}, {"id": entry["id"]})


def due():
    return tk.get_action("govshare_file_check_due")({"ignore_auth": True, "user": ""}, {})


@pytest.fixture
def unchecked(make_entry):
    """An entry whose file was stored before anybody looked at its content."""
    entry = make_entry(resources=[resource()])
    model.Session.execute(
        sa.update(StoredFile).values(checked=0, parses=None, blank_percent=None, forced=None)
    )
    for one in model.Session.scalars(sa.select(model.Resource)):
        one.extras = {key: value for key, value in one.extras.items() if key not in TOLD}
    model.Session.commit()
    model.Session.execute(sa.delete(Outbox))
    model.Session.commit()
    return entry


def test_an_upload_says_what_it_holds(make_entry):
    entry = make_entry(
        resources=[
            resource(SPARSE, "站点.csv"),
            resource(NOTICE.encode(), "通知.csv"),
            resource(b"%PDF-1.4", "站点.csv"),
            resource(b"%PDF-1.4 ", "站点.pdf"),
        ]
    )
    expected = [(True, 67, False), (True, 0, True), (False, None, None), (None, None, None)]
    assert told(entry) == expected
    assert told(shown(entry)) == expected


def test_nobody_but_the_server_says_it(make_entry):
    lies = {"parses": True, "blank_percent": 1, "forced": False}
    link = {"name": "链接", "audience": "open", "format": "CSV", "url": "http://files.example/a.csv", **lies}
    entry = make_entry(resources=[resource(**lies), link])
    assert told(entry) == [(True, 67, False), (None, None, None)]
    for one in entry["resources"]:
        one |= {"parses": False, "blank_percent": 99, "forced": True}
    updated = tk.get_action("package_update")({"user": "office"}, entry)
    assert told(updated) == [(True, 67, False), (None, None, None)]


def test_a_replaced_file_does_not_keep_what_was_said_of_the_old(make_entry):
    entry = make_entry(resources=[resource()])
    entry["resources"][0] |= resource(b"%PDF-1.4", "站点.pdf")
    assert told(tk.get_action("package_update")({"user": "office"}, entry)) == [(None, None, None)]


def test_files_stored_before_the_check_are_looked_at_in_turns(unchecked):
    assert told(shown(unchecked)) == [(None, None, None)]
    assert due() == {"checked": 1, "told": 1, "left": 0}
    assert told(shown(unchecked)) == [(True, 67, False)]
    assert model.Session.scalars(sa.select(Outbox.package_id)).all() == [unchecked["id"]]
    assert due() == {"checked": 0, "told": 0, "left": 0}


def test_a_turn_is_bounded(unchecked, monkeypatch):
    files.register(*files.store(io.BytesIO(b"a,b\n1,2\n")), "b.csv", "x")
    model.Session.execute(sa.update(StoredFile).values(checked=0))
    model.Session.commit()
    monkeypatch.setattr("ckanext.govshare.catalogue.quality.MOST", 1)
    assert [due()["left"], due()["left"], due()["checked"]] == [1, 0, 0]


def test_a_newer_check_looks_again(unchecked, monkeypatch):
    due()
    monkeypatch.setattr(measure, "VERSION", measure.VERSION + 1)
    assert due() == {"checked": 1, "told": 0, "left": 0}


def test_a_file_that_is_gone_stays_unknown(unchecked):
    files.path_of(unchecked["resources"][0]["hash"]).unlink()
    assert due() == {"checked": 1, "told": 0, "left": 0}


def test_nobody_calls_the_check_through_the_api(city):
    for user in ("", "citizen", "officer", "office", "operator"):
        with pytest.raises(tk.NotAuthorized):
            tk.check_access("govshare_file_check_due", {"user": user, "ignore_auth": False}, {})
