"""Accounts that developers make, how well the site knows who is behind them, and the door that this opens."""

from __future__ import annotations

import re
from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model
from ckan.lib import mailer

from ckanext.govshare import roles
from ckanext.govshare.developers import identity, registration
from ckanext.govshare.developers.interfaces import IIdentity, Told
from ckanext.govshare.developers.model import Identity

PEOPLE = ("", "citizen", "firm", "officer", "reviewer", "county_office", "operator", "office")
FORM = {
    "fullname": "开发者",
    "email": "dev@example.com",
    "password1": "correct horse",
    "password2": "correct horse",
}


def act(action: str, by: str, **data: Any) -> Any:
    return tk.get_action(action)({"user": by}, data)


def headers(by: str) -> dict[str, str]:
    if not by:
        return {}
    made = tk.get_action("api_token_create")({"ignore_auth": True, "user": by}, {"user": by, "name": "t"})
    return {"Authorization": made["token"]}


@pytest.fixture(autouse=True)
def _clean(entries: Any) -> Any:
    yield
    model.Session.rollback()
    model.Session.execute(sa.delete(Identity))
    for user in model.Session.scalars(sa.select(model.User).where(model.User.name.like("newdev%"))):
        user.purge()
    model.Session.commit()


def verify(user: str = "citizen", by: str = "office", **more: Any) -> dict[str, Any]:
    return act("govshare_account_verify", by, user=user, reason="已核验身份证件", **more)


@pytest.mark.parametrize("by", PEOPLE)
def test_who_sees_the_level_of_an_account(entries, by):
    if by in ("citizen", "office"):
        assert act("govshare_account_show", by, user="citizen")["level"] == "none"
        return
    with pytest.raises(tk.NotAuthorized):
        act("govshare_account_show", by, user="citizen")


@pytest.mark.parametrize("by", PEOPLE)
def test_only_the_office_verifies_and_never_itself(entries, by):
    if by == "office":
        assert verify(by=by)["level"] == "real_name"
        with pytest.raises(tk.NotAuthorized):
            verify("office", by)
        return
    with pytest.raises(tk.NotAuthorized):
        verify(by=by)


def test_a_verification_is_recorded_with_its_reason_and_can_be_taken_back(entries):
    assert verify()["source"] == "office"
    assert verify(level="none")["level"] == "none"
    user_id = model.User.get("citizen").id
    found = tk.get_action("govshare_audit_list")({"ignore_auth": True}, {"object_id": user_id})["results"]
    assert [event["action"] for event in found][:2] == ["account_unverified", "account_verified"]
    assert found[0]["data"]["reason"] == "已核验身份证件"


@pytest.mark.parametrize("data", [{"reason": ""}, {"reason": "x" * 501}, {"reason": "ok", "level": "gold"}])
def test_a_verification_without_reason_or_of_no_level_is_refused(entries, data):
    with pytest.raises(tk.ValidationError):
        act("govshare_account_verify", "office", user="citizen", **data)


def test_nobody_there_is_not_found(entries):
    with pytest.raises(tk.ObjectNotFound):
        verify("nobody")


class SignOn:
    """A single sign-on that says of everybody what the test wants."""

    def __init__(self, told: Any) -> None:
        self.told = told

    def identity_level(self, user: Any, session: Any) -> Any:
        if isinstance(self.told, Exception):
            raise self.told
        return self.told


@pytest.fixture
def sign_on(monkeypatch: pytest.MonkeyPatch, app: Any) -> Any:
    """Let a single sign-on speak at a log-in of citizen."""

    def log_in(*told: Any) -> dict[str, Any]:
        monkeypatch.setattr(
            p,
            "PluginImplementations",
            lambda kind: [SignOn(one) for one in told] if kind is IIdentity else [],
        )
        with app.flask_app.test_request_context("/"):
            identity.logged_in(None, model.User.get("citizen"))
        monkeypatch.undo()
        return act("govshare_account_show", "citizen")

    return log_in


def test_a_single_sign_on_tells_the_level_at_the_log_in(sign_on):
    found = sign_on(Told("real_name", "市统一身份认证"))
    assert (found["level"], found["source"]) == ("real_name", "市统一身份认证")
    assert sign_on(Told("none", "市统一身份认证"))["level"] == "none"


@pytest.mark.parametrize("told", [None, Told("gold", "x"), Told("none", "另一处"), RuntimeError("down")])
def test_what_a_sign_on_does_not_know_lowers_nothing(sign_on, told):
    verify()
    assert sign_on(told)["source"] == "office"


def test_core_tells_us_of_a_log_in(app, entries, monkeypatch):
    from flask_login import user_logged_in

    assert identity.logged_in in [reference() for reference in user_logged_in.receivers.values()]


@pytest.mark.parametrize("by", [*PEOPLE])
@pytest.mark.parametrize("kind", ["open", "shared_only", "shared_on_condition", "not_shared"])
def test_only_data_on_condition_are_applied_for(app, entries, kind, by):
    for path in ("apply", "apply/form"):
        app.get(f"/dataset/{entries[kind]['name']}/{path}", headers=headers(by), status=404)


def test_a_visitor_reads_what_is_needed_and_is_asked_to_log_in(app, entries):
    name = entries["open_on_condition"]["name"]
    page = app.get(f"/dataset/{name}/apply", status=200).body
    assert "实名申请，用于科研" in page
    assert "/user/login" in page
    assert "apply/form" not in page
    assert "0990" not in page
    answer = app.get(f"/dataset/{name}/apply/form", follow_redirects=False)
    assert answer.status_code == 302
    assert "login" in answer.headers["Location"]


@pytest.mark.parametrize("path", ["apply", "apply/form"])
def test_an_unverified_account_is_refused_with_the_reason_and_the_way(app, entries, path):
    address = f"/en/dataset/{entries['open_on_condition']['name']}/{path}"
    page = app.get(address, headers=headers("citizen"), status=403).body
    assert "its real name is not verified" in page
    assert "single sign-on" in page


def test_a_verified_account_gets_the_form_with_the_facts_of_the_entry(app, entries):
    verify()
    entry = entries["open_on_condition"]
    assert (
        "apply/form"
        in app.get(f"/dataset/{entry['name']}/apply", headers=headers("citizen"), status=200).body
    )
    page = app.get(f"/dataset/{entry['name']}/apply/form", headers=headers("citizen"), status=200)
    for text in (
        entry["title"],
        entry["resource_code"],
        "市交通运输局",
        "站点名称、乘客数、开通日期",
        "citizen",
    ):
        assert text in page.body
    assert page.headers["Cache-Control"].startswith("no-store")


def register(app: Any, name: str = "newdev", address: str = "10.7.0.1", **more: str) -> Any:
    form = {"name": name, **FORM, **more, "save": ""}
    stranger = app.flask_app.test_client(use_cookies=False)
    return stranger.post("/user/register", data=form, headers={"X-Forwarded-For": address})


@pytest.fixture
def open_door(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(tk.config, "ckanext.govshare.developers.registration", True)
    monkeypatch.setitem(tk.config, "smtp.mail_from", None)


def test_nobody_registers_where_the_site_does_not_say_so(app, entries):
    assert register(app).status_code == 403
    assert model.User.get("newdev") is None


def test_a_developer_registers_and_sees_what_everybody_sees(app, entries, open_door):
    assert register(app).status_code == 302
    assert model.User.get("newdev").state == "active"
    assert roles.memberships("newdev") == []
    assert not roles.in_government("newdev")
    for kind, entry in entries.items():
        if kind in ("open", "open_on_condition"):
            shown, public = (
                tk.get_action("package_show")({"user": user}, {"id": entry["id"]}) for user in ("newdev", "")
            )
            assert shown == public
            continue
        with pytest.raises(tk.ObjectNotFound):
            act("package_show", "newdev", id=entry["id"])
    with pytest.raises(tk.NotAuthorized):
        act("organization_create", "newdev", name="mine")


def test_registration_is_a_form_and_no_action_of_the_api(app, entries, open_door):
    values = {"name": "newdev2", "email": "b@example.com", "password": "correct horse"}
    app.post("/api/3/action/user_create", json=values, status=403)
    assert model.User.get("newdev2") is None


def test_a_registration_makes_no_operator(app, entries, open_door):
    register(app, sysadmin="true", state="active", id="x")
    assert not model.User.get("newdev").sysadmin


def test_registrations_are_throttled_by_address(app, entries, open_door, monkeypatch):
    monkeypatch.setitem(tk.config, "ckanext.govshare.developers.registrations_per_day", 1)
    assert register(app, "newdev1", email="1@example.com").status_code == 302
    assert register(app, "newdev2", email="2@example.com").status_code == 200
    assert model.User.get("newdev2") is None
    assert register(app, "newdev3", "10.7.0.2", email="3@example.com").status_code == 302


@pytest.fixture
def post(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A site that sends mail; its mails."""
    sent: list[str] = []
    monkeypatch.setitem(tk.config, "smtp.mail_from", "site@example.com")
    monkeypatch.setattr(mailer, "mail_recipient", lambda name, address, subject, body: sent.append(body))
    return sent


def test_where_mail_is_sent_an_account_waits_for_its_confirmation(app, entries, open_door, post):
    register(app)
    assert model.User.get("newdev").state == "pending"
    path = re.search(r"/developers/confirm/\S+", post[0])[0]
    assert app.get(path, status=200)
    assert model.User.get("newdev").state == "pending"  # a mail program that opens links confirms nothing
    assert app.post(path, follow_redirects=False).status_code == 302
    model.Session.expire_all()
    assert model.User.get("newdev").state == "active"


def test_where_the_mail_fails_there_is_no_account(app, entries, open_door, post, monkeypatch):
    def fail(*_mail: str) -> None:
        raise mailer.MailerException("no such box")

    monkeypatch.setattr(mailer, "mail_recipient", fail)
    assert register(app).status_code == 200
    assert model.User.get("newdev") is None


@pytest.mark.parametrize("token", ["x", "a.b.c", "长", "ImNpdGl6ZW4i.aaaa.bbbb"])
def test_a_link_of_no_mail_confirms_nothing(entries, token):
    with pytest.raises(tk.ValidationError):
        act("govshare_account_confirm", "", token=token)


def test_an_old_link_holds_no_longer_and_revives_no_closed_account(entries, monkeypatch):
    user = model.User.get("citizen")
    link = registration._signer().dumps(user.id)
    monkeypatch.setattr(registration, "LINK_SECONDS", -1)
    with pytest.raises(tk.ValidationError):
        act("govshare_account_confirm", "", token=link)
    monkeypatch.undo()
    user.state = "deleted"
    model.Session.commit()
    with pytest.raises(tk.ValidationError):
        act("govshare_account_confirm", "", token=link)
    model.User.get("citizen").state = "active"
    model.Session.commit()
