"""What core's page of an entry asks for nothing is not asked."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
import pytest

from tests.sql import statements


def test_a_visitors_page_looks_up_no_follower(app, make_entry):
    path = f"/dataset/{make_entry()['name']}"
    with statements() as sent:
        answer = app.get(path, headers={"Cookie": "a=b"})
    assert answer.status_code == 200
    assert [said for said in sent if 'FROM "user"' in said] == []


@pytest.mark.parametrize("user", ["", "citizen"])
def test_a_visitor_follows_nothing_a_person_may(make_entry, user):
    about = {"id": make_entry()["id"]}
    following = tk.get_action("am_following_dataset")
    if user:
        assert following({"user": user}, about) is False
        return
    with pytest.raises(tk.NotAuthorized):
        following({"user": user}, about)
