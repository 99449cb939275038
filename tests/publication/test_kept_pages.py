"""Pages that are drawn once: what they show is what there is, and nobody gets what was drawn for somebody else."""

from __future__ import annotations

import re
from datetime import datetime

import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model
from ckan.tests import factories

from ckanext.govshare.kernel.clock import ZONE

pytestmark = pytest.mark.usefixtures("city")
NOW = datetime(2026, 11, 22, 12, tzinfo=ZONE)


@pytest.fixture
def world(publish, make_target, frozen):
    with frozen(NOW):
        entry = publish(pub_date="2026-11-01")
        yield entry, make_target(at_least=80)


def number(body: str) -> int:
    return int(re.search(r"<b>(\d+)</b>\s*<small>/ 80", body).group(1))


def test_page_follows_what_is_written(world, publish, app):
    assert number(app.get("/progress").body) == 1
    publish(pub_date="2026-11-02")
    assert number(app.get("/progress").body) == 2


def test_page_follows_a_statement_by_hand(world, app):
    entry, _target = world
    assert number(app.get("/progress").body) == 1
    model.Session.execute(sa.text("UPDATE package SET license_id = '' WHERE id = :id"), {"id": entry["id"]})
    model.Session.commit()
    assert number(app.get("/progress").body) == 0


def test_page_follows_targets(world, app):
    _entry, target = world
    assert "开放数据集 80 个以上" in app.get(f"/progress/{target['id']}").body
    tk.get_action("govshare_target_update")({"user": "office"}, {"id": target["id"], "title": "年底目标"})
    assert "年底目标" in app.get(f"/progress/{target['id']}").body


def test_page_follows_the_name_of_a_department(world, app, city):
    _entry, target = world
    assert "市交通运输局" in app.get(f"/progress/{target['id']}").body
    model.Group.get(city.traffic).title = "市交通局"
    model.Session.commit()
    assert "市交通局" in app.get(f"/progress/{target['id']}").body


def test_languages_are_kept_apart(world, app):
    assert "开放进度" in app.get("/progress").body
    assert "Opening progress" in app.get("/en/progress").body
    assert "Opening progress" not in app.get("/progress").body


def headers(user: str) -> dict[str, str]:
    made = factories.APIToken(user=user)
    return {"Authorization": made["token"]}


def test_what_is_drawn_for_the_office_is_not_given_to_a_visitor(world, app):
    inside = app.get("/progress", headers=headers("office")).body
    assert "市交通运输局" in inside
    assert "市交通运输局" not in re.sub(r"<footer.*", "", app.get("/progress").body, flags=re.S)


def test_departments_do_not_get_each_others_pages(world, app):
    for user, own, other in (
        ("officer", "市交通运输局", "市教育局"),
        ("neighbour", "市教育局", "市交通运输局"),
    ):
        title = re.search(r"<h1>([^<]+)</h1>", app.get("/desk/progress", headers=headers(user)).body).group(1)
        assert own in title
        assert other not in title


def test_a_kept_form_has_the_token_of_the_session_that_reads_it(world, app, set_extra, monkeypatch):
    """The department's page is kept for the person; its forms work in every session of that person."""
    entry, _target = world
    set_extra(entry["id"], {"catalogue_state": "suspended"}, private=True)
    monkeypatch.setitem(app.flask_app.config, "WTF_CSRF_ENABLED", True)
    officer = model.User.get("officer")
    tokens = []
    for _session in range(2):
        client = app.flask_app.test_client()
        with client.session_transaction() as session:
            session["_user_id"] = officer.id
        body = client.get("/desk/progress").get_data(as_text=True)
        form = body[body.index('class="gs-page gs-desk"') :]
        tokens.append(re.search(r'name="_csrf_token"[^>]*value="([^"]+)"', form).group(1))
    assert tokens[0] != tokens[1]


def test_unknown_parameters_draw_nothing_new(world, app):
    from ckanext.govshare.publication import count

    app.get("/progress")
    before = len(count._kept)
    for value in range(5):
        app.get(f"/progress?x={value}")
    assert len(count._kept) == before
