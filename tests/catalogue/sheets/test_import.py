"""A department hands a file in."""

from __future__ import annotations

import pytest
from ckan import model

from ckanext.govshare.catalogue.model import Change
from tests.catalogue.sheets.conftest import CELLS, call, places, rows


def test_a_good_file_becomes_drafts(hand_in):
    checked = hand_in(rows(3))
    assert (places(checked), checked["create"], checked["refused"]) == ([], 3, False)
    applied = call("import", "officer", import_id=checked["id"], dry_run=False)
    assert (applied["state"], len(applied["changes"])) == ("applied", 3)
    drafts = model.Session.query(Change).all()
    assert {draft.data["title"] for draft in drafts} == {f"第{number}号线路站点信息" for number in (1, 2, 3)}
    assert drafts[0].data["info_items"] == [{"name": "站点名称", "type": "C", "length": "50"}]
