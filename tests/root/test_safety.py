"""Repairs of CKAN 2.12.0 and safe defaults."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
import pytest
from ckan import model
from ckan.tests import factories


@pytest.fixture
def csrf(site, app, ckan_config, monkeypatch):
    """CSRF checks as on a real site."""
    monkeypatch.setitem(app.flask_app.config, "WTF_CSRF_ENABLED", True)
    return app


def _post(app, token):
    environ = {"REMOTE_ADDR": "127.0.0.1"}
    with app.flask_app.test_client() as client:
        with client.session_transaction() as session:
            session["_user_id"] = token
        return client.post("/organization/new", data={"name": "x", "title": "x"}, environ_base=environ)


def test_an_anonymous_read_does_not_wear_the_csrf_check_off(csrf):
    """T14: after one anonymous GET, stock CKAN 2.12.0 accepts a signed-in POST without token."""
    user = factories.Sysadmin()
    first = _post(csrf, user["id"]).status_code
    csrf.flask_app.test_client().get("/organization/new")
    assert (first, _post(csrf, user["id"]).status_code) == (400, 400)


def test_an_api_call_by_token_needs_no_csrf_token(csrf):
    token = factories.APIToken(user=factories.Sysadmin()["name"])["token"]
    client = csrf.flask_app.test_client()
    answer = client.post("/api/3/action/status_show", json={}, headers={"Authorization": token})
    assert answer.status_code == 200


@pytest.mark.parametrize("action", ["organization_create", "group_create"])
def test_a_self_registered_person_creates_no_organization(site, action):
    user = factories.User()
    with pytest.raises(tk.NotAuthorized):
        tk.check_access(
            action, {"user": user["name"], "auth_user_obj": model.User.get(user["id"])}, {"name": "x"}
        )


@pytest.mark.parametrize("path", ["/progress/%00", "/dataset/%00", "/organization/a%00b", "/application/%00"])
def test_a_path_that_no_database_takes_names_nothing(site, app, path):
    assert app.get(path).status_code == 404
