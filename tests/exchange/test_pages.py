"""Pages of the exchange room: who sees them, what they show, what a click does."""

from __future__ import annotations

import pytest

from .server import record, records

pytestmark = pytest.mark.usefixtures("site")


@pytest.fixture
def headers():
    """Request headers of a signed-in person."""
    from ckan.tests import factories

    def of(user: str) -> dict[str, str]:
        return {"Authorization": factories.APIToken(user=user)["token"]}

    return of


@pytest.fixture
def place(source, make_point, harvest):
    source.put([record(1), record(2), record(3, accessLevel="non-public", rights="")])
    point = make_point(source.url)
    return harvest(point)


@pytest.mark.parametrize("path", ["/exchange", "/exchange/jiaotong-catalogue", "/exchange/run/{id}"])
def test_visitors_are_asked_to_log_in_and_strangers_are_refused(app, place, headers, path):
    address = path.format(id=place["id"])

    visitor = app.get(address, follow_redirects=False)
    stranger = app.get(address, headers=headers("citizen"))

    assert visitor.status_code == 302
    assert "/user/login" in visitor.headers["Location"]
    assert stranger.status_code == 403


def test_the_list_shows_health_and_a_run_button(app, place, headers):
    page = app.get("/exchange", headers=headers("officer")).body

    assert "交通局目录" in page
    assert "市交通运输局" in page
    assert 'action="/exchange/jiaotong-catalogue/run"' in page
    assert place["id"] in page


def test_a_run_shows_counts_that_open_their_records_and_the_problems(app, place, headers):
    signed_in = headers("officer")

    page = app.get(f"/exchange/run/{place['id']}", headers=signed_in).body
    created = app.get(f"/exchange/run/{place['id']}?records=create", headers=signed_in).body
    rejected = app.get(f"/exchange/run/{place['id']}?records=reject", headers=signed_in).body

    assert "records=create" in page
    assert "第3号数据" in page
    assert "第1号数据" in created
    assert "/dataset/307001004-0001" in created
    assert "第3号数据" in rejected


def test_one_click_starts_a_run_by_post_alone(app, place, headers, source, monkeypatch):
    import ckan.plugins.toolkit as tk

    queue = []
    monkeypatch.setattr(tk, "enqueue_job", lambda function, args=(), **options: queue.append(args))
    signed_in = headers("officer")

    wrong = app.get("/exchange/jiaotong-catalogue/run", headers=signed_in, follow_redirects=False)
    done = app.post("/exchange/jiaotong-catalogue/run", headers=signed_in, follow_redirects=False)

    assert wrong.status_code in (404, 405)
    assert done.status_code == 302
    assert "/exchange/run/" in done.headers["Location"]
    assert len(queue) == 1


def test_a_click_that_a_rule_refuses_comes_back_with_the_reason(app, place, headers):
    refused = app.post(
        f"/exchange/run/{place['id']}/confirm", headers=headers("office"), follow_redirects=False
    )

    assert refused.status_code == 302


def test_every_button_of_the_pages_carries_a_token(app, place, headers, source, harvest):
    source.put(records(0))
    held = harvest(place["exchange_point"]["id"])
    signed_in = headers("office")

    for path in ("/exchange", "/exchange/jiaotong-catalogue", f"/exchange/run/{held['id']}"):
        page = app.get(path, headers=signed_in).body
        forms = [form for form in page.split("<form")[1:] if 'method="post"' in form.split(">")[0]]
        assert forms, path
        assert all("_csrf_token" in form.split("</form>")[0] for form in forms), path


@pytest.mark.parametrize("path", ["/exchange/nothing", "/exchange/run/nothing"])
def test_what_is_not_there_is_not_found(app, place, headers, path):
    assert app.get(path, headers=headers("officer")).status_code == 404
