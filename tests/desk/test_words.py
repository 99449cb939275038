"""Pages of work in the reader's language: nothing English on Chinese pages, one heading, one main part."""

from __future__ import annotations

from typing import Any

import pytest
from ckan import model

from tests.desk.conftest import call
from tests.portal.test_pages import ALLOWED, _Page

FORMATS = {"Excel", "CSV", "JSON", "XLSX", "XLS", "UTF", "data"}
PAGES = [
    ("reviewer", "/desk"),
    ("office", "/office"),
    ("officer", "/desk/changes"),
    ("office", "/desk/changes?waiting=1"),
    ("reviewer", "/desk/change/{waiting}"),
    ("officer", "/desk/change/{gaps}"),
    ("officer", "/desk/catalogue"),
    ("officer", "/desk/systems"),
    ("office", "/office/systems"),
    ("officer", "/desk/import"),
    ("officer", "/desk/export"),
    ("reviewer", "/desk/opening"),
    ("reviewer", "/desk/opening/{entry}"),
    ("officer", "/desk/entry/{entry}/history"),
    ("officer", "/desk/entry/{entry}/withdraw"),
]


@pytest.mark.parametrize(("person", "path"), PAGES)
def test_a_page_of_work_is_chinese_and_whole(
    see: Any, make_entry: Any, submitted: Any, person: str, path: str
) -> None:
    ids = {"entry": make_entry()["id"], "waiting": submitted(title="公交线路信息")["id"]}
    ids["gaps"] = call("change_create", "officer", data={"title": "城区路灯信息"})["id"]
    for user in model.Session.query(model.User):
        user.fullname = "某某"
    model.Session.commit()
    page = _Page(see(path.format(**ids), person).body)
    assert page.latin() - FORMATS - ALLOWED == set()
    assert (page.mains, page.headings) == (1, 1)
